"""Programs about tensors, as a course or a learner would write them."""

PROGRAMS: dict[str, str] = {
    "first_tensors": """\
import torch

# four ways to make a tensor
a = torch.tensor([1, 2, 3])
b = torch.zeros(2, 3)
c = torch.ones((2, 2))
d = torch.arange(0, 10, 2)

print(a)
print(b)
print(c)
print(d)
print("shapes:", a.shape, b.shape, c.shape, d.shape)
""",
    "what_is_my_dtype": """\
import torch

ints = torch.tensor([1, 2, 3])
floats = torch.tensor([1.0, 2.0, 3.0])
bools = torch.tensor([True, False])
half = torch.ones(2, dtype=torch.float16)
double = torch.zeros(2, dtype=torch.float64)

for name, t in [("ints", ints), ("floats", floats), ("bools", bools), ("half", half), ("double", double)]:
    print(f"{name:>8} -> {t.dtype}, {t.element_size()} bytes each")

print((ints + floats).dtype)       # promotion
print((ints / 2).dtype)            # true division always gives floats
print((ints // 2).dtype)
""",
    "casting_between_types": """\
import torch
x = torch.tensor([0.2, 1.7, -2.9, 3.0])
print(x.int())
print(x.long())
print(x.bool())
print(x.to(torch.float64))
print(x.round().to(torch.int8))
y = x.type(torch.int32)
print(y, y.dtype)
print(y.float() / 2)
""",
    "like_functions": """\
import torch

base = torch.tensor([[1.5, 2.5], [3.5, 4.5]])

zeros = torch.zeros_like(base)
ones = torch.ones_like(base, dtype=torch.int64)
sevens = torch.full_like(base, 7)
noise = torch.rand_like(base)

print(zeros)
print(ones)
print(sevens)
print("noise in [0, 1):", bool(((noise >= 0) & (noise < 1)).all()))
print(torch.full((2, 3), 3.14))
print(torch.eye(3))
""",
    "reshape_versus_view": """\
import torch

t = torch.arange(12)
m = t.view(3, 4)
print(m)
print(t.reshape(2, -1))
print(t.reshape(2, 2, 3).shape)

# the view shares memory with the original
m[0, 0] = 100
print(t[0].item())

# a transposed tensor is not contiguous, so view() refuses
try:
    m.t().view(12)
except RuntimeError:
    print("view failed, reshape works:", m.t().reshape(12).tolist())
""",
    "flatten_squeeze_unsqueeze": """\
import torch

img = torch.zeros(1, 28, 28)
print('original  ', tuple(img.shape))
print('squeeze   ', tuple(img.squeeze().shape))
print('squeeze(0)', tuple(img.squeeze(0).shape))
print('unsqueeze ', tuple(img.unsqueeze(0).shape))
print('flatten   ', tuple(img.flatten().shape))
print('flatten 1 ', tuple(img.flatten(start_dim=1).shape))
print('None      ', tuple(img[:, None].shape))
print(img.dim(), img.ndim, img.numel(), img.size(-1))
""",
    "permute_image": """\
import torch

# height x width x channels, as most picture libraries store it
picture = torch.arange(2 * 3 * 3).reshape(2, 3, 3)
chw = picture.permute(2, 0, 1)
print(chw.shape)
print(chw[0])           # the red channel
back = chw.permute(1, 2, 0)
print(torch.equal(back, picture))
print(chw.transpose(1, 2).shape)
print(chw.is_contiguous(), chw.contiguous().is_contiguous())
""",
    "cat_and_stack": """\
import torch

a = torch.tensor([[1, 2], [3, 4]])
b = torch.tensor([[5, 6], [7, 8]])

rows = torch.cat([a, b], dim=0)
cols = torch.cat((a, b), dim=1)
stacked = torch.stack([a, b])

print(rows)
print(cols)
print(stacked, stacked.shape)
print(torch.stack([a, b], dim=-1).shape)
print(torch.vstack([a, b]).shape, torch.hstack([a, b]).shape)
""",
    "chunk_and_split": """\
import torch

x = torch.arange(10)
for part in x.chunk(3):
    print(part)
print([len(p) for p in x.split(4)])

first, second, third = torch.split(x, [2, 3, 5])
print(first.tolist(), second.tolist(), third.tolist())

m = torch.arange(6).reshape(2, 3)
left, right = m.split([1, 2], dim=1)
print(left.shape, right.shape)
for row in m.unbind(0):
    print(row)
""",
    "broadcasting_demo": """\
import torch

column = torch.tensor([[0], [10], [20]])
row = torch.tensor([1, 2, 3])

print("column shape", column.shape)
print("row shape   ", row.shape)
print(column + row)

prices = torch.tensor([2.0, 3.0, 4.0])
print(prices * 1.2)

a = torch.ones(4, 1, 3)
b = torch.ones(5, 1)
print((a + b).shape)
print(torch.broadcast_shapes((4, 1, 3), (5, 1)))
""",
    "broadcasting_error": """\
import torch

a = torch.ones(3, 2)
b = torch.ones(3)
try:
    print(a + b)
except RuntimeError as e:
    print("shapes do not match:", tuple(a.shape), tuple(b.shape))

# fix: give b a second axis of length one
print((a + b.unsqueeze(1)).shape)
print((a + b[:, None]).sum().item())
""",
    "reductions_along_axes": """\
import torch

scores = torch.tensor([[7., 8., 9.],
                       [4., 5., 6.]])

print("total      ", scores.sum())
print("per column ", scores.sum(dim=0))
print("per row    ", scores.sum(dim=1))
print("mean       ", scores.mean(dim=1, keepdim=True))
print("max        ", scores.max())
values, where = scores.max(dim=1)
print("row max    ", values, "at", where)
print("argmin     ", scores.argmin().item())
print("prod       ", scores.prod(dim=0))
print("std        ", scores.std(dim=1))
print("cumsum     ", scores.cumsum(dim=1).tolist())
""",
    "normalise_columns": """\
import torch

torch.manual_seed(3)
data = torch.randn(200, 4) * torch.tensor([1.0, 10.0, 0.1, 5.0]) + torch.tensor([0.0, 50.0, 1.0, -20.0])

mean = data.mean(dim=0, keepdim=True)
std = data.std(dim=0, keepdim=True)
z = (data - mean) / std

print(mean.shape, std.shape, z.shape)
print("means close to 0:", torch.allclose(z.mean(0), torch.zeros(4), atol=1e-4))
print("stds close to 1: ", torch.allclose(z.std(0), torch.ones(4), atol=1e-4))

# min-max scaling instead
low = data.min(dim=0).values
high = data.max(dim=0).values
scaled = (data - low) / (high - low)
print(scaled.min().item(), scaled.max().item())
""",
    "matrix_products": """\
import torch

A = torch.tensor([[1., 2.], [3., 4.]])
B = torch.tensor([[0., 1.], [1., 0.]])
v = torch.tensor([1., -1.])

print(A * B)              # element by element
print(A @ B)              # matrix product
print(torch.matmul(A, v))
print(torch.mm(A, B.T))
print(v.dot(v))
print(torch.outer(v, v))
assert torch.equal(A @ B, A.matmul(B))
""",
    "batched_matmul": """\
import torch

torch.manual_seed(0)
batch = torch.randn(8, 3, 4)
weights = torch.randn(8, 4, 5)

out = torch.bmm(batch, weights)
print(out.shape)

# the same by a loop
loop = torch.stack([batch[i] @ weights[i] for i in range(8)])
print(torch.allclose(out, loop, atol=1e-5))

# one matrix for the whole batch
shared = torch.randn(4, 2)
print((batch @ shared).shape)
""",
    "einsum_tour": """\
import torch

a = torch.arange(6.).reshape(2, 3)
b = torch.arange(12.).reshape(3, 4)

print('matmul   ', torch.einsum('ij,jk->ik', a, b))
print('transpose', torch.einsum('ij->ji', a).shape)
print('row sums ', torch.einsum('ij->i', a))
print('total    ', torch.einsum('ij->', a).item())

sq = torch.arange(9.).view(3, 3)
print('trace    ', torch.einsum('ii', sq).item())
q = torch.ones(2, 5, 4)
k = torch.ones(2, 7, 4)
print('attention', torch.einsum('bqd,bkd->bqk', q, k).shape)
""",
    "slicing_basics": """\
import torch

grid = torch.arange(1, 21).reshape(4, 5)
print(grid)
print(grid[0])          # first row
print(grid[:, 0])       # first column
print(grid[-1, -1])     # bottom right
print(grid[1:3, 2:])    # a block
print(grid[::2, ::2])   # every second
print(grid[..., 1])
print(grid.flip(0)[:, 0])   # negative steps are not allowed, flip does the job
print(grid.flip(dims=(0, 1))[0].tolist())
""",
    "ellipsis_and_none": """\
import torch

video = torch.zeros(2, 5, 3, 8, 8)   # batch, time, channel, height, width
print(video[..., 0].shape)
print(video[0, ...].shape)
print(video[:, -1, ..., :4].shape)
print(video[None].shape)

x = torch.tensor([1.0, 2.0, 4.0])
table = x[:, None] / x[None, :]
print(table)
""",
    "boolean_masks": """\
import torch

temps = torch.tensor([12.0, 31.5, 25.0, -3.0, 18.2, 35.1])
hot = temps > 30
print(hot)
print(temps[hot])
print("how many hot days:", hot.sum().item())

mild = (temps >= 10) & (temps <= 30)
print(temps[mild])
print(temps[~mild])
temps[temps < 0] = 0
print(temps)
print(torch.nonzero(hot).flatten().tolist())
print(hot.any().item(), hot.all().item())
""",
    "fancy_indexing": """\
import torch

letters = torch.tensor([10, 20, 30, 40, 50])
picks = [4, 0, 0, 2]
print(letters[picks])

m = torch.arange(16).view(4, 4)
idx = torch.tensor([0, 2, 3])
print(m[idx])
print(m[:, [1, 3]])
print(m[[0, 1, 2, 3], [3, 2, 1, 0]])   # the other diagonal
print(m[idx][:, idx])
print(torch.index_select(m, 1, idx).shape)
print(torch.take(m, torch.tensor([0, 5, 15])))
""",
    "item_assignment": """\
import torch

x = torch.zeros(3, 3)
x[0] += 1
x[1, :] = torch.tensor([4.0, 5.0, 6.0])
x[:, 2] *= 10
x[2, 0] -= 0.5
x[-1, 1:] = -1
print(x)

mask = x == 0
print(mask.sum().item())
mask = x < 0
x[mask] = 0
print(x)
x[...] = 9
print(x.unique())
""",
    "where_and_clamp": """\
import torch

x = torch.linspace(-3, 3, 7)
relu = torch.where(x > 0, x, torch.zeros_like(x))
leaky = torch.where(x > 0, x, 0.1 * x)
print(x)
print(relu)
print(leaky)
print(x.clamp(-1, 1))
print(x.clamp(min=0).equal(relu))
print(torch.sign(x), torch.abs(x))
""",
    "gather_picks_per_row": """\
import torch

log_probs = torch.tensor([[-0.1, -2.4, -4.0],
                          [-1.5, -0.4, -2.2],
                          [-3.0, -3.0, -0.1]])
target = torch.tensor([0, 1, 1])

picked = log_probs.gather(1, target.unsqueeze(1)).squeeze(1)
print(picked)
print("nll =", round(-picked.mean().item(), 4))

# same thing with two index lists
same = log_probs[torch.arange(3), target]
print(torch.equal(picked, same))
""",
    "one_hot_two_ways": """\
import torch
import torch.nn.functional as F

labels = torch.tensor([2, 0, 1, 2])
n_classes = 3

hot = torch.zeros(len(labels), n_classes)
hot.scatter_(1, labels.view(-1, 1), 1.0)
print(hot)

print(F.one_hot(labels, num_classes=n_classes))
print((labels[:, None] == torch.arange(n_classes)).int())
print(torch.eye(n_classes)[labels].argmax(dim=1))
""",
    "scatter_add_counts": """\
import torch

# total amount spent by every customer
customer = torch.tensor([0, 2, 1, 0, 2, 2])
amount = torch.tensor([5.0, 1.0, 7.5, 2.5, 3.0, 1.0])

totals = torch.zeros(3).scatter_add(0, customer, amount)
visits = torch.bincount(customer, minlength=3)
print(totals)
print(visits)
print(totals / visits)

other = torch.zeros(3)
other.index_add_(0, customer, amount)
print(other.equal(totals))
""",
    "in_place_operations": """\
import torch

x = torch.ones(3)
y = x            # just another name
z = x.clone()

x.add_(5)
print(x, y, z)
x.mul_(2).sub_(1)
print(y)
x.zero_()
print(y, z)
x.fill_(3.5)
x += 1
print(y is x, y)
x = x + 1        # a new tensor this time
print(y is x, y)
z.copy_(x)
print(z)
""",
    "numpy_bridge": """\
import numpy as np
import torch

arr = np.array([[1.0, 2.0], [3.0, 4.0]])
t = torch.from_numpy(arr)
print(t.dtype, t.shape)

arr[0, 0] = 99.0
print(t)                  # they share memory

copy = torch.tensor(arr)
arr[0, 0] = -1.0
print(copy[0, 0].item(), t[0, 0].item())

back = t.float().numpy()
print(back.dtype, back.shape, back.sum())
print(np.mean(back), back.T.tolist())
""",
    "numpy_arange_to_tensor": """\
import torch
import numpy as np

steps = np.arange(0, 6).astype(np.float32).reshape(2, 3)
x = torch.from_numpy(steps.copy())
x *= 2
print(steps.tolist())
print(x.tolist())
grid = np.linspace(0, 1, 5)
print(torch.from_numpy(grid).to(torch.float32))
print(torch.ones(3).numpy() + np.ones(3))
print(int(np.sum(np.zeros(4) + 1)))
""",
    "item_and_tolist": """\
import torch

loss = torch.tensor(0.6931)
print(loss.item(), type(loss.item()).__name__)
print(f"loss: {loss.item():.2f}")

m = torch.tensor([[1, 2], [3, 4]])
nested = m.tolist()
print(nested, type(nested).__name__)
print(sum(nested[0]), sum(nested[1]))

try:
    m.item()
except (RuntimeError, ValueError):
    print("item() wants exactly one element")
""",
    "comparing_tensors": """\
import torch

a = torch.tensor([1.0, 2.0, 3.0])
b = torch.tensor([1.0, 2.5, 3.0])

print(a == b)
print(a != b)
print(a.lt(b), torch.ge(a, b))
print(torch.equal(a, b))
print(torch.allclose(a, a + 1e-7))
print((a == b).float().mean().item())

print(torch.tensor(0.1) + torch.tensor(0.2) == torch.tensor(0.3))
print(torch.isclose(a, b, atol=0.6))
print(torch.maximum(a, b), torch.minimum(a, b))
""",
    "sort_and_topk": """\
import torch

marks = torch.tensor([55, 91, 78, 62, 84])
ordered, order = torch.sort(marks, descending=True)
print(ordered)
print(order)

best = marks.topk(2)
print(best.values, best.indices)
print(marks.argsort())
print(marks.median().item(), marks.kthvalue(2).values.item())

matrix = torch.tensor([[3, 1, 2], [9, 8, 7]])
print(matrix.sort(dim=1).values)
""",
    "sort_rows_by_key": """\
import torch

# columns: id, age, height
people = torch.tensor([[1., 34., 1.80], [2., 21., 1.65], [3., 45., 1.72], [4., 29., 1.90]])

by_age = people[people[:, 1].argsort()]
by_height = people[people[:, 2].argsort(descending=True)]
print(by_age[:, 0].int().tolist())
print(by_height[:, 0].int().tolist())

names = {1: "Ada", 2: "Ben", 3: "Cleo", 4: "Dan"}
print(" < ".join(names[int(i)] for i in by_age[:, 0]))
""",
    "pairwise_distances": """\
import torch

points = torch.tensor([[0., 0.], [3., 4.], [6., 8.]])

diff = points[:, None, :] - points[None, :, :]
dist = (diff ** 2).sum(dim=-1).sqrt()
print(dist)
print(torch.allclose(dist, torch.cdist(points, points), atol=1e-3))

dist.fill_diagonal_(float("inf"))
nearest = dist.argmin(dim=1)
for i, j in enumerate(nearest.tolist()):
    print(f"point {i} is closest to point {j}")
""",
    "softmax_by_hand": """\
import torch

def softmax(z, dim=-1):
    z = z - z.max(dim=dim, keepdim=True).values     # against overflow
    e = torch.exp(z)
    return e / e.sum(dim=dim, keepdim=True)

logits = torch.tensor([[1.0, 2.0, 3.0], [1000.0, 1000.0, 1000.0]])
p = softmax(logits)
print(p)
print(p.sum(dim=1))
print(torch.allclose(p, torch.softmax(logits, dim=-1)))
""",
    "moving_average": """\
import torch

series = torch.tensor([1., 2., 6., 4., 5., 9., 7., 8.])
window = 3

smooth = []
for start in range(len(series) - window + 1):
    smooth.append(series[start:start + window].mean().item())
print([round(v, 3) for v in smooth])

fast = series.unfold(0, window, 1).mean(dim=1)
print(fast)

# exponential version
alpha, level = 0.5, series[0]
for value in series[1:]:
    level = alpha * value + (1 - alpha) * level
print("last level:", level.item())
""",
    "confusion_matrix": """\
import torch

truth = torch.tensor([0, 1, 2, 2, 1, 0, 2, 1])
guess = torch.tensor([0, 2, 2, 2, 1, 0, 1, 1])
k = 3

cm = torch.zeros(k, k, dtype=torch.long)
for t, g in zip(truth, guess):
    cm[t, g] += 1
print(cm)

accuracy = cm.diag().sum() / cm.sum()
recall = cm.diag() / cm.sum(dim=1)
precision = cm.diag() / cm.sum(dim=0)
print(f"accuracy {accuracy:.3f}")
print("recall", recall)
print("precision", precision)
print(torch.equal(cm, torch.bincount(truth * k + guess, minlength=k * k).view(k, k)))
""",
    "image_batch_statistics": """\
import torch

torch.manual_seed(1)
images = torch.randint(0, 256, (16, 3, 8, 8)).float() / 255

channel_mean = images.mean(dim=(0, 2, 3))
channel_std = images.std(dim=(0, 2, 3))
print("channels:", channel_mean.shape)
print("mean about one half:", bool(((channel_mean - 0.5).abs() < 0.1).all()))

normed = (images - channel_mean.view(1, 3, 1, 1)) / channel_std.view(1, 3, 1, 1)
print(normed.shape)
print([round(abs(v), 2) for v in normed.mean(dim=(0, 2, 3)).tolist()])
print([round(v, 2) for v in normed.std(dim=(0, 2, 3)).tolist()])

gray = images.mean(dim=1, keepdim=True)
print(gray.shape)
""",
    "pick_a_device": """\
import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
x = torch.ones(2, 2).to(device)
y = torch.zeros(2, 2, device=device) + 3
z = (x + y).cpu()
print(z)
print(z.device)
print(x.device == y.device)
""",
    "device_object": """\
import torch

device = torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')
torch.manual_seed(42)

weights = torch.empty(3, 3, device=device).uniform_(-1, 1)
inputs = torch.rand(5, 3).to(device)
result = inputs @ weights
print(result.shape)
print('inside the box:', weights.abs().max().item() <= 1)
print('device kind ok:', device.type in ('cpu', 'cuda'))
""",
    "linspace_meshgrid": """\
import torch
import math

t = torch.linspace(0, math.pi, 5)
print(torch.sin(t).round(decimals=3).abs())

x = torch.linspace(-1, 1, 3)
y = torch.linspace(0, 1, 2)
gx, gy = torch.meshgrid(x, y, indexing="ij")
print(gx)
print(gy)
points = torch.stack([gx.flatten(), gy.flatten()], dim=1)
print(points.shape, points[-1])
print(torch.logspace(0, 3, 4))
""",
    "strides_and_storage": """\
import torch

m = torch.arange(6).reshape(2, 3)
print(m.stride(), m.is_contiguous())

t = m.t()
print(t.stride(), t.is_contiguous())

c = t.contiguous()
print(c.stride(), c.is_contiguous())

wide = torch.tensor([[1], [2]]).expand(2, 4)
print(wide, wide.stride())
print(wide.repeat(1, 2).stride())
print(m[:, 1].storage_offset())
""",
    "clone_versus_view": """\
import torch

original = torch.arange(4)
alias = original
window = original[1:3]
copy = original.clone()

original[1] = 50
print("alias ", alias)
print("window", window)
print("copy  ", copy)

window += 1
print("original", original)
copy[0] = -7
print("original", original, "copy", copy)
""",
    "cosine_similarity_words": """\
import torch

vectors = {
    "cat": torch.tensor([1.0, 0.9, 0.1]),
    "dog": torch.tensor([0.9, 1.0, 0.2]),
    "car": torch.tensor([0.1, 0.0, 1.0]),
}

def cosine(a, b):
    return (a @ b / (a.norm() * b.norm())).item()

words = list(vectors)
for i, first in enumerate(words):
    for second in words[i + 1:]:
        print(f"{first}-{second}: {cosine(vectors[first], vectors[second]):.3f}")
""",
    "triangular_mask": """\
import torch

n = 4
causal = torch.tril(torch.ones(n, n)).bool()
scores = torch.zeros(n, n).masked_fill(~causal, float('-inf'))
print(causal.int())
att = scores.softmax(dim=-1)
print(att)
print(torch.triu(torch.ones(n, n), diagonal=1).sum())
print(torch.isinf(scores).sum().item(), torch.isnan(att).any().item())
""",
    "random_numbers": """\
import torch

torch.manual_seed(7)
a = torch.rand(3)
torch.manual_seed(7)
b = torch.rand(3)
print("same seed, same numbers:", torch.equal(a, b))

dice = torch.randint(1, 7, (1000,))
print("smallest", dice.min().item(), "largest", dice.max().item())
counts = torch.bincount(dice, minlength=7)[1:]
print("faces:", len(counts), "throws:", counts.sum().item())

deck = torch.randperm(10)
print(sorted(deck.tolist()) == list(range(10)))

g = torch.Generator().manual_seed(5)
print(torch.normal(0.0, 1.0, (2, 2), generator=g).shape)
print(torch.bernoulli(torch.tensor([0.0, 1.0])))
""",
    "solve_linear_system": """\
import torch

# 2x + y = 5
#  x - y = 1
A = torch.tensor([[2.0, 1.0], [1.0, -1.0]])
b = torch.tensor([5.0, 1.0])
x = torch.linalg.solve(A, b)
print([round(v, 3) for v in x.tolist()])
print(torch.allclose(A @ x, b, atol=1e-5))
print(round(torch.det(A).item(), 3))
inv = torch.inverse(A)
print(torch.allclose(inv @ A, torch.eye(2), atol=1e-5))
print(torch.linalg.matrix_rank(A).item())
""",
    "k_means_small": """\
import torch

torch.manual_seed(11)
left = torch.randn(30, 2) * 0.3 + torch.tensor([-3.0, 0.0])
right = torch.randn(30, 2) * 0.3 + torch.tensor([3.0, 0.0])
X = torch.cat([left, right])
centres = torch.stack([X[0], X[-1]])

for step in range(5):
    labels = torch.cdist(X, centres).argmin(dim=1)
    centres = torch.stack([X[labels == c].mean(dim=0) for c in range(2)])

print("cluster sizes:", [int((labels == c).sum()) for c in range(2)])
print("centres:", centres.round().int().tolist())
""",
    "integer_maths": """\
import torch

n = torch.arange(1, 13)
print(n % 3 == 0)
print(n[(n % 2 == 0) & (n % 3 == 0)])
print(torch.div(n, 5, rounding_mode="floor"))
print(-7 // torch.tensor(2), torch.remainder(torch.tensor(-7), 2))
print(n ** 2)
print(torch.gcd(n, torch.tensor(6)))
print(n.float().sqrt().floor().int())
print((n & 1).bool().logical_not().sum())
""",
}
