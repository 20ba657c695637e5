"""Programs that use nothing but what is offered, and too much memory."""

from .attack import limit

PYTHON = r"""
#: string_times
text = "a" * 10**11
#: list_times
items = [0] * 10**11
#: tuple_times
items = (0,) * 10**11
#: bytes_times
data = b"a" * 10**11
#: number_times_string
text = 10**11 * "ab"
#: list_doubling
items = [0]
while True:
    items = items + items
#: list_doubling_in_place
items = [0]
while True:
    items += items
#: nested_doubling
items = [0]
for _ in range(10**6):
    items = [items] + items * 2
#: nested_lists
rows = [[0] * 10**6 for _ in range(10**6)]
#: string_doubling
text = "a"
while True:
    text = text + text
#: string_doubling_in_place
text = "a"
for _ in range(10**9):
    text += text
#: string_by_fstring
text = "a"
while True:
    text = f"{text}{text}"
#: string_by_join
text = "ab"
while True:
    text = text.join([text, text, text])
#: string_by_replace
text = "aa"
while True:
    text = text.replace("a", text)
#: replace_once
text = ("a" * 10**6).replace("a", "b" * 10**6)
#: fstring_width
text = f"{1:>100000000000}"
#: fstring_nested_width
width = 10**11
text = f"{'x':>{width}}"
#: fstring_precision
text = f"{1.5:.2000000000f}" * 100
#: percent_width
text = "%100000000000d" % 1
#: percent_star_width
texts = ["%2000000000d" % number for number in range(10**6)]
#: format_width
text = "{:>100000000000}".format(1)
#: ljust
text = "x".ljust(10**11)
#: center
text = "x".center(10**11)
#: zfill
text = "1".zfill(10**11)
#: join_many
text = ("b" * 10**6).join(["a"] * 10**6)
#: split_many
parts = [("a " * 10**7).split(" ") for _ in range(10**6)]
#: dict_growth
table = {}
number = 0
while True:
    table[number] = [number] * 100
    number += 1
#: set_growth
found = set()
number = 0
while True:
    found.add(number)
    number += 1
#: dict_comprehension
table = {number: [number] for number in range(10**10)}
#: set_comprehension
found = {number for number in range(10**10)}
#: list_comprehension
items = [number for number in range(10**10)]
#: nested_comprehension
items = [[x, y] for x in range(10**6) for y in range(10**6)]
#: list_of_range
items = list(range(10**11))
#: tuple_of_range
items = tuple(range(10**11))
#: star_range
items = [*range(10**11)]
#: star_argument
print(*range(10**10))
#: star_target
first, *rest = range(10**11)
#: append_forever
items = []
while True:
    items.append("x" * 1000)
#: extend_itself
items = [0]
while True:
    items.extend(items)
#: generators_collected
kept = []
while True:
    kept.append(number for number in range(10))
#: generator_list
def numbers():
    number = 0
    while True:
        yield [number] * 1000
        number += 1


items = list(numbers())
#: closures_kept
kept = []
for number in range(10**9):
    kept.append(lambda x=[number] * 1000: x)
#: instances_kept
class Box:
    def __init__(self, number):
        self.items = [number] * 1000


kept = [Box(number) for number in range(10**9)]
#: sum_of_lists
items = sum([[0] * 10**6 for _ in range(10**6)], [])
#: sorted_range
items = sorted(range(10**10))
#: zip_collected
pairs = list(zip(range(10**10), range(10**10)))
#: map_collected
texts = list(map(str, range(10**10)))
#: enumerate_collected
pairs = list(enumerate(range(10**10)))
#: reversed_collected
items = list(reversed(range(10**10)))
#: slice_copies
items = [0] * 10**6
kept = [items[:] for _ in range(10**6)]
#: shift
number = 1 << 10**12
#: shift_in_loop
number = 1
while True:
    number = number << 10**8
#: squares
number = 3
while True:
    number = number * number
#: float_text
kept = [str(number / 7) * 1000 for number in range(10**9)]
#: print_large
print("x" * 10**11)
#: caught_and_again
kept = []
while True:
    try:
        kept.append("x" * 10**9)
    except MemoryError:
        pass
"""

TENSORS = r"""
#: zeros
import torch

x = torch.zeros(10**12)
#: empty
import torch

x = torch.empty(10**11)
#: ones_square
import torch

x = torch.ones(10**6, 10**6)
#: full
import torch

x = torch.full((10**6, 10**6), 1.0)
#: rand
import torch

x = torch.rand(10**12)
#: randperm
import torch

x = torch.randperm(10**11)
#: arange
import torch

x = torch.arange(10**12)
#: linspace
import torch

x = torch.linspace(0, 1, 10**12)
#: eye
import torch

x = torch.eye(10**6)
#: zeros_like_chain
import torch

kept = []
while True:
    kept.append(torch.ones(10**7))
#: clones
import torch

x = torch.ones(10**7)
kept = []
for _ in range(10**9):
    kept.append(x.clone())
#: outer
import torch

x = torch.ones(10**6)
y = torch.outer(x, x)
#: outer_chain
import torch

x = torch.ones(2)
while True:
    x = torch.outer(x, x).flatten()
#: broadcast
import torch

x = torch.ones(10**6)
y = x[:, None] + x[None, :]
#: broadcast_comparison
import torch

x = torch.arange(2 * 10**6)
y = x.unsqueeze(0) == x.unsqueeze(1)
#: repeat
import torch

x = torch.ones(100).repeat(10**10)
#: tile
import torch

x = torch.tile(torch.ones(100), (10**10,))
#: repeat_interleave
import torch

x = torch.ones(100).repeat_interleave(10**10)
#: expand_clone
import torch

x = torch.ones(1).expand(10**12).clone()
#: expand_contiguous
import torch

x = torch.ones(1, 1).expand(10**6, 10**6).contiguous()
#: expand_plus
import torch

x = torch.ones(1).expand(10**12) + 1
#: cat_doubling
import torch

x = torch.ones(1)
while True:
    x = torch.cat([x, x])
#: cat_many
import torch

x = torch.cat([torch.ones(10**6)] * 10**6)
#: stack_many
import torch

x = torch.stack([torch.ones(10**6)] * 10**6)
#: kron
import torch

x = torch.kron(torch.ones(10**6), torch.ones(10**6))
#: cdist
import torch

x = torch.cdist(torch.ones(10**6, 1), torch.ones(10**6, 1))
#: meshgrid
import torch

a, b = torch.meshgrid(torch.arange(10**6), torch.arange(10**6), indexing="ij")
c = a + b
#: cartesian_prod
import torch

numbers = torch.arange(10**4)
x = torch.cartesian_prod(numbers, numbers, numbers)
#: combinations
import torch

x = torch.combinations(torch.arange(10**4), r=3)
#: diag
import torch

x = torch.diag(torch.ones(10**6))
#: bincount
import torch

x = torch.bincount(torch.tensor([10**11]))
#: one_hot
import torch
import torch.nn.functional as F

x = F.one_hot(torch.tensor([1]), num_classes=10**12)
#: interpolate
import torch
import torch.nn.functional as F

x = F.interpolate(torch.ones(1, 1, 2, 2), size=(10**6, 10**6))
#: interpolate_scale
import torch
import torch.nn.functional as F

x = F.interpolate(torch.ones(1, 1, 100, 100), scale_factor=10**4)
#: pad
import torch
import torch.nn.functional as F

x = F.pad(torch.ones(1), (0, 10**12))
#: unfold
import torch
import torch.nn.functional as F

x = F.unfold(torch.ones(1, 1, 4000, 4000), kernel_size=500)
#: fft
import torch

x = torch.fft.fft(torch.ones(4), n=10**12)
#: conv_padding
import torch
import torch.nn.functional as F

x = F.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3), padding=10**6)
#: conv_transpose_stride
import torch
import torch.nn.functional as F

x = F.conv_transpose2d(torch.ones(1, 1, 100, 100), torch.ones(1, 1, 3, 3), stride=10**5)
#: matmul_outer
import torch

x = torch.ones(10**6, 1) @ torch.ones(1, 10**6)
#: einsum
import torch

x = torch.ones(10**4)
y = torch.einsum("i,j,k->ijk", x, x, x)
#: nested_list
import torch

x = torch.tensor([[0.0] * 10**6] * 10**6)
#: gather_index
import torch

x = torch.ones(10)[torch.zeros(10**11, dtype=torch.long)]
#: double_conversion
import torch

x = torch.ones(10**10, dtype=torch.uint8).double()
#: to_list
import torch

kept = []
while True:
    kept.append(torch.zeros(10**7).tolist())
#: attention
import torch
import torch.nn.functional as F

x = torch.ones(1, 1, 10**6, 8)
weights = torch.softmax(x @ x.transpose(-2, -1), dim=-1)
#: batch_growth
import torch

x = torch.ones(10, 10)
while True:
    x = torch.stack([x] * 10)
#: grown_graph
import torch

w = torch.ones(10**6, requires_grad=True)
x = torch.ones(10**6)
while True:
    x = (x * w).sin()
#: grown_losses
import torch

w = torch.ones(10**6, requires_grad=True)
total = 0
while True:
    total = total + (w * w).exp().sum()
#: create_graph
import torch

x = torch.ones(10**5, requires_grad=True)
y = (x**9).sum()
while True:
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    y = (g * g).sum() + y
#: kept_activations
import torch
import torch.nn as nn

net = nn.Linear(1000, 10000)
kept = []
while True:
    kept.append(torch.relu(net(torch.rand(1000, 1000))))
#: linear
import torch.nn as nn

layer = nn.Linear(10**6, 10**6)
#: embedding
import torch.nn as nn

layer = nn.Embedding(10**10, 64)
#: convolution
import torch.nn as nn

layer = nn.Conv2d(10**5, 10**5, 9)
#: recurrent
import torch.nn as nn

layer = nn.LSTM(10**5, 10**6)
#: bilinear
import torch.nn as nn

layer = nn.Bilinear(10**4, 10**4, 10**4)
#: many_layers
import torch.nn as nn

net = nn.Sequential(*[nn.Linear(5000, 5000) for _ in range(10**5)])
#: normalisation
import torch.nn as nn

layer = nn.LayerNorm(10**12)
#: parameter
import torch
import torch.nn as nn

weight = nn.Parameter(torch.zeros(10**12))
#: numpy_zeros
import numpy as np

x = np.zeros(10**12)
#: numpy_arange
import numpy as np

x = np.arange(10**12)
#: numpy_linspace
import numpy as np

x = np.linspace(0, 1, 10**12)
#: numpy_broadcast
import numpy as np

x = np.ones((10**6, 1)) * np.ones((1, 10**6))
#: numpy_array
import numpy as np

x = np.array([[0.0] * 10**6] * 10**6)
#: caught_and_again
import torch

kept = []
while True:
    try:
        kept.append(torch.ones(10**8))
    except RuntimeError:
        kept.append(torch.ones(10**6))
"""

ATTACKS = (*limit("memory_python", PYTHON), *limit("memory_tensors", TENSORS))
