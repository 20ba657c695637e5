"""Programs of plain Python around tensors, as a course or a learner would write them."""

PROGRAMS: dict[str, str] = {
    "typed_function_with_defaults": """\
import torch
from typing import List, Optional, Tuple

def make_grid(rows: int = 2, cols: int = 3, fill: Optional[float] = None) -> torch.Tensor:
    '''Return a grid of numbers, or of one number.'''
    if fill is None:
        return torch.arange(rows * cols).reshape(rows, cols)
    return torch.full((rows, cols), fill)

def extremes(t: torch.Tensor) -> Tuple[float, float]:
    return t.min().item(), t.max().item()

grids: List[torch.Tensor] = [make_grid(), make_grid(1), make_grid(cols=2, fill=0.5)]
for g in grids:
    low, high = extremes(g)
    print(tuple(g.shape), low, high)
""",
    "args_and_kwargs": """\
import torch

def total(*tensors, scale=1.0, **options):
    result = sum(t.sum().item() for t in tensors) * scale
    if options.get("verbose"):
        print("tensors:", len(tensors), "options:", sorted(options))
    return result

a, b = torch.ones(3), torch.arange(4)
print(total(a))
print(total(a, b, scale=0.5))
print(total(a, b, a, verbose=True, colour="red"))

shape = (2, 3)
settings = {"dtype": torch.int64}
print(torch.zeros(*shape, **settings))
""",
    "lambdas_as_activations": """\
import torch

activations = {
    "identity": lambda x: x,
    "relu": lambda x: x.clamp(min=0),
    "step": lambda x: (x > 0).float(),
    "leaky": lambda x, slope=0.1: torch.where(x > 0, x, slope * x),
}

x = torch.tensor([-2.0, 0.0, 3.0])
for name, fn in activations.items():
    print(f"{name:.<12}{[round(v, 2) for v in fn(x).tolist()]}")
print((lambda a, b: a @ b)(x, x).item())
""",
    "closure_counter": """\
import torch

def make_tracker():
    count = 0
    best = None

    def track(value):
        nonlocal count, best
        count += 1
        if best is None or value < best:
            best = value
        return count, best

    return track

track = make_tracker()
for loss in torch.tensor([4.0, 2.5, 3.0, 1.5]):
    n, best = track(loss.item())
    print(n, best)

other = make_tracker()
print(other(9.0))
""",
    "comprehensions": """\
import torch

t = torch.tensor([[1, 2, 3], [4, 5, 6]])
squares = [v ** 2 for row in t.tolist() for v in row]
evens = [v for v in squares if v % 2 == 0]
by_index = {i: row.sum().item() for i, row in enumerate(t)}
remainders = {v % 3 for v in squares}
table = [[r * c for c in range(1, 4)] for r in range(1, 4)]
labels = ["big" if v > 10 else "small" for v in squares]

print(squares)
print(evens)
print(by_index)
print(sorted(remainders))
print(torch.tensor(table))
print(labels)
""",
    "generators": """\
import torch

def batches(data, size):
    for start in range(0, len(data), size):
        yield data[start:start + size]

def forever():
    n = 0
    while True:
        yield n
        n += 1

data = torch.arange(7)
for b in batches(data, 3):
    print(b)

gen = forever()
print(next(gen), next(gen), next(gen))
print(sum(x * x for x in range(5)))
print(max(len(b) for b in batches(data, 2)))
print(list(batches([1, 2, 3], 2)))
""",
    "loops_with_else": """\
import torch

values = torch.tensor([3, 8, 5, 12, 7])

for i, v in enumerate(values):
    if v > 10:
        print("found", v.item(), "at", i)
        break
else:
    print("nothing above ten")

for v in values:
    if v > 100:
        break
else:
    print("nothing above one hundred")

n = 27
steps = 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
    if steps > 500:
        print("giving up")
        break
else:
    print("reached one after", steps, "steps")

odd = 0
for v in values.tolist():
    if v % 2 == 0:
        continue
    odd += v
print(odd)
""",
    "errors_and_finally": """\
import torch

def safe_matmul(a, b):
    try:
        result = a @ b
    except RuntimeError:
        print("cannot multiply", tuple(a.shape), "with", tuple(b.shape))
        return None
    else:
        print("ok", tuple(result.shape))
        return result
    finally:
        print("done")

safe_matmul(torch.ones(2, 3), torch.ones(3, 4))
print(safe_matmul(torch.ones(2, 3), torch.ones(2, 3)))

for thing in ("12", "twelve", None):
    try:
        print(int(thing) + 1)
    except (ValueError, TypeError) as e:
        print(type(e).__name__)
""",
    "raise_and_catch": """\
import torch

def check_probabilities(p):
    if p.dim() != 1:
        raise TypeError(f"expected one axis, got {p.dim()}")
    if (p < 0).any():
        raise ValueError("probabilities cannot be negative")
    assert abs(p.sum().item() - 1) < 1e-6, "must sum to one"
    return p

tests = [torch.tensor([0.5, 0.5]), torch.tensor([1.5, -0.5]), torch.eye(2), torch.tensor([0.2, 0.2])]
for p in tests:
    try:
        print(check_probabilities(p))
    except ValueError as error:
        print(error)
    except TypeError as error:
        print("wrong type:", error)
    except AssertionError as error:
        print("assertion:", error)
""",
    "own_exception_class": """\
import torch

class ShapeError(Exception):
    pass

def need_square(m):
    if m.dim() != 2 or m.shape[0] != m.shape[1]:
        raise ShapeError(f"not square: {list(m.shape)}")
    return m.trace().item()

print(need_square(torch.eye(4)))
try:
    need_square(torch.ones(2, 5))
except ShapeError as problem:
    print("ShapeError:", problem)
print(issubclass(ShapeError, Exception))
""",
    "f_string_formats": """\
import torch

pi = 3.14159265
n = 1234567
t = torch.tensor(0.98765)
width, digits = 12, 3

print(f"{pi:.2f}|{pi:8.3f}|{pi:<8.1f}|{pi:^+9.2f}|{pi:.1e}")
print(f"{n:,} {n:_} {n:>12} {n:x} {255:08b}")
print(f"{pi:{width}.{digits}f}|")
print(f"{t.item():.1%} {t:.3f}")
print(f"{n=} {pi = :.3f}")
print(f"{'left':<10}|{'right':>10}|{'mid':*^9}|")
print(f"{[1, 2]!r} {'quoted'!r} {{braces}}")
""",
    "join_split_format": """\
import torch

line = "3.5, 1.25,  4"
numbers = [float(part) for part in line.split(",")]
t = torch.tensor(numbers)
print(t)
print(" | ".join("{:.2f}".format(v) for v in t.tolist()))
print("{} of {} ({:.0%})".format(1, 4, 1 / 4))
print("{name} = {value:>6.1f}".format(name="mean", value=t.mean().item()))
print("-".join(["a", "b", "c"]), "a b  c".split())
print("%d rows, %.1f wide" % (3, 2.5))
""",
    "enumerate_zip_map_filter": """\
import torch

names = ["ann", "bob", "cyd", "dee"]
marks = torch.tensor([71, 45, 88, 62])

for place, (name, mark) in enumerate(zip(names, marks.tolist()), start=1):
    print(place, name, mark)

print(list(map(str.upper, names)))
print(list(map(lambda m: m // 10, marks.tolist())))
print(list(filter(lambda m: m > 60, marks.tolist())))
print(dict(zip(names, marks.tolist())))
first, second = zip(*[(1, "x"), (2, "y")])
print(first, second)
""",
    "sorted_reversed_any_all": """\
import torch

layers = [("conv", 320), ("fc", 1280), ("norm", 64)]
print(sorted(layers, key=lambda pair: pair[1], reverse=True))
print(sorted(name for name, _ in layers))
print(list(reversed(range(4))))

sizes = [n for _, n in layers]
print(min(sizes), max(sizes), sum(sizes))
print(max(layers, key=lambda pair: len(pair[0]))[0])

t = torch.tensor([1.0, 2.0, 3.0])
print(any(v > 2 for v in t), all(v > 2 for v in t))
print(sorted([3, 1, 2]), sorted("torch"))
sizes.sort()
sizes.reverse()
print(sizes)
""",
    "dictionary_methods": """\
import torch

config = {"lr": 0.1, "epochs": 5}
config["batch_size"] = 32
config.update(lr=0.01, momentum=0.9)

print(config)
print(config.get("seed", "no seed"))
print(config.pop("epochs"), "epochs" in config)
print(list(config.keys()), list(config.values()))

merged = {**config, "lr": 1.0}
print(merged["lr"], config["lr"], len(merged))

groups = {}
for value in torch.arange(7).tolist():
    groups.setdefault(value % 3, []).append(value)
print(groups)
for key, items in sorted(groups.items()):
    print(key, sum(items))
del groups[0]
print(merged | {"extra": 1} == merged, groups)
""",
    "sets_of_labels": """\
import torch

train = {0, 1, 2, 3}
test = set(torch.tensor([2, 3, 3, 5]).tolist())
print(sorted(train & test), sorted(train | test), sorted(train - test), sorted(train ^ test))
print({1, 2} <= train, train.isdisjoint({9}))
train.add(9)
train.discard(0)
train.discard(77)
print(sorted(train), len(test), 5 in test)
print(sorted(train.union([100])))
""",
    "unpacking": """\
import torch

first, *rest = [1, 2, 3, 4]
*start, last = torch.arange(4).tolist()
head, *middle, tail = "tensor"
print(first, rest, start, last, head, middle, tail)

a, b = 1, 2
a, b = b, a
print(a, b)

rows, cols = torch.zeros(5, 7).shape
batch, *dims = torch.zeros(8, 3, 4, 4).size()
print(rows, cols, batch, dims)

(x, y), z = (1, 2), 3
print(x + y + z)
row_one, row_two = torch.tensor([[1, 2], [3, 4]])
print(row_one, row_two)
merged = [*rest, *start, 99]
print(merged)
""",
    "augmented_assignments": """\
import torch

class Counter:
    def __init__(self):
        self.hits = 0
        self.log = []
        self.weights = torch.zeros(3)

c = Counter()
c.hits += 2
c.hits *= 5
c.log += ["start"]
c.weights += 1
c.weights[1] -= 0.5
c.weights[2:] *= 4

scores = {"a": 1}
scores["a"] += 10
table = [[0, 0], [0, 0]]
table[1][0] += 7
bits = 0b1010
bits |= 1
bits <<= 2
n = 17
n //= 3
n **= 2
n %= 7
n -= 1
print(c.hits, c.log, c.weights)
print(scores, table, bits, n)
""",
    "annotated_and_conditional": """\
import torch
from typing import Dict

threshold: float = 0.5
history: Dict[str, list] = {"up": [], "down": []}
label: str
values = torch.tensor([0.1, 0.9, 0.4, 0.7])

for v in values.tolist():
    label = "up" if v > threshold else "down"
    history[label].append(round(v, 1))

print(history)
verdict = "balanced" if len(history["up"]) == len(history["down"]) else "uneven"
print(verdict)
size = "empty" if not len(values) else "small" if len(values) < 10 else "large"
print(size)
""",
    "walrus_and_chains": """\
import torch

data = [5, 12, 7, 30]
if (n := len(data)) > 3:
    print(f"{n} values are enough")

queue = list(data)
while queue and (item := queue.pop(0)) < 20:
    print("took", item)
print(queue)

halves = [h for d in data if (h := d / 2) > 3]
print(halves)

x = torch.tensor(4.2)
print(0 < x.item() < 10, 1 < 2 < 2, 3 == 3.0 != 4)
print(None is None, not [] and not 0, [] or "default", 3 and 4)
""",
    "global_counter": """\
import torch

calls = 0
STEP = 0.25

def forward(x):
    global calls
    calls += 1
    return x * STEP

out = torch.ones(2)
for _ in range(4):
    out = forward(out)
print(calls)
print(out)
""",
    "math_functions": """\
import torch
import math

print(math.sqrt(16), math.floor(2.7), math.ceil(2.1), math.factorial(5))
print(f"{math.exp(1):.4f} {math.e:.4f} {math.log(10):.4f} {math.log2(8):.1f} {math.log10(1000):.1f}")
print(round(math.sin(math.pi / 2), 3), math.gcd(12, 18), math.isclose(0.1 + 0.2, 0.3))
print(math.inf > 10 ** 100, math.isnan(float("nan")), math.prod([2, 3, 4]))

sigma = 2.0
density = lambda v: math.exp(-v * v / (2 * sigma ** 2)) / (sigma * math.sqrt(2 * math.pi))
t = torch.tensor([density(v) for v in range(-2, 3)])
print(t)
print(math.comb(5, 2), math.degrees(math.pi), math.hypot(3, 4))
""",
    "main_guard": """\
import torch


def load_data(n=6):
    return torch.arange(n, dtype=torch.float32)


def summarise(x):
    return {"mean": x.mean().item(), "max": x.max().item(), "n": len(x)}


def main():
    data = load_data()
    for key, value in summarise(data).items():
        print(f"{key:>5}: {value}")


if __name__ == "__main__":
    main()
""",
    "class_with_private_state": """\
import torch

class Stack:
    MAX_SIZE = 3

    def __init__(self, *items):
        self._items = list(items)

    def push(self, item):
        if len(self._items) >= self.MAX_SIZE:
            raise OverflowError("stack is full")
        self._items.append(item)
        return self

    def pop(self):
        return self._items.pop()

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items[::-1])

    def __repr__(self):
        return f"Stack({self._items})"

s = Stack().push(torch.tensor(1)).push(torch.tensor(2))
print(s, len(s))
print([t.item() for t in s])
s.push(torch.tensor(3))
try:
    s.push(4)
except OverflowError as err:
    print(err)
print(s.pop(), len(s))
""",
    "inheritance_and_isinstance": """\
import torch

class Shape:
    name = "shape"

    def area(self):
        raise NotImplementedError

    def describe(self):
        return f"{self.name} with area {self.area():.2f}"

class Circle(Shape):
    name = "circle"

    def __init__(self, r):
        self.r = r

    def area(self):
        return torch.pi * self.r ** 2

class Box(Shape):
    def __init__(self, w, h=None):
        self.w, self.h = w, w if h is None else h
        self.name = "square" if self.w == self.h else "box"

    def area(self):
        return self.w * self.h

shapes = [Circle(1), Box(2), Box(2, 3.5)]
for s in shapes:
    print(s.describe(), type(s).__name__, isinstance(s, Shape), isinstance(s, Box))
print(hasattr(shapes[0], "r"), hasattr(shapes[1], "r"))
try:
    Shape().area()
except NotImplementedError:
    print("a plain shape has no area")
""",
    "what_type_is_it": """\
import torch
import numpy as np

things = [1, 2.0, "three", [4], (5,), {6}, {"k": 7}, None, True, torch.tensor(8), np.array([9])]
for thing in things:
    print(type(thing).__name__, end=" ")
print()

def describe(x):
    if isinstance(x, torch.Tensor):
        return f"tensor of shape {tuple(x.shape)}"
    elif isinstance(x, (list, tuple)):
        return f"sequence of {len(x)}"
    elif isinstance(x, bool):
        return "truth value"
    elif isinstance(x, (int, float)):
        return "number"
    return "something else"

for thing in things:
    print(describe(thing))
print(torch.is_tensor(things[-2]), callable(describe))
""",
    "timing_a_loop": """\
import time
import torch

start = time.time()
x = torch.arange(1000, dtype=torch.float64)
slow = 0.0
for v in x.tolist():
    slow += v * v
middle = time.time()
fast = (x * x).sum().item()
elapsed_slow = middle - start
elapsed_fast = time.time() - middle

print(slow == fast)
print("clock does not run backwards:", elapsed_slow >= 0 and elapsed_fast >= 0)
""",
    "versions": """\
import sys
import torch

major = int(sys.version.split(".")[0])
print("python three or later:", major >= 3)
print("torch version has dots:", torch.__version__.count(".") >= 2)
print("torch major:", int(torch.__version__.split(".")[0]) >= 2)
if major < 3:
    print("please upgrade")
""",
    "slicing_lists_and_strings": """\
import torch

items = list(range(10))
print(items[2:5], items[:3], items[-3:], items[::3], items[::-1])
items[1:4] = ["x"]
print(items)
del items[0]
items.insert(0, "first")
items.extend([100, 200])
print(items, items.index("x"), items.count(5))

word = "gradient"
print(word[0], word[-1], word[1:4], word[::-1], word[::2])
t = torch.tensor([ord(c) for c in word[:3]])
print(t, "".join(chr(n) for n in t.tolist()))
print([0] * 3 + [1], "=" * 10, (1, 2) + (3,))
""",
    "numbers_and_conversions": """\
import torch

print(int("42"), int(3.99), int(torch.tensor(7.8)), float("1e-3"), float(torch.tensor(2)))
print(str(3.0), bool(""), bool([0]), bool(torch.tensor(0)), bool(torch.tensor(5)))
print(round(2.567, 2), round(7.5), round(-1234, -2), abs(-3.5), abs(torch.tensor(-2)))
print(divmod(17, 5), pow(2, 10), pow(3, 4, 5), 7 // 2, -7 // 2, 7 % 3, 2 ** 0.5 > 1.41)
print(complex(1, 2).real, 0xff, 0o17, 0b11, 1_000_000, 1e3)
print(list("abc"), tuple([1, 2]), set([1, 1]), dict(a=1))
print(hex(255), bin(5), 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4)
""",
    "string_methods": """\
import torch

title = "  Deep Learning with tensors  "
clean = title.strip()
print(clean.lower(), clean.upper(), clean.title(), clean.swapcase(), sep=" / ")
print(clean.replace("tensors", "torch"), clean.startswith("Deep"), clean.endswith("x"))
print(clean.find("Learn"), clean.count("e"), "42".isdigit(), "abc".isalpha(), "7".zfill(3))
print("x".center(5, "."), "left".ljust(6) + "|", "right".rjust(7), "key=value".partition("="))

vocab = {}
for token in clean.lower().split():
    vocab[token] = vocab.get(token, 0) + len(token)
ids = torch.tensor(list(vocab.values()))
print(vocab)
print(ids, ids.sum().item())
""",
    "recursion_and_memo": """\
import torch

memo = {}

def fib(n):
    if n in memo:
        return memo[n]
    memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return memo[n]

def flatten(nested):
    flat = []
    for x in nested:
        if isinstance(x, list):
            flat += flatten(x)
        else:
            flat.append(x)
    return flat

print(fib(40))
print(torch.tensor([fib(i) for i in range(10)]))
print(torch.tensor(flatten([1, [2, [3, 4]], [[5]]])))
""",
    "decorators_by_hand": """\
import torch

def announce(fn):
    def wrapper(*args, **kwargs):
        print("calling with", len(args), "arguments")
        return fn(*args, **kwargs)
    return wrapper

def repeat(times):
    def decorate(fn):
        def wrapper(x):
            for _ in range(times):
                x = fn(x)
            return x
        return wrapper
    return decorate

@announce
def add(a, b, *, bias=0):
    return a + b + bias

@repeat(times=3)
def double(x):
    return x * 2

print(add(torch.ones(2), 1, bias=10))
print(double(torch.tensor([1, 2])))
""",
    "matrix_without_torch": """\
import torch

def matmul(a, b):
    return [[sum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]

def transpose(m):
    return [list(col) for col in zip(*m)]

a = [[1, 2], [3, 4], [5, 6]]
b = [[7, 8, 9], [10, 11, 12]]
mine = matmul(a, b)
for row in mine:
    print(*row, sep="\\t")
print(transpose(a))
print(torch.equal(torch.tensor(mine), torch.tensor(a) @ torch.tensor(b)))
""",
    "class_and_static_methods": """\
import torch
from typing import Tuple

class Vector:
    created = 0

    def __init__(self, x: float, y: float):
        self._data = torch.tensor([float(x), float(y)])
        Vector.created += 1

    @classmethod
    def from_tuple(cls, pair: Tuple[float, float]):
        return cls(*pair)

    @staticmethod
    def dot(a, b) -> float:
        return (a._data * b._data).sum().item()

    @property
    def length(self) -> float:
        return self._data.norm().item()

    @property
    def x(self):
        return self._data[0].item()

    @x.setter
    def x(self, value):
        self._data[0] = value

v = Vector(3, 4)
w = Vector.from_tuple((1, 0))
print(v.length, Vector.dot(v, w), Vector.created)
v.x = 0
print(v.x, v.length)
""",
}
