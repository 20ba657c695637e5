"""run_tensors: a script that prints the same in plain Python, broadcasting explained, a result that is plain JSON."""

from __future__ import annotations

import contextlib
import io
import json
import warnings

import pytest
import torch

from playground.lang.program import Program
from playground.limits import read_limits
from playground.tensors.broadcasting import explain_broadcast, explain_clash
from playground.tensors.trace import EMPTY, read_seed, run_tensors, write_script
from playground.training.events import plain

LIMITS = read_limits(public=True, environment={})
STEP_KEYS = set(
    "line source name op aten output_index shape dtype device requires_grad strides offset storage storage_elements "
    "is_view memory version bytes values summary image operands number order broadcast loops".split()
)


def run_plainly(script: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(script, "<script>", "exec", dont_inherit=True), {"__name__": "__main__"})
    return printed.getvalue()


SCRIPTS = {
    "random numbers": "import torch\nprint(torch.rand(3))",
    "no imports at all": "x = torch.rand(2, 3)\nprint(x, F.softmax(x, dim=1), nn.Linear(3, 1)(x))",
    "numpy, math and optim": "print(np.arange(3), math.pi)\nprint(optim.SGD([torch.ones(1)], lr=0.5).defaults['lr'])",
    "some imports": "import torch\nfrom torch import nn\nprint(nn.Linear(2, 2)(torch.rand(1, 2)), F.relu(torch.rand(1)))",
    "docstring": '"""What this is."""\nprint(torch.rand(2))',
    "docstring of several lines": '"""What\nthis\nis.\n"""\n\n# and a remark\nprint(torch.rand(2), F.relu(torch.ones(1)))',
    "__future__": (
        "from __future__ import annotations\nprint(torch.rand(2))\ndef f(x: Tensor) -> Tensor:\n    return x\nprint(f(2))"
    ),
    "docstring and __future__": (
        '"""Doc."""\n\nfrom __future__ import annotations\n\nimport torch\n\nprint(torch.rand(2), nn.ReLU()(torch.ones(1)))'
    ),
    "remarks first": "# a remark\n\nimport torch\nprint(torch.rand(2))",
    "only a docstring": '"""Nothing else."""',
    "empty": "",
    "a blank line at the end": "print(torch.rand(1))\n\n",
    "Windows line ends": "x = torch.rand(1)\r\nif True:\r\n    print(x)\r\n",
    "two texts": "'one'\n'two'\nprint(torch.rand(1))",
    "own seed": "torch.manual_seed(3)\nprint(torch.rand(1))",
    "a function and a loop": "def f(n):\n    return torch.rand(n)\nfor i in range(3):\n    print(f(i), f'{f(2).sum():.3f}')",
    "中文": "名 = torch.rand(2)\nprint('随机数', 名)",
}


@pytest.mark.parametrize("seed", [0, 7, 2**40])
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_prints_the_same_in_plain_python(name, seed):
    result, error = run_tensors(SCRIPTS[name], seed, LIMITS)
    assert error is None
    assert run_plainly(result["script"]) == result["printed"]
    assert result["script"] == write_script(Program(SCRIPTS[name]), seed)
    assert f"torch.manual_seed({seed})" in result["script"]
    if "print(" in SCRIPTS[name]:
        assert result["printed"]


def test_the_seed_decides():
    printed = {seed: run_tensors("print(torch.rand(3))", seed, LIMITS)[0]["printed"] for seed in (0, 1)}
    assert printed[0] != printed[1]
    assert run_tensors("print(torch.rand(3))", 1.0, LIMITS)[0]["printed"] == printed[1]


@pytest.mark.parametrize("seed", ["a", "3", None, 1.5, -1, True, [1], {}, 2**63, float("nan"), float("inf"), -0.5, 10**400])
def test_what_is_no_seed(seed, both):
    result, error = run_tensors("print(1)", seed, LIMITS)
    assert error is not None and error.kind == "input"
    assert "seed must be a whole number" in both(error)
    assert "seed 应为整数" in both(error)
    assert set(result) == set(EMPTY)
    assert (result["printed"], result["steps"]) == ("", [])


@pytest.mark.parametrize("seed", [0, 7, 7.0, 2**63 - 1])
def test_what_is_a_seed(seed):
    assert read_seed(seed) == seed
    assert isinstance(read_seed(seed), int)


BROADCASTS = [
    # op, shapes, sizes of each axis, result of each axis, which operand is stretched, caution
    ("Tensor.__add__", [(2, 3), (3,)], [[2, None], [3, 3]], [[False, True], [False, False]], False),
    ("Tensor.__mul__", [(4, 1), (1, 5)], [[4, 1], [1, 5]], [[False, True], [True, False]], False),
    ("torch.sub", [(3,), (2, 3)], [[None, 2], [3, 3]], [[True, False], [False, False]], False),
    ("Tensor.__truediv__", [(2, 3), (2, 1)], [[2, 2], [3, 1]], [[False, False], [False, True]], False),
    ("Tensor.__sub__", [(4, 1), (4,)], [[4, None], [1, 4]], [[False, True], [True, False]], True),
    ("Tensor.__eq__", [(4,), (4, 1)], [[None, 4], [4, 1]], [[True, False], [False, True]], True),
    ("Tensor.add_", [(2, 3), (3,)], [[2, None], [3, 3]], [[False, True], [False, False]], False),
    ("Tensor.__iadd__", [(2, 2), (1,)], [[2, None], [2, 1]], [[False, True], [False, True]], False),
    (
        "torch.where",
        [(2, 1), (2, 3), (3,)],
        [[2, 2, None], [1, 3, 3]],
        [[False, False, True], [True, False, False]],
        False,
    ),
    (
        "torch.maximum",
        [(1, 1, 2), (3, 1)],
        [[1, None], [1, 3], [2, 1]],
        [[False, True], [True, False], [False, True]],
        False,
    ),
    ("Tensor.__mul__", [(0, 3), (1, 3)], [[0, 1], [3, 3]], [[False, True], [False, False]], False),
    ("F.mse_loss", [(5, 1), (5,)], [[5, None], [1, 5]], [[False, True], [True, False]], True),
]


@pytest.mark.parametrize(("op", "shapes", "sizes", "stretched", "caution"), BROADCASTS)
def test_broadcasting_axis_by_axis(op, shapes, sizes, stretched, caution):
    result = list(torch.broadcast_shapes(*shapes))
    found = explain_broadcast(op, shapes, result)
    assert found is not None
    assert [axis["sizes"] for axis in found["axes"]] == sizes
    assert [axis["result"] for axis in found["axes"]] == result
    assert [axis["stretched"] for axis in found["axes"]] == stretched
    assert found["caution"] is caution
    assert found["result"] == result


@pytest.mark.parametrize(
    ("op", "shapes"),
    [
        ("Tensor.__add__", [(2, 3), (2, 3)]),
        ("Tensor.__add__", [(2, 3)]),
        ("Tensor.__add__", [(2, 3), ()]),
        ("Tensor.__matmul__", [(2, 3), (3, 4)]),
        ("torch.cat", [(2, 3), (1, 3)]),
        ("Tensor.view", [(2, 3)]),
        ("torch.ones", []),
    ],
)
def test_nothing_to_explain(op, shapes):
    assert explain_broadcast(op, shapes, [2, 3]) is None


def test_steps_tell_their_broadcasting():
    result, error = run_tensors("a = torch.ones(3, 1)\nb = a + torch.ones(3)\nc = b * 2\nb -= a", 0, LIMITS)
    assert error is None
    told = [step["broadcast"] for step in result["steps"]]
    assert [entry is not None for entry in told] == [False, False, True, False, True]
    assert told[2]["caution"] is True
    assert told[4]["axes"][1] == {"sizes": [3, 1], "result": 3, "stretched": [False, True]}


JSON = {
    "usual": "x = torch.rand(2, 3)\nprint(x @ x.T)",
    "nan": "torch.tensor([float('nan'), float('inf')]) * torch.tensor([[1.0], [-1.0]])",
    "only nan": "torch.zeros(2) / 0",
    "overflow": "torch.tensor([1e308, 1e308, -1e308], dtype=torch.float64)",
    "large with nan": "x = torch.randn(60, 60)\nx[0] = float('nan')\ny = x / 0",
    "complex": "torch.tensor([complex('nan'), 1j])",
    "bool and empty": "torch.zeros(0, 3)\ntorch.ones(2).bool()",
    "huge numbers": "torch.tensor([2**62, -2**63])",
    "shape error": "x = torch.rand(2, 3)\nx - x.mean(1)",
    "dtype error": "torch.arange(3).mean()",
    "nan in a failure": "torch.tensor([float('nan')]) @ torch.ones(2)",
    "syntax error": "x = (",
    "limit": "torch.zeros(10**9)",
    "warning": "torch.ones(3).T",
    "no text": 5,
}


@pytest.mark.parametrize("name", JSON)
def test_the_result_is_plain_json(name):
    result, _ = run_tensors(JSON[name], 0, LIMITS)
    assert set(result) == set(EMPTY)
    for step in result["steps"]:
        assert set(step) == STEP_KEYS
    assert json.loads(json.dumps(plain(result), allow_nan=False)) == plain(result)


def test_a_program_without_tensors():
    result, error = run_tensors("print(1 + 1)", 0, LIMITS)
    assert error is None
    assert result == {**EMPTY, "printed": "2\n", "script": "import torch\ntorch.manual_seed(0)\n\nprint(1 + 1)\n"}


def test_results_do_not_share_anything():
    run_tensors("x = torch.ones(1)\nprint(1)\nx.T", 0, LIMITS)[0]["steps"].append("mine")
    assert EMPTY == {
        "steps": [],
        "loops": [],
        "printed": "",
        "script": "",
        "truncated": False,
        "fixes": [],
        "warnings": [],
        "failure": None,
    }
    result, _ = run_tensors("x = (", 0, LIMITS)
    result["steps"].append("mine")
    assert run_tensors("y = (", 0, LIMITS)[0]["steps"] == []


def test_a_tensor_as_large_as_a_program_may_make_is_summarised():
    """Not by a second copy in float64, which would not fit into the memory of a child."""
    result, error = run_tensors("x = torch.ones(4000, 4000)\nx[0, 0] = 5", 0, LIMITS)
    assert error is None
    assert result["steps"][-1]["summary"] == pytest.approx(
        {"min": 1, "max": 5, "mean": 1 + 4 / 16e6, "std": (16 / 16e6) ** 0.5, "nan": 0, "inf": 0}, rel=1e-6
    )


LOOPS = """
def grow(x):
    for k in range(2):
        x = x + k
    return x

x = torch.ones(1)
for i in range(3):
    x = x * 2
    for j in range(i):
        x = x - 1
        if j == 1:
            break
    if i == 2:
        x = grow(x)
while x.sum() > 2:
    x = x - 1
y = x + 1
"""


def test_each_step_tells_the_turns_that_it_was_made_in():
    result, error = run_tensors(LOOPS, 0, LIMITS)
    assert error is None
    inside = [(step["source"], step["loops"]) for step in result["steps"]]
    outer, first, second, grown, last = range(5)
    assert inside[:11] == [
        ("torch.ones(1)", []),
        ("x * 2", [[outer, 1]]),
        ("x * 2", [[outer, 2]]),
        ("x - 1", [[outer, 2], [first, 1]]),
        ("x * 2", [[outer, 3]]),
        ("x - 1", [[outer, 3], [second, 1]]),
        ("x - 1", [[outer, 3], [second, 2]]),
        ("x + k", [[outer, 3], [grown, 1]]),
        ("x + k", [[outer, 3], [grown, 2]]),
        ("x.sum()", []),
        ("x.sum() > 2", []),
    ]
    # The condition is looked at once more after each turn.
    assert inside[11:14] == [("x - 1", [[last, 1]]), ("x.sum()", [[last, 1]]), ("x.sum() > 2", [[last, 1]])]
    assert inside[-1] == ("x + 1", [])
    assert result["loops"][:4] == [
        {"line": 8, "turns": 3},
        {"line": 10, "turns": 1},
        {"line": 10, "turns": 2},
        {"line": 3, "turns": 2},
    ]
    assert result["loops"][last] == {"line": 16, "turns": inside[-2][1][0][1]}


def test_a_loop_that_was_left_is_over_and_the_next_one_counts_from_one():
    source = """
def twice(x):
    n = 0
    while n < 2:
        n += 1
        x = x + 1
    return x

def rows():
    for i in range(2):
        yield torch.ones(1)

for _ in range(9):
    break
a = twice(twice(torch.ones(1)))
for row in rows(): a = a + row
"""
    result, error = run_tensors(source, 0, LIMITS)
    assert error is None
    assert [step["loops"] for step in result["steps"][1:5]] == [[[0, 1]], [[0, 2]], [[1, 1]], [[1, 2]]]
    assert [step["loops"] for step in result["steps"] if step["source"] == "a + row"] == [[[3, 1]], [[3, 2]]]
    assert [run["turns"] for run in result["loops"]] == [2, 2, 2, 2]


CLASHES = {
    "last axis": (
        [(2, 3), (2,)],
        [
            {"sizes": [2, None], "result": 2, "clash": False},
            {"sizes": [3, 2], "result": None, "clash": True},
        ],
    ),
    "in the middle": (
        [(2, 3, 4), (5, 1)],
        [
            {"sizes": [2, None], "result": 2, "clash": False},
            {"sizes": [3, 5], "result": None, "clash": True},
            {"sizes": [4, 1], "result": 4, "clash": False},
        ],
    ),
    "of none and some": ([(0,), (2,)], [{"sizes": [0, 2], "result": None, "clash": True}]),
}


@pytest.mark.parametrize("name", CLASHES)
def test_shapes_that_do_not_go_together_clash_on_their_axes(name):
    shapes, axes = CLASHES[name]
    assert explain_clash(shapes) == {"axes": axes}
    with pytest.raises(RuntimeError):
        torch.broadcast_shapes(*shapes)


@pytest.mark.parametrize("shapes", [[(2, 3), (3,)], [(1,), (5, 1), (4,)], [(), (2,)], [(0, 1), (1, 3)], []])
def test_shapes_that_go_together_have_no_clash(shapes):
    assert explain_clash(shapes) is None
    torch.broadcast_shapes(*shapes)


def test_a_failure_tells_the_axes_that_clash_where_it_is_one_of_broadcasting():
    failed = run_tensors("x = torch.ones(2, 3) + torch.ones(2)", 0, LIMITS)[0]["failure"]
    assert [axis["clash"] for axis in failed["broadcast"]["axes"]] == [False, True]
    assert run_tensors("torch.ones(2, 3) @ torch.ones(2)", 0, LIMITS)[0]["failure"]["broadcast"] is None
