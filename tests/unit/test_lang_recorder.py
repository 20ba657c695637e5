"""The recorder: every step says of a tensor what PyTorch says of the same tensor in a plain run."""

from __future__ import annotations

import gc
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from playground.lang.interpreter import Interpreter
from playground.lang.program import Program
from playground.lang.recorder import summarise
from playground.limits import read_limits

LIMITS = read_limits(public=True, environment={})


def run(source: str, **caps: Any) -> Interpreter:
    interpreter = Interpreter(Program(source), replace(LIMITS, **caps))
    error = interpreter.run()
    assert error is None, f"{error.kind} in line {error.line}: {error}"
    return interpreter


def steps_of(source: str, **caps: Any) -> list[dict[str, Any]]:
    return run(source, **caps).recorder.steps


def run_plainly(source: str) -> torch.Tensor:
    """The tensor `y` of the text in plain Python."""
    torch.manual_seed(0)
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": F}
    exec(compile(source, "<plain>", "exec"), names)
    return names["y"]


def as_json(value: Any) -> Any:
    """Nested lists with the strings that JSON has instead of nan and infinities; complex numbers as pairs."""
    if isinstance(value, list):
        return [as_json(part) for part in value]
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


# The last line that makes a step assigns `y`; what is compared is the last step.
SNIPPETS = {
    "arange": "y = torch.arange(6)",
    "float": "y = torch.tensor([1.5, -2.0])",
    "double": "y = torch.rand(2, 3, dtype=torch.float64)",
    "half": "y = torch.rand(3).half()",
    "bfloat16": "y = torch.rand(3).to(torch.bfloat16)",
    "bool": "y = torch.arange(4) > 1",
    "uint8": "y = torch.arange(4, dtype=torch.uint8)",
    "int8": "y = torch.tensor([-3, 5], dtype=torch.int8)",
    "complex": "y = torch.tensor([1 + 2j, -3j]) * 2",
    "conjugate": "y = torch.tensor([1 + 2j, -3j]).conj()",
    "imaginary": "y = torch.tensor([1 + 2j, -3j]).conj().imag",
    "empty": "y = torch.zeros(0, 3)",
    "empty of ints": "y = torch.tensor([], dtype=torch.long)",
    "0-d": "y = torch.tensor(2.5)",
    "0-d int": "y = torch.arange(5).sum()",
    "one element": "y = torch.ones(1, 1)",
    "nan and infinities": "y = torch.tensor([float('nan'), float('inf'), -float('inf'), 3.0, float('nan')])",
    "only nan": "y = torch.tensor([[float('nan')]])",
    "transposed": "y = torch.arange(6.0).view(2, 3).T",
    "view": "y = torch.arange(12).view(3, 4)",
    "view of a view": "y = torch.arange(24).view(2, 3, 4)[1].T",
    "slice": "y = torch.arange(12).view(3, 4)[1:, ::2]",
    "row": "y = torch.arange(12).view(3, 4)[2]",
    "mask": "x = torch.arange(6)\ny = x[x > 2]",
    "list index": "y = torch.arange(6)[[3, 1]]",
    "expanded": "y = torch.arange(3).view(3, 1).expand(3, 4)",
    "unfolded": "y = torch.arange(6.0).unfold(0, 3, 1)",
    "flipped": "y = torch.arange(6).flip(0)",
    "reshape without a copy": "y = torch.arange(6).reshape(2, 3)",
    "reshape with a copy": "y = torch.arange(6).view(2, 3).T.reshape(6)",
    "contiguous": "y = torch.rand(2, 3).T.contiguous()",
    "already contiguous": "y = torch.rand(2, 3).contiguous()",
    "already float": "y = torch.rand(3).float()",
    "channels last": "y = torch.rand(1, 2, 2, 2).to(memory_format=torch.channels_last)",
    "addition": "y = torch.rand(3) + 1",
    "broadcast": "y = torch.rand(3, 1) * torch.rand(2)",
    "in place": "y = torch.zeros(3)\ny += 1",
    "in place twice": "y = torch.zeros(3)\ny.add_(1)\ny.mul_(2)",
    "in place on a view": "y = torch.zeros(2, 3)[0]\ny -= 2",
    "written to": "y = torch.zeros(2, 3)\ny[0] = 5\ny[1, 2] = 7",
    "view after writing": "x = torch.zeros(4)\nx[1] = 5\ny = x.view(2, 2)",
    "out of a reduction": "y = torch.rand(3, 4).mean(dim=1, keepdim=True)",
    "matrix product": "y = torch.rand(2, 3) @ torch.rand(3, 4)",
    "einsum": "y = torch.einsum('ij,kj->ik', torch.rand(2, 3), torch.rand(4, 3))",
    "softmax": "y = F.softmax(torch.rand(2, 3), dim=1)",
    "leaf": "y = torch.ones(2, requires_grad=True)",
    "needs a gradient": "y = torch.ones(2, requires_grad=True) * 2",
    "detached twice over": "y = (torch.ones(2, requires_grad=True) * 2).detach() * 3",
    "without gradients": "x = torch.ones(2, requires_grad=True)\nwith torch.no_grad():\n    y = x * 2",
    "inference": "with torch.inference_mode():\n    y = torch.ones(2)\n    y += 1",
    "linear": "y = nn.Linear(3, 2)(torch.rand(4, 3))",
    "convolution": "y = nn.Conv2d(1, 2, 3)(torch.rand(1, 1, 5, 5))",
    "a thousand": "y = torch.rand(10, 100)",
    "a thousand and one": "y = torch.rand(7, 11, 13)",
    "large": "y = torch.randn(1500, 1000)",
    "large and strided": "y = torch.randn(1500, 1000).T[::2]",
    "large with gaps": "y = torch.randn(1200, 1000).log()",
    "large of ints": "y = torch.arange(1_100_000).view(1000, 1100)",
}


def check_summary(found: dict[str, Any], tensor: torch.Tensor) -> None:
    values = tensor.detach().double().flatten() if not tensor.is_complex() else torch.empty(0)
    finite = values[torch.isfinite(values)]
    assert found["nan"] == int(values.isnan().sum())
    assert found["inf"] == int(values.isinf().sum())
    if not finite.numel():
        assert found["min"] is found["max"] is found["mean"] is found["std"] is None
        return
    expected = {"min": finite.min(), "max": finite.max(), "mean": finite.mean(), "std": 0.0}
    expected["std"] = finite.std() if finite.numel() > 1 else 0.0
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_step_says_what_torch_says(name):
    tensor = run_plainly(SNIPPETS[name])
    step = steps_of(SNIPPETS[name])[-1]
    facts = {
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "device": "cpu",
        "requires_grad": tensor.requires_grad,
        "strides": list(tensor.stride()),
        "offset": tensor.storage_offset(),
        "version": 0 if tensor.is_inference() else tensor._version,
        "bytes": tensor.nbytes,
        "values": as_json(tensor.detach().tolist()) if tensor.numel() <= 1000 else None,
    }
    assert {key: step[key] for key in facts} == facts
    check_summary(step["summary"], tensor)


@pytest.mark.parametrize(
    ("source", "lies_in_its_operand"),
    [
        ("y = x.view(6)", True),
        ("y = x.t()", True),
        ("y = x[0]", True),
        ("y = x[:, 1:]", True),
        ("y = x.expand(4, 2, 3)", True),
        ("y = x.contiguous()", True),
        ("y = x.float()", True),
        ("x += 1", True),
        ("x[0] = 5", True),
        ("y = x.clone()", False),
        ("y = x.t().contiguous()", False),
        ("y = x[x > 0]", False),
        ("y = x[[0, 1]]", False),
        ("y = x + 0", False),
        ("y = torch.einsum('ij,kj->ik', x, x)", False),
        ("y = torch.ones(2)", False),
    ],
)
def test_is_view_means_that_it_lies_in_an_operand(source, lies_in_its_operand):
    assert steps_of(f"x = torch.ones(2, 3)\n{source}")[-1]["is_view"] is lies_in_its_operand


@pytest.mark.parametrize("source", ["x.detach()", "x.data", "torch.broadcast_tensors(x, torch.ones(2, 2, 3))[0]"])
def test_what_shows_the_memory_of_another_tensor_is_a_view(source):
    steps = steps_of(f"x = torch.ones(2, 3)\ny = {source}")
    (step,) = [step for step in steps if step["line"] == 2 and step["output_index"] == 0 and step["op"] != "torch.ones"]
    assert step["is_view"] is True
    assert step["storage"] == steps[0]["storage"]


def test_the_summary_of_pieces_is_that_of_the_whole():
    values = torch.randn(1_300_000, dtype=torch.float64) * 3 + 1e6
    values[::1000] = float("nan")
    values[7::1000] = float("-inf")
    check_summary(summarise(values.view(13, 100, 1000)), values)
    assert summarise(torch.tensor([1e308, 1e308, -1e308], dtype=torch.float64))["max"] == 1e308


@pytest.mark.parametrize(
    ("source", "op"),
    [
        ("torch.matmul(a, a)", "torch.matmul"),
        ("a @ a", "Tensor.__matmul__"),
        ("a[0]", "Tensor.__getitem__"),
        ("a + 1", "Tensor.__add__"),
        ("1 + a", "Tensor.__radd__"),
        ("2 / a", "Tensor.__rtruediv__"),
        ("a ** 2", "Tensor.__pow__"),
        ("a < 1", "Tensor.__lt__"),
        ("1 < a", "Tensor.__lt__"),
        ("a == a", "Tensor.__eq__"),
        ("-a", "Tensor.__neg__"),
        ("a.view(4)", "Tensor.view"),
        ("a.T", "Tensor.T"),
        ("a.add_(1)", "Tensor.add_"),
        ("F.relu(a)", "F.relu"),
        ("torch.nn.functional.relu(a)", "F.relu"),
        ("nn.Linear(2, 3)(a)", "nn.Linear"),
        ("nn.Sequential(nn.Linear(2, 3), nn.ReLU())(a)", "nn.Sequential"),
        ("torch.linalg.inv(a + torch.eye(2))", "torch.linalg.inv"),
        ("torch.Tensor.mul(a, a)", "Tensor.mul"),
        ("sum([a, a])", "sum"),
        ("abs(a)", "abs"),
    ],
)
def test_an_operation_is_called_what_the_learner_wrote(source, op):
    step = steps_of(f"a = torch.ones(2, 2)\n{source}")[-1]
    assert step["op"] == op
    assert step["source"] == source
    assert step["aten"]
    assert all(name.startswith("aten.") for name in step["aten"])


@pytest.mark.parametrize(
    ("statement", "op", "name", "source"),
    [
        ("a += 1", "Tensor.__iadd__", "a", "a += 1"),
        ("a[0] *= 2", "Tensor.__imul__", "a[0]", "a[0] *= 2"),
        ("a[0, 1] = 4", "Tensor.__setitem__", "", "a[0, 1] = 4"),
        ("b = 1\nb += a", "Tensor.__radd__", "b", "b += a"),
    ],
)
def test_statements_that_change(statement, op, name, source):
    step = steps_of(f"a = torch.ones(2, 2)\n{statement}")[-1]
    assert (step["op"], step["name"], step["source"]) == (op, name, source)


def test_the_aten_operations_of_one_line():
    steps = steps_of("x = torch.ones(2, 3)\ny = nn.Linear(3, 2)(x)\nz = x * 2 + 1")
    assert [step["aten"] for step in steps] == [
        ["aten.ones.default"],
        ["aten.t.default", "aten.addmm.default"],
        ["aten.mul.Tensor"],
        ["aten.add.Tensor"],
    ]


NESTED = """def scale(x,
          factor):
    return (x
            * factor)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        h = self.layer(x)
        return F.relu(h)

x = scale(torch.ones(1, 2),
          3)
y = Net()(x).view(-1)[0]
text = f"{y.exp()} {(y + 1).sum():.2f}"
rows = [row * 2 for row in x]
名 = "字"; z = x - 1
double = lambda t: t * 2
w = double(z)
"""
PLACES = [
    (15, "torch.ones(1, 2)", ""),
    (3, "x\n            * factor", ""),
    (12, "self.layer(x)", "h"),
    (13, "F.relu(h)", ""),
    (17, "Net()(x).view(-1)", ""),
    (17, "Net()(x).view(-1)[0]", "y"),
    (18, "y.exp()", ""),
    (18, "y + 1", ""),
    (18, "(y + 1).sum()", ""),
    (19, "row * 2", ""),
    (20, "x - 1", "z"),
    (21, "t * 2", ""),
]


def test_source_line_and_name_of_every_sub_expression():
    assert [(step["line"], step["source"], step["name"]) for step in steps_of(NESTED)] == PLACES


def test_what_is_multi_line_or_very_long_is_shown_as_written():
    (step,) = steps_of("x = torch.cat([\n    torch.ones(1),\n    torch.ones(2),\n])")[2:]
    assert step["source"] == "torch.cat([\n    torch.ones(1),\n    torch.ones(2),\n])"
    (step,) = steps_of(f"x = torch.tensor([{', '.join(['1'] * 300)}])")
    assert len(step["source"]) <= 200 and step["source"].endswith("…")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("v, i = torch.max(torch.rand(2, 3), dim=1)", ["", "v", "i"]),
        ("v, _ = torch.rand(2, 3).sort()", ["", "v", "_"]),
        ("first, *rest = torch.arange(3).split(1)", ["", "first", "", ""]),
        ("a = b = torch.ones(2)", ["a"]),
        ("a: torch.Tensor = torch.ones(2)", ["a"]),
        ("(a := torch.ones(2)) + 1", ["a", ""]),
        ("box = {}\nbox['a'] = torch.ones(2)", ["box['a']"]),
        ("layer = nn.Linear(2, 2)\nlayer.w = torch.ones(2)", ["layer.w"]),
        ("a, b = torch.ones(2), torch.ones(3)", ["", ""]),
        ("out, (h, c) = nn.LSTM(2, 3)(torch.ones(1, 1, 2))", ["", "out", "h", "c"]),
    ],
)
def test_the_name_that_a_result_is_given(source, names):
    assert [step["name"] for step in steps_of(source)] == names


def test_several_results_have_numbers():
    steps = steps_of("x = torch.rand(4, 3)\nu, s, v = torch.linalg.svd(x, full_matrices=False)\nx.chunk(2)")
    assert [step["output_index"] for step in steps] == [0, 0, 1, 2, 0, 1]
    assert [step["shape"] for step in steps] == [[4, 3], [4, 3], [3], [3, 3], [2, 3], [2, 3]]


def test_views_share_a_storage_and_copies_do_not():
    source = "x = torch.arange(6)\na = x.view(2, 3)\nb = a.T\nc = b[0]\nd = x.clone()\ne = b.reshape(6)\nx += 1\nd.add_(1)"
    numbers = [step["storage"] for step in steps_of(source)]
    assert numbers == [0, 0, 0, 0, 1, 2, 0, 1]


def test_freed_memory_never_gives_its_number_back():
    source = "for i in range(40):\n    t = torch.ones(100_000) * i\nkept = torch.ones(3)\nv = kept.view(3, 1)"
    numbers = [step["storage"] for step in steps_of(source)]
    gc.collect()
    assert len(set(numbers[:-1])) == len(numbers) - 1
    assert numbers[-1] == numbers[-2]


def test_printing_makes_no_step():
    source = (
        "x = torch.randn(20, 60)\nprint(x, [x])\nprint(f'{x} {x!r}')\nprint('{}'.format(x), str(x), repr(x))\n"
        "if x.shape == (20, 60):\n    print(x.tolist()[0][0], len(x), x.dim())"
    )
    interpreter = run(source)
    assert [(step["op"], step["aten"]) for step in interpreter.recorder.steps] == [("torch.randn", ["aten.randn.default"])]
    assert "tensor([[" in interpreter.output.text.getvalue()


@pytest.mark.parametrize(("turns", "kept", "truncated"), [(9, 9, False), (10, 10, False), (11, 10, True), (500, 10, True)])
def test_the_trace_is_cut_but_the_program_goes_on(turns, kept, truncated):
    interpreter = run(
        f"for i in range({turns}):\n    x = torch.ones(1) if i else torch.zeros(1)\nprint(i)", program_trace_steps=10
    )
    assert len(interpreter.recorder.steps) == kept
    assert interpreter.recorder.truncated is truncated
    assert interpreter.output.text.getvalue() == f"{turns - 1}\n"


def test_operands_are_as_they_were_before():
    steps = steps_of("x = torch.tensor([1.0, 2.0])\nw = x.view(2, 1)\nx += w.sum()\nw.mul_(float('inf'))")
    assert [operand["values"] for operand in steps[3]["operands"]] == [[1.0, 2.0], 3.0]
    assert steps[3]["values"] == [4.0, 5.0]
    assert steps[4]["operands"][0]["values"] == [[4.0], [5.0]]
    assert steps[4]["values"] == [["inf"], ["inf"]]


def test_a_large_tensor_is_shown_as_an_image():
    (step,) = steps_of("torch.arange(2 * 130 * 200).view(2, 130, 200)[0]")[2:]
    assert step["values"] is None
    assert step["image"]["step"] == [3, 4]
    expected = torch.arange(130 * 200).view(130, 200)[::3, ::4].tolist()
    assert step["image"]["values"] == expected


def test_a_tensor_without_data_has_no_values():
    (step,) = steps_of("torch.empty(2, 3, device='meta')")
    assert (step["shape"], step["device"], step["values"], step["summary"]["min"]) == ([2, 3], "meta", None, None)


def test_a_list_takes_the_rows_of_a_tensor_in():
    interpreter = run("rows = [0]\nrows += torch.arange(2)\nprint(rows)")
    assert interpreter.output.text.getvalue() == "[0, tensor(0), tensor(1)]\n"


def test_a_grad_mode_that_was_switched_off_ends_with_the_program():
    assert torch.is_grad_enabled()
    steps = steps_of("torch.set_grad_enabled(False)\nx = torch.ones(1, requires_grad=True)\ny = x * 2")
    assert steps[-1]["requires_grad"] is False
    assert torch.is_grad_enabled()
