"""Programs that use nothing but what is offered, and too much time, depth or source."""

from .attack import Attack, limit

TIME = r"""
#: while_true
while True:
    pass
#: counting
number = 0
while True:
    number += 1
#: nested_loops
total = 0
for a in range(10**6):
    for b in range(10**6):
        for c in range(10**6):
            total += a * b * c
#: endless_generator
def forever():
    while True:
        yield 1


for number in forever():
    pass
#: sum_of_generator
def forever():
    while True:
        yield 0


total = sum(forever())
#: sum_of_expression
total = sum(number % 2 for number in range(10**12))
#: delegating_generators
def forever():
    while True:
        yield 1


def through():
    for number in forever():
        yield number


print(max(through()))
#: any_of_forever
def forever():
    while True:
        yield False


found = any(forever())
#: growing_list_loop
items = [0]
for item in items:
    items.append(item)
    if len(items) > 1000:
        items = items[:]
    while True:
        item = item + 1
#: power_tower
number = 9**9**9
#: pow_call
number = pow(9, 9**9)
#: power_in_loop
while True:
    number = 9**100000
#: int_of_text
total = 0
while True:
    total = total + int("9" * 4000)
#: str_of_number
number = 9**4000
while True:
    text = str(number)
#: factorial
number = 1
for factor in range(1, 10**8):
    number = number * factor
#: math_factorial
import math

number = math.factorial(10**8)
#: math_comb
import math

number = math.comb(10**9, 5 * 10**8)
#: sum_of_range
total = sum(range(10**13))
#: max_of_range
largest = max(range(10**13))
#: min_of_range
smallest = min(range(10**13))
#: all_of_range
found = all(range(1, 10**13))
#: in_range_of_floats
found = 0.5 in range(10**13)
#: sorted_in_loop
items = [number * 7919 % 10007 for number in range(10**5)]
while True:
    items = sorted(items, key=lambda number: -number)
#: text_search
text = "a" * 10**6
while True:
    found = ("a" * 10**5 + "b") in text
#: text_count
text = "ab" * 10**6
while True:
    count = text.count("ba")
#: list_membership
items = list(range(10**6))
found = [-number in items for number in range(1, 10**6)]
#: list_equality
items = [0] * 10**6
while True:
    same = items == [0] * 10**6
#: list_insert
items = []
for number in range(10**8):
    items.insert(0, number)
    items = items[:10**6]
#: big_product
number = 9**10**6
while True:
    product = number * number
#: big_modulo
number = pow(3, 10**100000, 10**100000 + 1)
#: fibonacci
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(fibonacci(90))
#: ackermann
def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))


print(ackermann(4, 4))
#: collatz_backwards
number = 27
while number:
    number = number * 3 + 1 if number % 2 else number // 2
#: comprehension_without_end
found = [0 for a in range(10**9) for b in range(10**9) if a + b < 0]
#: matmul
import torch

x = torch.randn(30000, 30000)
while True:
    x = x @ x
#: svd
import torch

x = torch.linalg.svd(torch.randn(20000, 20000))
#: eigh
import torch

x = torch.randn(20000, 20000)
y = torch.linalg.eigh(x + x.T)
#: inverse
import torch

while True:
    x = torch.linalg.inv(torch.randn(8000, 8000))
#: matrix_exp
import torch

while True:
    x = torch.linalg.matrix_exp(torch.randn(8000, 8000))
#: matrix_power
import torch

while True:
    x = torch.linalg.matrix_power(torch.randn(6000, 6000), 2**62)
#: sort
import torch

while True:
    x = torch.sort(torch.rand(10**8))
#: unique
import torch

while True:
    x = torch.unique(torch.randint(0, 10**9, (10**8,)))
#: convolution
import torch
import torch.nn.functional as F

while True:
    x = F.conv2d(torch.ones(16, 64, 512, 512), torch.ones(64, 64, 101, 101))
#: recurrent
import torch
import torch.nn as nn

layer = nn.LSTM(1024, 1024, num_layers=8)
x = layer(torch.ones(10**6, 1, 1024))
#: expand_sum
import torch

x = torch.ones(1).expand(10**14).sum()
#: cumsum_in_loop
import torch

x = torch.ones(10**7)
while True:
    x = x.cumsum(0) / x.sum()
#: item_loop
import torch

x = torch.ones(10)
while x.sum().item() > 0:
    x = x + 1
#: iterate_tensor
import torch

total = 0
for row in torch.ones(1).expand(10**12):
    total += 1
#: training_without_end
import torch
import torch.nn as nn

net = nn.Linear(10, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
while True:
    optimizer.zero_grad()
    loss = net(torch.rand(32, 10)).pow(2).mean()
    loss.backward()
    optimizer.step()
#: hook_without_end
import torch


def spin(grad):
    while True:
        grad = grad + 1


x = torch.ones(1, requires_grad=True)
x.register_hook(spin)
x.sum().backward()
#: forward_without_end
import torch
import torch.nn as nn


class Net(nn.Module):
    def forward(self, x):
        while True:
            x = x + 1


Net()(torch.ones(1))
#: print_without_end
while True:
    print("x" * 100)
#: retry_after_error
while True:
    try:
        1 / 0
    except ZeroDivisionError:
        continue
#: retry_anything
def stubborn():
    while True:
        try:
            while True:
                pass
        except:
            pass


stubborn()
#: retry_exception
while True:
    try:
        while True:
            pass
    except Exception:
        pass
#: finally_loop
try:
    1 / 0
finally:
    while True:
        pass
#: finally_break
while True:
    try:
        while True:
            pass
    finally:
        continue
#: generator_ignores_close
def stubborn():
    while True:
        try:
            yield 1
        except:
            pass


for number in stubborn():
    pass
#: key_without_end
def key(item):
    while True:
        item += 1


items = sorted([2, 1], key=key)
#: map_without_end
def spin(item):
    while True:
        item += 1


items = list(map(spin, [1]))
"""

RECURSION = r"""
#: plain
def down(number):
    return down(number + 1)


down(0)
#: mutual
def ping(number):
    return pong(number + 1)


def pong(number):
    return ping(number + 1)


ping(0)
#: lambdas
down = lambda number: down(number + 1)
down(0)
#: self_application
(lambda f: f(f))(lambda f: f(f))
#: y_combinator
spin = (lambda f: (lambda x: f(lambda y: x(x)(y)))(lambda x: f(lambda y: x(x)(y))))(lambda self: lambda n: self(n + 1))
spin(0)
#: method
class Down:
    def go(self):
        return self.go()


Down().go()
#: constructor
class Down:
    def __init__(self):
        self.inner = Down()


Down()
#: generator
def down():
    for number in down():
        yield number


for number in down():
    pass
#: comprehension
def down():
    return [down() for _ in range(2)]


down()
#: sort_key
def key(item):
    return sorted([2, 1], key=key)


sorted([2, 1], key=key)
#: map
def down(number):
    return list(map(down, [number]))


down(0)
#: branching
def down(number):
    try:
        return down(number + 1)
    except RecursionError:
        return down(number + 1)


down(0)
#: caught
def down(number):
    try:
        down(number + 1)
    except:
        down(number + 1)


down(0)
#: module_forward
import torch
import torch.nn as nn


class Net(nn.Module):
    def forward(self, x):
        return self(x)


Net()(torch.ones(1))
#: module_apply
import torch.nn as nn

net = nn.Linear(1, 1)


def again(module):
    net.apply(again)


net.apply(again)
#: nested_list_printed
items = []
for _ in range(10**5):
    items = [items]
print(items)
#: nested_list_compared
left, right = [], []
for _ in range(10**5):
    left, right = [left], [right]
print(left == right)
"""


def _source(name: str, code: str) -> Attack:
    return Attack(f"source_{name}", "source", code, "limit", harmless=False)


SOURCE = (
    _source("brackets", "x = " + "(" * 20_000 + "1" + ")" * 20_000 + "\n"),
    _source("lists", "x = " + "[" * 20_000 + "]" * 20_000 + "\n"),
    _source("unclosed_brackets", "x = " + "(" * 200_000),
    _source("signs", "x = " + "-" * 100_000 + "1\n"),
    _source("negations", "x = " + "not " * 100_000 + "1\n"),
    _source("powers", "x = " + "1 ** " * 50_000 + "1\n"),
    _source("sum", "x = " + "1 + " * 100_000 + "1\n"),
    _source("attributes", "x = 1\ny = x" + ".real" * 100_000 + "\n"),
    _source("subscripts", "x = {}\ny = x" + "[0]" * 100_000 + "\n"),
    _source("calls", "x = print" + "()" * 100_000 + "\n"),
    _source("lambdas", "x = " + "lambda: " * 50_000 + "1\n"),
    _source("conditionals", "x = " + "1 if 1 else " * 50_000 + "1\n"),
    _source("elif_chain", "if 0:\n    pass\n" + "elif 0:\n    pass\n" * 50_000),
    _source("blocks", "".join("\t" * depth + "if 1:\n" for depth in range(2_000)) + "\t" * 2_000 + "pass\n"),
    _source("functions", "".join(" " * depth + f"def f{depth}():\n" for depth in range(500)) + " " * 500 + "pass\n"),
    _source("comprehensions", "x = " + "[" * 10_000 + "0" + " for x in [0]]" * 10_000 + "\n"),
    _source("fstrings", "x = 1\n" + "y = f'" + "{x}" * 1_000_000 + "'\n"),
    _source("many_lines", "x = 1\n" * 1_000_000),
    _source("long_line", "x = [" + "1, " * 2_000_000 + "]\n"),
    _source("long_string", "x = '" + "a" * 20_000_000 + "'\n"),
    _source("long_name", "a" * 20_000_000 + " = 1\n"),
    _source("long_comment", "# " + "a" * 20_000_000 + "\nx = 1\n"),
    _source("many_names", "".join(f"x{number} = {number}\n" for number in range(300_000))),
    _source("many_arguments", "def f(" + ", ".join(f"a{number}" for number in range(200_000)) + "):\n    pass\n"),
    _source("folded_power", "x = " + " + ".join(["2 ** 127 * 3 ** 80"] * 100_000) + "\n"),
    _source("long_number", "x = 0x" + "f" * 20_000_000 + "\n"),
)

ATTACKS = (*limit("time", TIME), *limit("recursion", RECURSION), *SOURCE)
