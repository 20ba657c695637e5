"""PRESETS: programs whose graphs are worth a look: the course's own, and what every learner meets sooner or later."""

from __future__ import annotations

from playground.models.architectures import RESNET18
from playground.registry import Registry
from playground.tensors.examples import Example

FIRST_CLASS = "class BasicBlock(nn.Module):\n"
RESNET = (
    RESNET18.replace(FIRST_CLASS, f"{FIRST_CLASS}    {{1}}\n")
    + """

model = ResNet18()
images = torch.randn(2, 3, 64, 64)
loss = nn.functional.cross_entropy(model(images), torch.tensor([3, 7]))
loss.backward()
"""
)

PRESETS: Registry[Example] = Registry(
    "topic.graph_preset",
    (
        Example(
            "line",
            """
import torch

x = torch.tensor(2.0, requires_grad=True)
w = torch.tensor(3.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)

y = w * x + b
y.backward()

print(x.grad, w.grad, b.grad)  {1}
""",
            (("dy/dx = w, dy/dw = x, dy/db = 1", "dy/dx = w, dy/dw = x, dy/db = 1"),),
        ),
        Example(
            "polynomial",
            """
import torch

x = torch.tensor(2.0, requires_grad=True)
f = x**3 + 2 * x**2 + 3 * x + 4
f.backward()

print(x.grad)  {1}
""",
            (("3x² + 4x + 3 at x = 2", "x = 2 处的 3x² + 4x + 3"),),
        ),
        Example(
            "squares",
            """
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x * x).sum()
y.backward()

print(x.grad)  {1}
""",
            (("2x: x goes in twice, and its two gradients are added", "2x\uff1ax 被用了两次\uff0c两份梯度相加"),),
        ),
        Example(
            "accumulation",
            """
import torch

w = torch.tensor(1.0, requires_grad=True)

(w * 2).backward()
print(w.grad)  {1}
(w * 3).backward()
print(w.grad)  {2}
w.grad.zero_()
print(w.grad)  {3}
(w * 4).backward()
print(w.grad)  {1}
""",
            (
                ("what this pass adds", "这一次加上的梯度"),
                ("added to what was there", "与原有的梯度相加"),
                ("zeroed before the next pass", "下一次之前先清零"),
            ),
        ),
        Example(
            "cut",
            """
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)

with torch.no_grad():
    scale = x.max()  {1}

frozen = x.detach()  {2}


@torch.no_grad()
def centre(values):
    return values.mean()  {3}


loss = ((x - centre(x)) / scale * frozen).sum()
loss.backward()
print(x.grad)
""",
            (
                ("no graph in here", "这里不记录计算图"),
                ("the same numbers, without a history", "数值相同\uff0c但没有历史"),
                ("nor in a decorated function", "被装饰的函数里也不记录"),
            ),
        ),
        Example(
            "regression",
            """
import torch

X = torch.randn(100, 1)
y_true = 3 * X + 2 + torch.randn(100, 1) * 0.3

w = torch.randn(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)

for step in range(100):
    y_pred = X * w + b
    loss = ((y_pred - y_true) ** 2).mean()
    loss.backward()
    with torch.no_grad():  {1}
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    w.grad.zero_()
    b.grad.zero_()

print(f"y = {w.item():.2f} x + {b.item():.2f}")  {2}
""",
            (
                ("the update is no part of the graph", "更新参数不属于计算图"),
                ("the data was made with 3 and 2", "数据是用 3 和 2 生成的"),
            ),
        ),
        Example(
            "neuron",
            """
import torch
import torch.nn.functional as F

x = torch.tensor(0.5)
W = torch.tensor(2.0, requires_grad=True)
target = torch.tensor(1.0)

z = W * x
a = torch.sigmoid(z)
loss = F.mse_loss(a, target)
loss.backward()

print(W.grad)  {1}
""",
            (("∂L/∂a · ∂a/∂z · ∂z/∂W", "∂L/∂a · ∂a/∂z · ∂z/∂W"),),
        ),
        Example(
            "mlp",
            """
import torch
import torch.nn as nn

model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
x = torch.randn(5, 4)
y = torch.randn(5, 1)

loss = nn.functional.mse_loss(model(x), y)
loss.backward()
""",
        ),
        Example(
            "classes",
            """
import torch
import torch.nn.functional as F

logits = torch.tensor([[2.0, 0.5, -1.0]], requires_grad=True)
label = torch.tensor([1])

loss = F.cross_entropy(logits, label)
loss.backward()

print(logits.grad)
print(F.softmax(logits.detach(), dim=1) - F.one_hot(label, 3))  {1}
""",
            (("the same: probability minus truth", "与上面相同\uff1a概率减去真值"),),
        ),
        Example(
            "residual",
            """
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(x)))  {1}


block = Block(4)
x = torch.randn(2, 4, requires_grad=True)
loss = block(x).pow(2).mean()
loss.backward()
""",
            (("the gradient has a way past the layers", "梯度有一条绕过各层的路"),),
        ),
        Example(
            "batchnorm",
            """
import torch
import torch.nn as nn

norm = nn.BatchNorm1d(3)  {1}
x = torch.randn(6, 3, requires_grad=True)
y = norm(x)
loss = (y * torch.arange(18.0).view(6, 3)).sum()
loss.backward()

print(x.grad.sum(dim=0))  {2}
""",
            (
                ("in train mode: every row changes the mean of all", "训练模式\uff1a每一行都会改变整体的均值"),
                ("so the gradients of a column sum to 0", "所以每一列的梯度之和为 0"),
            ),
        ),
        Example(
            "vanishing",
            """
import torch

w = torch.tensor(0.5, requires_grad=True)
h = torch.tensor(1.0, requires_grad=True)
start = h

for step in range(20):
    h = torch.tanh(w * h)  {1}

h.backward()
print(start.grad)  {2}
""",
            (
                ("the same weight at every time step", "每个时间步使用同一个权重"),
                ("hardly anything of it arrives", "几乎没有梯度能传到这里"),
            ),
        ),
        Example(
            "exploding",
            """
import torch

x = torch.ones(4, requires_grad=True)
h = x
for layer in range(12):
    h = h @ (torch.randn(4, 4) * 2)  {1}

loss = h.pow(2).mean()
loss.backward()
print(x.grad.norm())
""",
            (("weights this large make it grow with every layer", "权重过大\uff0c梯度每过一层就变大"),),
        ),
        Example(
            "dead",
            """
import torch
import torch.nn as nn

layer = nn.Linear(3, 4)
with torch.no_grad():
    layer.bias.fill_(-10)  {1}

x = torch.randn(8, 3)
loss = torch.relu(layer(x)).sum()
loss.backward()

print(layer.weight.grad)  {2}
""",
            (
                ("as after one step that was far too large", "就像某一步更新过大之后"),
                ("no unit is on, so nothing can change any more", "没有单元被激活\uff0c再也无法改变"),
            ),
        ),
        Example(
            "in_place",
            """
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.exp(x)
y += 1  {1}
y.sum().backward()
""",
            (("exp keeps its result for the backward pass", "exp 会保存结果供反向传播使用"),),
        ),
        Example(
            "twice",
            """
import torch

x = torch.tensor(2.0, requires_grad=True)
y = x**2
y.backward()
y.backward()  {1}
""",
            (("the saved tensors are gone", "保存的张量已被释放"),),
        ),
        Example(
            "function",
            """
import torch


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad  {1}


x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = Cube.apply(x).sum()
y.backward()
print(x.grad)
""",
            (("make a mistake here, and have it proved", "在这里写错\uff0c再让它接受检验"),),
        ),
        Example(
            "second",
            """
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
v = torch.tensor([1.0, 0.5])

y = (x**3).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True)  {1}
hv = (g * v).sum()
hv.backward()

print(x.grad)  {2}
""",
            (
                ("the backward pass becomes a graph of its own", "反向传播自身也成为计算图"),
                ("the Hessian times v: 6x · v", "海森矩阵乘以 v\uff1a6x · v"),
            ),
        ),
        Example(
            "nan",
            """
import torch

x = torch.tensor([0.0, 4.0], requires_grad=True)
distance = torch.sqrt(x)
loss = (distance * torch.tensor([0.0, 1.0])).sum()
loss.backward()

print(x.grad)  {1}
""",
            (("the slope of the root at 0 is infinite, and 0 · ∞ is nan", "根号在 0 处斜率无穷大\uff0c而 0 · ∞ 是 nan"),),
        ),
        Example("resnet18", RESNET, (("Two convolutions and a way past them", "两个卷积\uff0c以及一条绕过它们的路"),)),
    ),
)
