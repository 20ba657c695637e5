"""Fixes of shape and dtype errors: each was run, passes the failing line and gives the shape that it promises."""

from __future__ import annotations

import pytest

from playground import words
from playground.limits import read_limits
from playground.tensors.trace import run_tensors

LIMITS = read_limits(public=True, environment={})

# name: (program, text of the failing line, label that must be among the first two fixes, part of that fix's program)
PROGRAMS = {
    "matrix product": (
        "a = torch.ones(3, 4)\nb = torch.ones(3, 4)\nc = a @ b\nprint(c.shape)",
        "c = a @ b",
        "fix.transpose",
        "c = a @ b.mT",
    ),
    "torch.matmul": (
        "a = torch.ones(3, 4)\nb = torch.ones(5, 4)\nc = torch.matmul(a, b)",
        "c = torch.matmul(a, b)",
        "fix.transpose",
        "torch.matmul(a, b.mT)",
    ),
    "operands the other way round": (
        "W = torch.ones(4, 3)\nx = torch.ones(5, 4)\ny = W @ x",
        "y = W @ x",
        "fix.swap",
        "y = x @ W",
    ),
    "matrix and vector": ("W = torch.rand(4, 3)\nx = torch.rand(4)\ny = W @ x", "y = W @ x", "fix.transpose", "W.mT @ x"),
    "nested brackets": (
        "a = torch.ones(3, 4)\nc = ((a + a) * a) @ (a - 1)",
        "c = ((a + a) * a) @ (a - 1)",
        "fix.transpose",
        "(((a + a) * a).mT) @ (a - 1)",
    ),
    "Linear": (
        "x = torch.ones(5, 8)\nlayer = nn.Linear(10, 3)\ny = layer(x)",
        "y = layer(x)",
        "fix.layer",
        "nn.Linear(8, 3)",
    ),
    "Linear on images": (
        "x = torch.ones(4, 1, 28, 28)\nmodel = nn.Sequential(nn.Linear(784, 32), nn.ReLU())\ny = model(x)",
        "y = model(x)",
        "fix.flatten",
        "model(x.flatten(1))",
    ),
    "Linear in a module": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, 8)\n"
        "        self.b = nn.Linear(9, 2)\n    def forward(self, x):\n        h = self.a(x)\n        return self.b(h)\n"
        "print(Net()(torch.ones(1, 4)).shape)",
        "        return self.b(h)",
        "fix.layer",
        "self.b = nn.Linear(8, 2)",
    ),
    "bmm": (
        "q = torch.rand(2, 5, 8)\nk = torch.rand(2, 5, 8)\ns = torch.bmm(q, k)",
        "s = torch.bmm(q, k)",
        "fix.transpose",
        "torch.bmm(q, k.mT)",
    ),
    "view of a transpose": ("x = torch.ones(2, 3).T\ny = x.view(6)", "y = x.view(6)", "fix.reshape", "y = x.reshape(6)"),
    "view of a slice": (
        "x = torch.ones(4, 6)[:, 1:]\ny = x.view(-1)",
        "y = x.view(-1)",
        "fix.contiguous",
        "y = x.contiguous().view(-1)",
    ),
    "mean without keepdim": (
        "x = torch.rand(2, 3)\nm = x.mean(dim=1)\ny = x - m",
        "y = x - m",
        "fix.keepdim",
        "m = x.mean(dim=1, keepdim=True)",
    ),
    "mean without keepdim in one line": (
        "x = torch.rand(2, 3)\ny = x - x.mean(1)",
        "y = x - x.mean(1)",
        "fix.keepdim",
        "y = x - x.mean(1, keepdim=True)",
    ),
    "sum without keepdim in place": (
        "x = torch.rand(2, 3)\nx /= x.sum(dim=-1)",
        "x /= x.sum(dim=-1)",
        "fix.keepdim",
        "x /= x.sum(dim=-1, keepdim=True)",
    ),
    "two reductions in one line": (
        "x = torch.rand(4, 5)\nz = (x - x.mean(dim=1)) / x.std(dim=1)",
        "z = (x - x.mean(dim=1)) / x.std(dim=1)",
        "fix.keepdim",
        "(x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, keepdim=True)",
    ),
    "two reductions with names": (
        "x = torch.rand(4, 5)\nmu = x.mean(dim=1)\nsd = x.std(1)\nz = (x - mu) / sd",
        "z = (x - mu) / sd",
        "fix.keepdim",
        "sd = x.std(1, keepdim=True)",
    ),
    "max with indices": (
        "def softmax(x):\n    m = x.max(dim=1).values\n    return (x - m).exp()\nprint(softmax(torch.rand(2, 3)))",
        "    return (x - m).exp()",
        "fix.keepdim",
        "m = x.max(dim=1, keepdim=True).values",
    ),
    "comparison": (
        "x = torch.rand(2, 3)\nhit = x == x.amax(dim=1)",
        "hit = x == x.amax(dim=1)",
        "fix.keepdim",
        "x.amax(dim=1, keepdim=True)",
    ),
    "cat": (
        "a = torch.ones(2, 3)\nc = torch.cat([a, a[:, :1]])",
        "c = torch.cat([a, a[:, :1]])",
        "fix.dim",
        "[a, a[:, :1]], dim=1",
    ),
    "cat along the wrong dim": (
        "a = torch.ones(2, 3)\nb = torch.ones(4, 3)\nc = torch.cat((a, b), dim=1)",
        "c = torch.cat((a, b), dim=1)",
        "fix.dim",
        "dim=0",
    ),
    "stack": ("xs = [torch.ones(2), torch.ones(3)]\ny = torch.stack(xs)", "y = torch.stack(xs)", "fix.cat", "torch.cat(xs)"),
    "reshape": ("x = torch.arange(12)\ny = x.reshape(5, 2)", "y = x.reshape(5, 2)", "fix.size", "x.reshape(6, 2)"),
    "dim": ("x = torch.ones(2, 3)\ns = x.softmax(dim=2)", "s = x.softmax(dim=2)", "fix.dim", "x.softmax(dim=1)"),
    "channels last": (
        "x = torch.ones(2, 9, 9, 3)\ny = nn.Conv2d(3, 8, 3)(x)",
        "y = nn.Conv2d(3, 8, 3)(x)",
        "fix.permute",
        "x.permute(0, 3, 1, 2)",
    ),
    "channels": (
        "conv = nn.Conv2d(3, 8, 3)\nconv(torch.ones(1, 1, 9, 9))",
        "conv(torch.ones(1, 1, 9, 9))",
        "fix.layer",
        "nn.Conv2d(1, 8, 3)",
    ),
    "image without channel": (
        "x = torch.ones(9, 9)\ny = nn.Conv2d(1, 8, 3)(x)",
        "y = nn.Conv2d(1, 8, 3)(x)",
        "fix.unsqueeze",
        "(x.unsqueeze(0))",
    ),
    "index of floats": (
        "x = torch.ones(3)\ny = x[torch.ones(2)]",
        "y = x[torch.ones(2)]",
        "fix.cast",
        "x[torch.ones(2).long()]",
    ),
    "mask": (
        "x = torch.ones(2, 3)\ny = x[torch.ones(3).bool()]",
        "y = x[torch.ones(3).bool()]",
        "fix.transpose",
        "x.mT[torch",
    ),
    "loss": (
        "loss = F.cross_entropy(torch.ones(3, 5), torch.zeros(3))",
        "loss = F.cross_entropy(torch.ones(3, 5), torch.zeros(3))",
        "fix.cast",
        "torch.zeros(3).long()",
    ),
    "labels as a column": (
        "a = torch.randn(8, 9)\nb = torch.zeros(8, 1).long()\nloss = F.cross_entropy(a, b)",
        "loss = F.cross_entropy(a, b)",
        "fix.squeeze",
        "F.cross_entropy(a, b.squeeze())",
    ),
    "mean of ints": ("x = torch.tensor([1, 2])\nprint(x.mean())", "print(x.mean())", "fix.cast", "x.float().mean()"),
    "ints into a Linear": (
        "x = torch.tensor([[1, 2]])\ny = nn.Linear(2, 1)(x)",
        "y = nn.Linear(2, 1)(x)",
        "fix.cast",
        "(x.float())",
    ),
    "doubles into a Conv2d": (
        "x = torch.ones(1, 1, 2, 2).double()\ny = nn.Conv2d(1, 1, 1)(x)",
        "y = nn.Conv2d(1, 1, 1)(x)",
        "fix.cast",
        "(x.float())",
    ),
    "float added to ints in place": ("x = torch.arange(3)\nx += 1.5", "x += 1.5", "fix.cast", "x = x.float() + 1.5"),
    "in a loop": (
        "x = torch.rand(2, 3)\nfor i in range(3):\n    w = torch.rand(3 + i, 3)\n    y = x @ w",
        "    y = x @ w",
        "fix.transpose",
        "y = x @ w.mT",
    ),
    "in a comprehension": (
        "a = torch.ones(2, 3)\nys = [a @ a for _ in range(2)]",
        "ys = [a @ a for _ in range(2)]",
        "fix.transpose",
        "a @ a.mT",
    ),
    "in a lambda": (
        "f = lambda a, b: a @ b\nf(torch.ones(2, 3), torch.ones(2, 3))",
        "f = lambda a, b: a @ b",
        "fix.transpose",
        "a @ b.mT",
    ),
    "several lines": ("a = torch.ones(3, 4)\nc = (a\n     @ a)", "c = (a", "fix.transpose", "(a\n     @ a.mT)"),
    "中文": ("名 = torch.ones(3, 4)\n字 = '中文'; z = 名 @ 名", "字 = '中文'; z = 名 @ 名", "fix.transpose", "名 @ 名.mT"),
}


def failed(source: str):
    result, error = run_tensors(source, 0, LIMITS)
    assert error is not None and error.kind in ("shape", "dtype"), error
    return result, error


@pytest.mark.parametrize("name", PROGRAMS)
def test_fixes_that_work(name):
    source, text, label, part = PROGRAMS[name]
    result, error = failed(source)
    assert result["failure"]["text"] == text
    assert result["fixes"], "no fix is offered"
    assert any(fix["label"] == label and part in fix["code"] for fix in result["fixes"][:2]), result["fixes"]
    assert len({fix["code"] for fix in result["fixes"]}) == len(result["fixes"]) <= 5
    for fix in result["fixes"]:
        assert fix["code"] != source
        assert fix["code"].count("\n") == source.count("\n")
        again, after = run_tensors(fix["code"], 0, LIMITS, details=False)
        assert after is None or after.line > error.line, f"{fix['code']}: {after}"
        shapes = [step["shape"] for step in again["steps"] if step["line"] == error.line]
        assert shapes, "the line that failed makes a step now"
        same = [
            step["shape"] for step in again["steps"] if step["line"] == error.line and step["op"] == result["failure"]["op"]
        ]
        assert fix["shape"] == same[-1] if same else fix["shape"] in shapes
        english, chinese = (words.text(language, fix["label"], **fix["values"]) for language in ("en", "zh"))
        assert english != chinese
        for told in (english, chinese):
            assert told and "{" not in told


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("matrix product", "fix.transpose"),
        ("Linear", "fix.layer"),
        ("view of a transpose", "fix.reshape"),
        ("mean without keepdim", "fix.keepdim"),
        ("two reductions in one line", "fix.keepdim"),
    ],
)
def test_what_everyone_meets_has_the_expected_fix_first(name, label):
    assert failed(PROGRAMS[name][0])[0]["fixes"][0]["label"] == label


@pytest.mark.parametrize("name", ["view of a transpose", "view of a slice"])
def test_a_view_that_is_impossible_can_be_mended_in_two_ways(name):
    assert [fix["label"] for fix in failed(PROGRAMS[name][0])[0]["fixes"]] == ["fix.reshape", "fix.contiguous"]


@pytest.mark.parametrize(
    "source",
    [
        "x = torch.ones(3)\nprint(f'{x @ torch.ones(2)} {x}')",
        "x = torch.ones(3)\nprint(f'''\n{x @ torch.ones(2)}\n''')",
        "x = torch.ones(2, 3)\nfor i in range(3):\n    print(f'{x @ x.T[:i]}')",
        "torch.dot(torch.ones(2), torch.ones(3))",
        "def f(*xs):\n    return torch.cat(xs)\nf(torch.ones(2, 3), torch.ones(4))",
        "def f(**options):\n    return torch.ones(2, 3).sum(**options)\nf(dim=7)",
        "x = torch.ones(2, 3)\nx[0] = torch.ones(2)",
        "x = torch.ones(2, 3)\nx[:, 0] += torch.ones(3)",
        "a = b = torch.ones(2)\na, b = b, a\nc = a + torch.ones(3)",
        "x = torch.ones(2, 3)\nx = x[0]\ny = x\nx = y\nz = x + torch.ones(2)",
        "x = torch.ones(3)\nx.add_(torch.ones(2)).mul_(2)",
        "class A:\n    def __add__(self, other):\n        return torch.ones(2) + other\nA() + torch.ones(3)",
        "f = torch.add\nf(torch.ones(2), torch.ones(3))",
        "list(map(lambda x: x @ x, [torch.ones(2, 3)]))",
        "while True:\n    torch.ones(2) + torch.ones(3)",
        "try:\n    torch.ones(2) + torch.ones(3)\nfinally:\n    print('end')",
        "torch.einsum('ij,jk->ik', torch.ones(2, 3), torch.ones(2, 3))",
        "F.mse_loss(input=torch.ones(3), target=torch.ones(4))",
    ],
)
def test_no_failure_breaks_the_search(source):
    result, error = failed(source)
    for fix in result["fixes"]:
        after = run_tensors(fix["code"], 0, LIMITS, details=False)[1]
        assert after is None or after.line > error.line or after.kind == "limit"


def test_an_error_that_is_caught_needs_no_fix():
    result, error = run_tensors(
        "try:\n    torch.ones(2) + torch.ones(3)\nexcept RuntimeError as e:\n    print('caught')", 0, LIMITS
    )
    assert error is None
    assert (result["fixes"], result["failure"], result["printed"]) == ([], None, "caught\n")


@pytest.mark.parametrize("source", ["1 / 0", "torch.ones(2)[5]", "x = torch.ones(2", "import os", "torch.zeros(10**9)"])
def test_other_errors_have_no_fixes(source):
    result, error = run_tensors(source, 0, LIMITS)
    assert error is not None and error.kind not in ("shape", "dtype")
    assert result["fixes"] == []


def test_no_fix_that_fails_at_that_line_or_before():
    """A layer of another size would make the lines before it fail."""
    source = (
        "layer = nn.Linear(10, 3)\ngood = layer(torch.ones(2, 10))\nbad = layer(torch.ones(2, 8))\n"
        "worse = torch.ones(2) + torch.ones(3)"
    )
    result, error = failed(source)
    assert error.line == 3
    assert all("nn.Linear(8" not in fix["code"] for fix in result["fixes"])


def test_the_failure_tells_where_and_with_what():
    result, _ = failed("x = torch.ones(2, 3)\n\nif True:\n    y = 1 + (x @ x.double().T)")
    assert {key: result["failure"][key] for key in ("line", "source", "text", "op", "span")} == {
        "line": 4,
        "source": "x @ x.double().T",
        "text": "    y = 1 + (x @ x.double().T)",
        "op": "Tensor.__matmul__",
        "span": [4, 13, 4, 29],
    }
    operands = result["failure"]["operands"]
    assert [(operand["shape"], operand["dtype"]) for operand in operands] == [([2, 3], "float32"), ([3, 2], "float64")]


def test_the_search_gives_the_same_every_time():
    source = "x = torch.rand(2, 3)\nx += 1\ny = x - x.mean(1)"
    assert failed(source)[0] == failed(source)[0]
