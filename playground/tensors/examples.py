"""EXAMPLES: one short program for each part of the course's chapter on tensors. A new one is one entry."""

from __future__ import annotations

from dataclasses import dataclass

from playground.registry import Registry


@dataclass(frozen=True)
class Example:
    """A program to start from; its title is the word `example.<name>`, its comments stand in the learner's language.

    Args:
        code: the program; `{1}`, `{2}` … are its comments.
        comments: (English, 中文) for each.
    """

    name: str
    code: str
    comments: tuple[tuple[str, str], ...] = ()

    def program(self, language: str) -> str:
        place = 1 if language == "zh" else 0
        text = self.code.strip("\n") + "\n"
        for number, comment in enumerate(self.comments, start=1):
            text = text.replace(f"{{{number}}}", f"# {comment[place]}")
        return text


EXAMPLES: Registry[Example] = Registry(
    "topic.example",
    (
        Example(
            "creation",
            """
import torch

number = torch.tensor(7.0)  {1}
vector = torch.tensor([1.0, 2.0, 3.0])  {2}
matrix = torch.arange(6).reshape(2, 3)  {3}
images = torch.rand(2, 3, 4)  {4}
like = torch.zeros_like(vector)
steps = torch.linspace(0, 1, 5)
eye = torch.eye(3)
print(number.ndim, vector.ndim, matrix.ndim, images.ndim)
""",
            (
                ("rank 0: a number, no dimension", "0 阶：一个数，没有维度"),
                ("rank 1: one dimension", "1 阶：一个维度"),
                ("rank 2: rows and columns", "2 阶：行和列"),
                ("rank 3: three dimensions", "3 阶：三个维度"),
            ),
        ),
        Example(
            "shapes",
            """
import torch

x = torch.arange(12)
grid = x.view(3, 4)  {1}
turned = grid.t()  {1}
column = grid[:, 1]  {1}
flat = turned.reshape(12)  {2}
batch = grid.unsqueeze(0)
tall = torch.cat([grid, grid], dim=0)
pair = torch.stack([grid, grid])
grid[0, 0] = 100  {3}
""",
            (
                ("a view: the same memory", "视图：同一块内存"),
                ("a copy", "复制"),
                ("seen in every view", "在每个视图里都能看到"),
            ),
        ),
        Example(
            "math",
            """
import torch

a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
b = torch.tensor([[5.0, 6.0], [7.0, 8.0]])
total = a + b
product = a * b  {1}
matrix = a @ b  {2}
power = a ** 2
batches = torch.bmm(torch.ones(2, 2, 3), torch.ones(2, 3, 1))
""",
            (("element by element", "逐元素相乘"), ("rows times columns", "矩阵乘法：行乘列")),
        ),
        Example(
            "statistics",
            """
import torch

x = torch.tensor([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
total = x.sum()
columns = x.sum(dim=0)  {1}
rows = x.mean(dim=1, keepdim=True)  {2}
centred = x - rows
largest, where = x.max(dim=1)
share = torch.softmax(x, dim=1)
""",
            (("down the rows: one per column", "沿行相加：每列一个"), ("keeps the dimension as 1", "保留该维度，大小为 1")),
        ),
        Example(
            "broadcasting",
            """
import torch

column = torch.tensor([[1.0], [2.0], [3.0]])  {1}
row = torch.tensor([10.0, 20.0, 30.0])  {2}
table = column + row  {3}
scaled = table * 0.5
shift = table - table.mean(dim=0)
""",
            (("(3, 1)", "(3, 1) 一列"), ("(3,)", "(3,) 一行"), ("becomes (3, 3)", "得到 (3, 3)")),
        ),
        Example(
            "indexing",
            """
import torch

x = torch.arange(20.0).reshape(4, 5)
row = x[0]
cell = x[1, 2]
part = x[1:3, 2:4]  {1}
mask = x > 10
large = x[mask]  {2}
chosen = x[torch.tensor([0, 2, 3])]
capped = torch.where(x > 10, torch.zeros_like(x), x)
x[:, 0] = -1.0
""",
            (("a view", "视图"), ("a copy, one-dimensional", "复制，一维")),
        ),
        Example(
            "devices",
            """
import torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x = torch.randn(2, 3, device=device)
home = x.cpu()
half = x.to(torch.bfloat16)
whole = x.long()
print(x.device, half.dtype, whole.dtype)
""",
        ),
    ),
)
