"""Programs about gradients, as a course or a learner would write them."""

PROGRAMS: dict[str, str] = {
    "line_gradients": """\
import torch

x = torch.tensor(3.0)
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)

y = w * x + b
y.backward()

print("y =", y.item())
print("dy/dw =", w.grad)     # equals x
print("dy/db =", b.grad)     # equals 1
print("x has no grad:", x.grad)
""",
    "polynomial_slope": """\
import torch

def f(x):
    return x ** 3 - 4 * x ** 2 + 2 * x - 7

for point in (-1.0, 0.0, 2.5):
    x = torch.tensor(point, requires_grad=True)
    f(x).backward()
    exact = 3 * point ** 2 - 8 * point + 2
    print(f"x={point:5.1f}  autograd={x.grad.item():7.3f}  by hand={exact:7.3f}")
""",
    "gradients_accumulate": """\
import torch

x = torch.ones(2, requires_grad=True)
for step in range(3):
    out = (x * 2).sum()
    out.backward()
    print(step, x.grad)

# start again from nothing
x.grad.zero_()
(x * 5).sum().backward()
print(x.grad)

x.grad = None
(x * 7).sum().backward()
print(x.grad)
""",
    "no_grad_block": """\
import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
a = w * 3
with torch.no_grad():
    b = w * 3
print(a.requires_grad, b.requires_grad)

with torch.no_grad():
    w -= 0.5          # an in-place update is allowed here
print(w)

with torch.no_grad():
    with torch.enable_grad():
        c = w.sum()
print(c.requires_grad)
""",
    "detach_stops_the_flow": """\
import torch

x = torch.tensor(2.0, requires_grad=True)
y = x ** 2
z = y.detach() * x      # y is treated as a constant
z.backward()
print(x.grad)           # 4, and not 12

x.grad = None
(x ** 2 * x).backward()
print(x.grad)

print(y.detach().requires_grad, y.requires_grad, x.is_leaf, y.is_leaf)
print(x.detach().numpy())
""",
    "no_grad_decorator": """\
import torch

@torch.no_grad()
def predict(w, x):
    return x @ w

def forward(w, x):
    return x @ w

w = torch.ones(3, 1, requires_grad=True)
x = torch.arange(6.0).reshape(2, 3)
print(predict(w, x))
print(predict(w, x).requires_grad)
print(forward(w, x).requires_grad)
""",
    "autograd_grad_function": """\
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x ** 2).sum()
(g,) = torch.autograd.grad(y, x)
print(g)
print(x.grad)        # stays None, grad() returns instead of storing

a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(5.0, requires_grad=True)
da, db = torch.autograd.grad(a * b + a, [a, b])
print(da.item(), db.item())
""",
    "second_derivative": """\
import torch

x = torch.tensor(2.0, requires_grad=True)
y = x ** 4

first = torch.autograd.grad(y, x, create_graph=True)[0]
second = torch.autograd.grad(first, x, create_graph=True)[0]
third = torch.autograd.grad(second, x)[0]

print(first.item(), second.item(), third.item())
assert first.item() == 4 * 2 ** 3
assert second.item() == 12 * 2 ** 2
assert third.item() == 24 * 2
""",
    "sine_derivatives_loop": """\
import torch
import math

x = torch.tensor(math.pi / 6, requires_grad=True)
value = torch.sin(x)
names = ["sin", "cos", "-sin", "-cos"]
for name in names:
    print(f"{name:>5}: {value.item():+.4f}")
    value, = torch.autograd.grad(value, x, create_graph=True)
""",
    "linear_regression_by_hand": """\
import torch

torch.manual_seed(0)
x = torch.linspace(-1, 1, 50)
t = 3 * x + 0.5

w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.3

for epoch in range(120):
    loss = ((w * x + b - t) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    if epoch % 40 == 0:
        print(f"epoch {epoch}: loss {loss.item():.4f}")

print(f"w = {w.item():.2f}, b = {b.item():.2f}")
""",
    "manual_gradient_formula": """\
import torch

X = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
y = torch.tensor([[1.0], [0.0], [2.0]])
W = torch.tensor([[0.5], [-0.5]], requires_grad=True)

err = X @ W - y
loss = (err ** 2).sum() / len(X)
loss.backward()

by_hand = 2 * X.T @ err.detach() / len(X)
print(W.grad)
print(by_hand)
print(torch.allclose(W.grad, by_hand))
""",
    "logistic_regression_by_hand": """\
import torch

torch.manual_seed(4)
n = 60
neg = torch.randn(n, 2) - 2
pos = torch.randn(n, 2) + 2
X = torch.cat([neg, pos])
y = torch.cat([torch.zeros(n), torch.ones(n)])

w = torch.zeros(2, requires_grad=True)
b = torch.zeros((), requires_grad=True)

for _ in range(100):
    p = torch.sigmoid(X @ w + b)
    loss = -(y * torch.log(p + 1e-8) + (1 - y) * torch.log(1 - p + 1e-8)).mean()
    gw, gb = torch.autograd.grad(loss, (w, b))
    with torch.no_grad():
        w -= 0.5 * gw
        b -= 0.5 * gb

guess = (torch.sigmoid(X @ w + b) > 0.5).float()
accuracy = (guess == y).float().mean().item()
print("good accuracy:", accuracy > 0.95)
print("both weights positive:", bool((w > 0).all()))
print("small loss:", loss.item() < 0.1)
""",
    "descent_on_a_bowl": """\
import torch

def bowl(p):
    x, y = p
    return (x - 1) ** 2 + 2 * (y + 2) ** 2

p = torch.tensor([4.0, 4.0], requires_grad=True)
path = [p.detach().clone()]
for i in range(40):
    bowl(p).backward()
    p.data -= 0.1 * p.grad
    p.grad.zero_()
    path.append(p.detach().clone())

print("start ", path[0].tolist())
print("finish", [round(v, 2) for v in path[-1].tolist()])
print("steps ", len(path) - 1)
""",
    "rosenbrock_with_momentum": """\
import torch

xy = torch.tensor([-1.0, 1.5], requires_grad=True)
velocity = torch.zeros(2)

def rosenbrock(v):
    return (1 - v[0]) ** 2 + 10 * (v[1] - v[0] ** 2) ** 2

start = rosenbrock(xy).item()
for _ in range(300):
    loss = rosenbrock(xy)
    grad, = torch.autograd.grad(loss, xy)
    velocity = 0.8 * velocity - 0.005 * grad
    with torch.no_grad():
        xy += velocity

print(f"start {start:.2f}")
print("much lower now:", rosenbrock(xy).item() < 0.05)
print("near (1, 1):", bool(((xy - 1).abs() < 0.3).all()))
""",
    "jacobian_row_by_row": """\
import torch

def f(v):
    x, y = v[0], v[1]
    return torch.stack([x * y, x + y, x ** 2 - y])

v = torch.tensor([2.0, 3.0], requires_grad=True)
out = f(v)
rows = []
for i in range(len(out)):
    row = torch.autograd.grad(out[i], v, retain_graph=True)[0]
    rows.append(row)
J = torch.stack(rows)
print(J)
print(torch.equal(J, torch.autograd.functional.jacobian(f, v)))
""",
    "vector_jacobian_product": """\
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * x

try:
    y.backward()
except RuntimeError as err:
    print("a vector needs a gradient argument")

weights = torch.tensor([1.0, 0.1, 0.01])
y.backward(gradient=weights)
print(x.grad)
""",
    "custom_square": """\
import torch

class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return 2 * x * grad_output

x = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
y = Square.apply(x)
y.sum().backward()
print(y)
print(x.grad)
""",
    "custom_relu": """\
import torch


class MyReLU(torch.autograd.Function):
    '''max(0, x), with its backward pass written out.'''

    @staticmethod
    def forward(ctx, inp):
        ctx.save_for_backward(inp)
        return inp.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_out):
        inp, = ctx.saved_tensors
        grad_in = grad_out.clone()
        grad_in[inp < 0] = 0
        return grad_in


relu = MyReLU.apply
a = torch.linspace(-2, 2, 5, requires_grad=True)
(relu(a) * 3).sum().backward()
mine = a.grad.clone()
a.grad = None
(torch.relu(a + 1e-6) * 3).sum().backward()
print(mine)
print(torch.equal(mine, a.grad))
""",
    "custom_scaled_multiply": """\
import torch

class ScaledMul(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b, scale):
        ctx.save_for_backward(a, b)
        ctx.scale = scale
        return a * b * scale

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b * ctx.scale, g * a * ctx.scale, None   # None: no gradient for a plain number

a = torch.tensor([1.0, 2.0], dtype=torch.double, requires_grad=True)
b = torch.tensor([3.0, 4.0], dtype=torch.double, requires_grad=True)
ScaledMul.apply(a, b, 10.0).sum().backward()
print(a.grad, b.grad)
print(torch.autograd.gradcheck(lambda p, q: ScaledMul.apply(p, q, 10.0), (a, b)))
""",
    "finite_difference_check": """\
import torch

def f(x):
    return (torch.sin(x) * x ** 2).sum()

x = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64, requires_grad=True)
f(x).backward()

eps = 1e-5
numeric = torch.zeros_like(x)
for i in range(x.numel()):
    up = x.detach().clone()
    down = x.detach().clone()
    up[i] += eps
    down[i] -= eps
    numeric[i] = (f(up) - f(down)) / (2 * eps)

print("autograd:", [f"{g:.4f}" for g in x.grad.tolist()])
print("numeric: ", [f"{g:.4f}" for g in numeric.tolist()])
print("close?", torch.allclose(x.grad, numeric, atol=1e-6))
""",
    "retain_graph": """\
import torch

x = torch.tensor(2.0, requires_grad=True)
y = x ** 3
y.backward(retain_graph=True)
print(x.grad)
y.backward()
print(x.grad)           # twice as much

try:
    y.backward()
except RuntimeError:
    print("the graph is gone after the second call")
""",
    "inference_mode": """\
import torch

w = torch.randn(4, 2, requires_grad=True)
x = torch.ones(1, 4)

with torch.inference_mode():
    out = x @ w
    print(out.requires_grad, torch.is_grad_enabled())

out = x @ w
print(out.requires_grad, torch.is_grad_enabled())

training = False
with torch.set_grad_enabled(training):
    print((x @ w).requires_grad)
""",
    "requires_grad_later": """\
import torch

t = torch.arange(3, dtype=torch.float32)
print(t.requires_grad)
t.requires_grad_()
print(t.requires_grad)
(t ** 2).sum().backward()
print(t.grad)

t.requires_grad_(False)
print((t + 1).requires_grad)

try:
    torch.arange(3).requires_grad_()
except RuntimeError:
    print('integers have no gradients')
""",
    "clamp_gradients": """\
import torch

w = torch.tensor([10.0, 0.1, -50.0], requires_grad=True)
loss = (w ** 2).sum()
loss.backward()
print("raw    ", w.grad)

w.grad.clamp_(-5, 5)
print("clamped", w.grad)

# scaling by the norm keeps the direction
w.grad = None
(w ** 2).sum().backward()
limit = 1.0
norm = w.grad.norm()
if norm > limit:
    w.grad *= limit / norm
print("norm   ", round(w.grad.norm().item(), 4))
""",
    "newton_square_root": """\
import torch

target = 2.0
x = torch.tensor(1.0, requires_grad=True, dtype=torch.float64)
step = 0
while True:
    y = x * x - target
    if abs(y.item()) < 1e-10:
        break
    slope, = torch.autograd.grad(y, x)
    x = (x - y / slope).detach().requires_grad_(True)
    step += 1
    print(f"{step}: {x.item():.6f}")
print("found after", step, "steps")
""",
    "newton_minimum": """\
import torch

def cost(x):
    return torch.exp(x) - 2 * x

x = torch.zeros((), requires_grad=True)
for i in range(6):
    g, = torch.autograd.grad(cost(x), x, create_graph=True)
    h, = torch.autograd.grad(g, x)
    with torch.no_grad():
        x -= g / h
print("minimum at", round(x.item(), 4))
print("log(2)    ", round(torch.log(torch.tensor(2.0)).item(), 4))
""",
    "hessian_by_hand": """\
import torch

p = torch.tensor([1.0, 2.0], requires_grad=True)
f = p[0] ** 2 * p[1] + p[1] ** 3

grad = torch.autograd.grad(f, p, create_graph=True)[0]
hessian = torch.stack([torch.autograd.grad(g, p, retain_graph=True)[0] for g in grad])
print(grad.detach())
print(hessian)
print("symmetric:", torch.equal(hessian, hessian.T))
""",
    "graph_nodes": """\
import torch

x = torch.ones(2, requires_grad=True)
y = x + 2
z = (y * y).mean()
print(x.grad_fn is None)
print(y.grad_fn is not None)
print(z.requires_grad, z.is_leaf)

# keep the gradient of something in the middle
y.retain_grad()
z.backward()
print(y.grad)
print(x.grad)
""",
    "shared_weight_and_max": """\
import torch

w = torch.tensor([1.0, 5.0, 3.0], requires_grad=True)
w.max().backward()
print(w.grad)             # only the largest entry moves

w.grad = None
(w[0] * w[1] + w[1]).backward()
print(w.grad)

w.grad = None
torch.cat([w, w]).sum().backward()
print(w.grad)             # used twice, so two
""",
    "softmax_cross_entropy_gradient": """\
import torch
import torch.nn.functional as F

logits = torch.tensor([[2.0, 1.0, 0.1], [0.5, 2.5, 0.0]], requires_grad=True)
target = torch.tensor([0, 2])

loss = F.cross_entropy(logits, target)
loss.backward()

expected = (F.softmax(logits, dim=1) - F.one_hot(target, 3)).detach() / len(target)
print(f"loss = {loss.item():.3f}")
print(torch.allclose(logits.grad, expected, atol=1e-6))
print(logits.grad.sum(dim=1).abs().max().item() < 1e-6)
""",
}
