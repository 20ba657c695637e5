"""prove: every entry of MATHEMATICS and every node of real networks passes; what is wrong, broken or random is told."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn
from torch.autograd.graph import node_creation_hook
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from playground.autograd.formulas import find_formula
from playground.autograd.mathematics import MATHEMATICS
from playground.autograd.proof import Proof, prove

aten = torch.ops.aten


def copy(value):
    return tree_map(lambda leaf: leaf.detach().clone() if torch.is_tensor(leaf) else leaf, value)


class Capture(TorchDispatchMode):
    """The last op with copies of its arguments, taken before it runs: it may change them."""

    last = None

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        arguments = copy((args, kwargs or {}))
        result = func(*args, **(kwargs or {}))
        if func is not aten.detach.default:
            self.last = (func, *arguments)
        return result


def prove_graph(make_loss, *, most=12) -> list[tuple[str, Proof]]:
    """(op, proof) of every node of a real backward pass that comes of an op; an unused output has none."""
    calls, grads = {}, {}

    def keep_call(node):
        calls[node] = capture.last

    with Capture() as capture, node_creation_hook(keep_call):
        loss = make_loss()
    nodes = [node for node in calls if "Accumulate" not in node.name()]
    for node in nodes:
        node.register_hook(lambda outgoing, incoming, node=node: grads.update({node: copy((incoming, outgoing))}))
    loss.backward()
    return [(str(calls[node][0]), prove(*calls[node], 0, *grads[node], most=most)) for node in nodes if node in grads]


def prove_op(op, *args, wanted=None, grad=None, **kwargs):
    """The proof of one op, with the gradient that autograd gives its floating tensors (or `wanted`)."""
    live = tree_map(
        lambda one: one.clone().requires_grad_() if torch.is_tensor(one) and one.is_floating_point() else one, args
    )
    result = op(*live, **kwargs)
    output = result if torch.is_tensor(result) else next(one for one in result if one.requires_grad)
    grad = torch.linspace(0.5, 1.5, output.numel(), dtype=output.dtype).view(output.shape) if grad is None else grad
    leaves = [one for one in tree_leaves(live) if torch.is_tensor(one) and one.requires_grad]
    found = torch.autograd.grad(output, leaves, grad) if wanted is None else wanted
    return prove(op, args, kwargs, 0, [grad], found)


@pytest.mark.parametrize("name", MATHEMATICS)
def test_the_derivative_of_every_entry_is_proved(name):
    entry = MATHEMATICS[name]
    function, args = entry.example()
    op, kwargs = (function.func, function.keywords) if isinstance(function, partial) else (function, {})
    torch.manual_seed(0)
    names = dict(zip([argument.name for argument in op._schema.arguments], args, strict=False))
    for tensor in tree_leaves([names[one] for one in entry.inputs]):
        tensor.requires_grad_()
    proof = prove_example(op, args, kwargs)
    assert proof.passed
    checked = [one for one in proof.inputs if one.checked]
    assert len(checked) == len(tree_leaves([names[one] for one in entry.inputs]))
    assert max(one.largest_relative for one in checked) < (1e-7 if name == "hardsigmoid" else 1e-8)
    assert all(one.checked == torch.Size(one.shape).numel() and one.left_out == 0 for one in checked)
    assert proof.random == (name == "dropout")
    assert proof.random or all(one.node_relative < 1e-12 for one in checked)


def prove_example(op, args, kwargs) -> Proof:
    """The proof of the real node of one op."""
    result = op(*args, **kwargs)
    outputs = [result] if torch.is_tensor(result) else list(result)
    node = next(output.grad_fn for output in outputs if output.requires_grad)
    several = isinstance(result, list)
    grads = [
        torch.linspace(0.5, 1.5, one.numel(), dtype=torch.float64).view(one.shape) if one.requires_grad else None
        for one in (outputs if several else outputs[:1])
    ]
    kept = []
    node.register_hook(lambda outgoing, incoming: kept.append(copy(outgoing)))
    torch.autograd.backward([one for one in outputs if one.requires_grad][: len(grads)], grads)
    return prove(op, copy(args), kwargs, 0, grads, kept[0])


def autocast():
    with torch.autocast("cpu", torch.bfloat16):
        return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))(torch.randn(4, 6)).float().pow(2).mean()


NETWORKS = {
    "MLP": lambda: nn.functional.cross_entropy(
        nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))(torch.randn(5, 3)), torch.tensor([0, 1, 0, 1, 1])
    ),
    "CNN": lambda: nn.functional.cross_entropy(
        nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Dropout(),
            nn.Flatten(),
            nn.Linear(36, 3),
        )(torch.randn(2, 1, 8, 8)),
        torch.tensor([0, 2]),
    ),
    "GRU": lambda: nn.GRU(3, 4)(torch.randn(3, 2, 3))[0].pow(2).mean(),
    "Transformer": lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)(torch.randn(2, 5, 8)).pow(2).mean(),
    "in place": lambda: (torch.randn(3, 4, requires_grad=True) * 2).mul_(3).add_(1).sigmoid_()[:, 1:].pow(2).sum(),
    "autocast": autocast,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_node_of_a_network_in_its_own_precision_is_proved(name):
    torch.manual_seed(0)
    proofs = prove_graph(NETWORKS[name])
    assert len(proofs) > 4
    for op, proof in proofs:
        assert proof.passed, (op, proof)
        assert proof.reason is None
        assert not proof.random
        assert any(one.node_error is not None for one in proof.inputs)


def test_a_wrong_gradient_is_found_and_where():
    x = torch.tensor([0.5, 1.0, 2.0])
    grad = torch.ones(3)
    wrong = x.exp() * torch.tensor([1.0, 1.01, 1.0])
    (one,) = prove(aten.exp.default, (x,), {}, 0, [grad], [wrong]).inputs
    assert one.passed is False
    assert one.largest_relative < 1e-9, "the op's own derivative is right: it is the node that is not"
    assert one.node_error == pytest.approx(0.01 * torch.e, rel=1e-5)


def test_a_function_with_a_wrong_backward_is_found():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone() ** 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.tensor([1.0, 2.0])
    (one,) = prove(Wrong.apply, (x,), {}, 0, [torch.ones(2)], [torch.full((2,), 3.0)]).inputs
    assert one.passed is False
    assert one.worst == ((0,), pytest.approx(2.0), 3.0) or one.worst == ((1,), pytest.approx(4.0), 3.0)
    assert one.node_error == 0, "node and op agree, both wrongly"


def test_single_precision_is_not_counted_against_the_node():
    torch.manual_seed(0)
    a, b = torch.randn(3, 300), torch.randn(300, 2)
    proof = prove_op(aten.mm.default, a, b)
    assert proof.passed
    assert all(one.largest_relative < 1e-10 < one.node_relative < 1e-5 for one in proof.inputs)
    assert [one.name for one in proof.inputs] == ["self", "mat2"]
    assert [one.shape for one in proof.inputs] == [(3, 300), (300, 2)]


def test_kinks_and_ties_are_left_out_and_counted():
    (relu,) = prove_op(aten.relu.default, torch.tensor([-1.0, 0.0, 2.0, 0.0])).inputs
    assert (relu.checked, relu.left_out, relu.passed) == (2, 2, True)
    (largest,) = prove_op(aten.max.dim, torch.tensor([[3.0, 3.0, 1.0]]), 1).inputs
    assert (largest.checked, largest.left_out, largest.passed) == (1, 2, True)
    (clamp,) = prove_op(aten.clamp.default, torch.tensor([-1.0, 0.3, 1.0]), -1.0, 1.0).inputs
    assert (clamp.checked, clamp.left_out, clamp.passed) == (1, 2, True)
    (root,) = prove_op(aten.sqrt.default, torch.tensor([0.0, 4.0])).inputs
    assert (root.checked, root.left_out, root.passed) == (1, 1, True)
    proof = prove_op(aten.abs.default, torch.zeros(3))
    assert proof.inputs[0].reason == "autograd.proof_kinks" and proof.inputs[0].left_out == 3
    assert (proof.passed, proof.reason) == (None, "autograd.proof_nothing")


def test_next_to_a_kink_a_smaller_step_decides():
    (relu,) = prove_op(aten.relu.default, torch.tensor([1e-4, -1e-5, 1.0])).inputs
    assert (relu.checked, relu.left_out, relu.passed) == (3, 0, True)
    (log,) = prove_op(aten.log.default, torch.tensor([1e-3, 1.0, 50.0])).inputs
    assert (log.checked, log.left_out, log.passed) == (3, 0, True)


def test_a_slight_bend_is_a_kink_too():
    (leaky,) = prove_op(aten.leaky_relu.default, torch.tensor([0.0, 1.0]), 0.999).inputs
    assert (leaky.checked, leaky.left_out) == (1, 1)


def test_a_gradient_that_cancels_is_not_called_wrong():
    torch.manual_seed(0)
    x = torch.randn(4, 6)
    args = (x, [6], torch.ones(6), torch.zeros(6), 1e-5)
    proof = prove_op(aten.native_layer_norm.default, *args, grad=torch.ones(4, 6))  # exactly 0 in theory
    assert proof.passed, proof


def test_random_ops_draw_the_same_each_time_and_leave_the_generator_alone():
    x = torch.linspace(1, 2, 40)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    proof = prove(aten.native_dropout.default, (x, 0.5, True), {}, 0, [torch.ones(40)], [torch.ones(40)])
    assert torch.equal(before, torch.get_rng_state())
    assert proof.random and proof.reason == "autograd.proof_random"
    (one,) = proof.inputs
    assert one.passed and one.checked == 40
    assert one.node_error is None, "the real node had another mask"


def test_nothing_captured_changes():
    x, weight = torch.randn(2, 6, dtype=torch.float16), torch.randn(6, dtype=torch.float16)
    view = x.t()[1:4]
    mean, var = torch.zeros(3), torch.ones(3)
    kept = copy((x, weight, mean, var))
    prove(aten.mul_.Tensor, (view, view), {}, 0, [torch.ones(3, 2)], [torch.ones(3, 2), torch.ones(3, 2)])
    batch = torch.randn(4, 3)
    prove(
        *(aten.native_batch_norm.default, (batch, None, None, mean, var, True, 0.1, 1e-5), {}, 0),
        *([torch.ones(4, 3)], [torch.ones(4, 3), None, None]),
    )
    for one, old in zip((x, weight, mean, var), kept, strict=True):
        assert torch.equal(one, old)
        assert one.dtype == old.dtype and not one.requires_grad


def test_in_place_ops_views_and_broadcasting():
    x = torch.linspace(0.5, 2, 6).reshape(2, 3)
    grad = torch.linspace(-1, 1, 6).reshape(3, 2)
    (one,) = prove(aten.exp_.default, (x.t(),), {}, 0, [grad], [grad * x.t().exp()]).inputs
    assert one.passed and one.checked == 6
    bias = torch.ones(3)
    grad = torch.randn(2, 3)
    proof = prove(aten.add.Tensor, (x, bias), {"alpha": 2}, 0, [grad], [grad, 2 * grad])  # not yet summed to (3,)
    assert proof.passed and [one.checked for one in proof.inputs] == [6, 3]


def test_large_inputs_are_sampled_always_alike():
    x = torch.linspace(0.1, 3, 5000)
    first, second = (prove(aten.sin.default, (x,), {}, 0, [torch.ones(5000)], [x.cos()], most=50) for _ in range(2))
    assert first == second
    assert first.inputs[0].checked == 50 and first.passed


def test_a_slow_op_is_sampled_more_thinly_and_one_that_is_too_slow_not_at_all(monkeypatch):
    square, grad = torch.rand(30, 30), torch.ones(30, 30)
    call = (aten.mm.default, (square, square), {}, 0, [grad], [grad @ square.T, square.T @ grad])
    assert [one.checked for one in prove(*call).inputs] == [900, 900]
    monkeypatch.setattr("playground.autograd.proof.WORK", 1e7)
    thin = prove(*call)
    assert thin.passed and 10 < thin.inputs[0].checked < 100
    monkeypatch.setattr("playground.autograd.proof.WORK", 1e5)
    assert (prove(*call).passed, prove(*call).reason) == (None, "autograd.proof_too_large")


def test_several_outputs_and_lists():
    x = torch.randn(3, 4)
    grads = [torch.randn(4), None, torch.randn(4)]
    expected = torch.stack([grads[0], torch.zeros(4), grads[2]])
    (one,) = prove(aten.unbind.int, (x,), {}, 0, grads, [expected]).inputs
    assert one.passed and one.checked == 12
    parts = [torch.randn(2), torch.randn(3)]
    proof = prove(aten.cat.default, (parts,), {}, 0, [torch.arange(5.0)], [torch.arange(2.0), torch.arange(2.0, 5.0)])
    assert proof.passed and [one.name for one in proof.inputs] == ["tensors[0]", "tensors[1]"]
    (one,) = prove(aten.max.dim, (x, 1), {}, 0, [torch.ones(3)], [(x == x.amax(1, True)).float()]).inputs
    assert one.passed
    picked = prove(aten.unbind.int, (x,), {}, 2, [torch.ones(4)], [torch.tensor([[0.0], [0.0], [1.0]]).expand(3, 4)])
    assert picked.passed


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ((aten.mul.Tensor, (torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64))), "autograd.proof_nothing"),
        ((aten.exp.default, (torch.ones(2, dtype=torch.complex64),)), "autograd.proof_complex"),
        ((aten.as_strided.default, (torch.ones(2, 3).t()[1:], [2], [1])), "autograd.proof_strided"),
        ((lambda x: x.bitwise_not(), (torch.ones(2),)), "autograd.proof_no_float64"),
        ((lambda x: x[:1], (torch.ones(2),)), "autograd.proof_unmatched"),
        ((lambda x, y, z: x, (torch.ones(2), torch.ones(2), torch.ones(2))), "autograd.proof_unmatched"),
    ],
)
def test_what_cannot_be_checked_has_a_reason(call, reason):
    proof = prove(*call, {}, 0, [torch.ones(2)], [torch.ones(2), None])
    proof = proof if proof.reason == reason else prove(*call, {}, 0, [torch.ones(2)], [torch.ones(2)])
    assert (proof.passed, proof.reason, proof.inputs) == (None, reason, ())


def test_gradients_that_are_missing_or_not_finite():
    x = torch.ones(2)
    assert prove(aten.exp.default, (x,), {}, 0, [None], [None]).reason == "autograd.proof_nothing"
    assert prove(aten.exp.default, (x,), {}, 0, [torch.tensor([1.0, torch.nan])], [x]).reason == "autograd.proof_not_finite"
    proof = prove(aten.mul.Tensor, (x, 3.0), {}, 0, [x], [3 * x, None])  # the dispatcher shows a number as a number
    assert proof.passed
    assert [one.reason for one in proof.inputs] == [None, "autograd.proof_no_tensor"]
    proof = prove(aten.mul.Tensor, (x, torch.tensor([2, 3])), {}, 0, [x], [torch.tensor([2.0, 3.0]), None])
    assert proof.passed and proof.inputs[1].reason == "autograd.proof_integers"
    proof = prove(aten.mul.Tensor, (x, x), {}, 0, [x], [x, None])
    assert proof.passed and proof.inputs[1].reason == "autograd.proof_not_needed"
    nan = prove(aten.exp.default, (x,), {}, 0, [x], [torch.tensor([torch.e, torch.nan])])
    assert nan.passed is False


def test_an_lstm_of_mkldnn_has_no_float64():
    proofs = dict(prove_graph(lambda: nn.LSTM(3, 4)(torch.randn(5, 2, 3))[0].pow(2).mean()))
    assert find_formula("aten.mkldnn_rnn_layer.default") is not None
    assert proofs["aten.mkldnn_rnn_layer.default"].reason == "autograd.proof_no_float64"
