"""find_formula: torchgen itself is the oracle for the entry, the graphs of real networks for completeness."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn
from torch.autograd.graph import node_creation_hook
from torch.utils._python_dispatch import TorchDispatchMode

from playground.autograd.formulas import HAND_WRITTEN, find_formula


class LastOp(TorchDispatchMode):
    """Remembers the op that ran last: when a node is created, this is the op whose node it is."""

    op = ""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func is not torch.ops.aten.detach.default:  # a node detaches the output that it saves
            self.op = str(func)
        return result


def record_ops(make_loss) -> list[tuple[object, str]]:
    """(node, its op) of every node that comes of an op, leaves left out."""
    found = []
    with LastOp() as mode, node_creation_hook(lambda node: found.append((node, mode.op))):
        make_loss()
    return [(node, op) for node, op in found if not node.name().endswith("AccumulateGrad")]


def classify(model, *shape):
    output = model(torch.randn(*shape))
    return nn.functional.cross_entropy(output, torch.zeros(len(output), dtype=torch.long))


NETWORKS = {
    "MLP": lambda: classify(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), 5, 3),
    "CNN": lambda: classify(
        nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Dropout(),
            nn.Flatten(),
            nn.Linear(36, 3),
        ),
        *(2, 1, 8, 8),
    ),
    "ResNet-18": lambda: classify(torchvision.models.resnet18(weights=None), 2, 3, 32, 32),
    "GRU": lambda: nn.GRU(3, 4, num_layers=2, bidirectional=True)(torch.randn(5, 2, 3))[0].pow(2).mean(),
    "LSTM": lambda: nn.LSTM(3, 4)(torch.randn(5, 2, 3))[0].pow(2).mean(),
    "Transformer": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)(torch.randn(2, 5, 8)).pow(2).mean(),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_node_of_a_network_has_a_formula_with_as_many_inputs_as_it_has_edges(name):
    nodes = record_ops(NETWORKS[name])
    assert len(nodes) >= 5
    without = {(node.name(), op) for node, op in nodes if find_formula(op) is None}
    assert without == set()
    for node, op in nodes:
        formula = find_formula(op)
        inputs = [part for key, _ in formula.inputs for part in key.split(", ")]
        if not any(f"Tensor[] {name}" in formula.name for name in inputs):  # a list has as many edges as it has tensors
            assert len(inputs) == len(node.next_functions), (node.name(), formula)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_a_node_saved_is_spoken_of_in_its_formula(name):
    for node, op in record_ops(NETWORKS[name]):
        saved = {word.removeprefix("_saved_") for word in dir(node) if word.startswith("_saved_")}
        spoken = find_formula(op).names
        assert {word for word in saved if not any(word == name or word.startswith(f"{name}_") for name in spoken)} == set()


@pytest.mark.parametrize(
    ("op", "entry"),
    [
        ("aten.addmm.default", "addmm"),
        ("aten.relu_.default", "relu"),
        ("aten.pow_.Scalar", "pow.Tensor_Scalar"),  # its overload has another name than the functional one's
        ("aten.add_.Tensor", "add.Tensor"),
        ("aten.sum.dim_IntList", "sum.dim_IntList"),
        ("aten.view.default", "view"),
        ("aten.view_copy.default", "view"),
        ("aten.zero.default", "zero_"),  # made by the code generator from zero_, which alone has an entry
    ],
)
def test_variants_use_the_entry_of_their_op(op, entry):
    assert find_formula(op).op == entry


@pytest.mark.parametrize(
    "op",
    [
        "aten.eq.Tensor",
        "aten.reshape.default",
        "aten.dropout.default",
        "aten.copy_.default",
        "aten.mm.out",
        "aten._foreach_add.List",
        "aten.no_such_op.default",
        "aten.mm.no_such_overload",
        "aten.argmax.default",
        "prims.add.default",
        "mm",
        "",
    ],
)
def test_without_a_derivative_of_its_own_there_is_none(op):
    assert find_formula(op) is None


def test_the_text_is_the_files_and_names_are_what_it_speaks_of():
    exp = find_formula("aten.exp.default")
    assert exp.inputs == (("self", "grad * result.conj()"),)
    assert exp.names == ("grad", "result")
    assert exp.name == "exp(Tensor self) -> Tensor"
    assert find_formula("aten.sum.dim_IntList").inputs == (("self", "sum_backward(grad, self.sym_sizes(), dim, keepdim)"),)
    assert find_formula("aten.max.dim").names == ("grad", "dim", "indices", "self", "keepdim")
    assert find_formula("aten.native_group_norm.default").names[:3] == ("grads[1]", "grads[2]", "grads[0]")
    assert find_formula("aten.where.self").inputs == (
        ("self", "where(condition, grad, 0)"),
        ("other", "where(condition, 0, grad)"),
    )
    assert "=" not in find_formula("aten.max_pool2d_with_indices.default").name


def test_a_hand_written_node_is_one():
    target = torch.zeros(2)
    ((node, op),) = record_ops(lambda: target.copy_(torch.ones(2, requires_grad=True)))
    assert (node.name(), op) == ("torch::autograd::CopyBackwards", "aten.copy_.default")
    assert find_formula(op) is None


@pytest.mark.long
def test_torchgen_matches_every_aten_op_with_the_same_entry():
    import torchgen
    from torchgen.api.autograd import match_differentiability_info
    from torchgen.gen import parse_native_yaml
    from torchgen.packaged.autograd.gen_variable_type import MANUAL_AUTOGRAD_AND_TRACER
    from torchgen.packaged.autograd.load_derivatives import load_derivatives

    packaged = Path(torchgen.__file__).parent / "packaged"
    native, tags = (str(packaged / "ATen" / "native" / name) for name in ("native_functions.yaml", "tags.yaml"))
    infos, _ = load_derivatives(str(packaged / "autograd" / "derivatives.yaml"), native, tags)
    matched = match_differentiability_info(parse_native_yaml(native, tags).native_functions, infos)
    assert MANUAL_AUTOGRAD_AND_TRACER == HAND_WRITTEN
    compared = 0
    for function in matched:
        name, schema = function.func.func.name, str(function.func.func)
        info = (function.info or {}).get("Default")
        if str(name).startswith("_foreach_") or "_functional(" in schema or str(name.name) in HAND_WRITTEN:
            continue  # an out= variant is matched, but refuses inputs that need a gradient: it makes no node
        if function.func.func.is_out_fn():
            continue
        found = find_formula(f"aten.{name.name}.{name.overload_name or 'default'}")
        theirs = (
            {(", ".join(one.var_names), " ".join(one.original_formula.split())) for one in info.derivatives}
            if info
            else set()
        )
        ours = {(", ".join(part.strip() for part in key.split(",")), text) for key, text in found.inputs} if found else set()
        assert ours == theirs, schema
        compared += bool(ours)
    assert compared > 700
