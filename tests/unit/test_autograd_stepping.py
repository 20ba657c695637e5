"""Stepping: real nodes run one by one give what autograd's engine gives, without the engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from playground.autograd.stepping import LEAF, step_backward

pytestmark = pytest.mark.usefixtures("restored_torch")


def mlp() -> tuple[nn.Module, Callable[[nn.Module], Tensor]]:
    x, y = torch.randn(16, 10), torch.randn(16, 3)
    net = nn.Sequential(nn.Linear(10, 32), nn.GELU(), nn.LayerNorm(32), nn.Dropout(0.2), nn.Linear(32, 3))
    return net, lambda net: F.mse_loss(net(x), y)


def cnn() -> tuple[nn.Module, Callable[[nn.Module], Tensor]]:
    x, y = torch.randn(4, 1, 28, 28), torch.randint(10, (4,))
    net = nn.Sequential(
        *(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, groups=2), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 10)),
    )
    return net, lambda net: F.cross_entropy(net(x), y)


def resnet18() -> tuple[nn.Module, Callable[[nn.Module], Tensor]]:
    x, y = torch.randn(2, 3, 64, 64), torch.randint(10, (2,))
    return torchvision.models.resnet18(num_classes=10), lambda net: F.cross_entropy(net(x), y)


def gru() -> tuple[nn.Module, Callable[[nn.Module], Tensor]]:
    x = torch.randn(5, 3, 4)
    return nn.GRU(4, 6, num_layers=2), lambda net: net(x)[0].pow(2).sum() + net(x)[1].mean()


def transformer() -> tuple[nn.Module, Callable[[nn.Module], Tensor]]:
    x = torch.randn(2, 5, 8)
    return nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True), lambda net: net(x).pow(2).mean()


NETWORKS = {"MLP": mlp, "CNN": cnn, "ResNet-18": resnet18, "GRU": gru, "Transformer": transformer}


@pytest.fixture
def no_engine(monkeypatch):
    """While the stepper works nobody may ask autograd's engine."""

    def refuse(*arguments, **options):
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(torch.autograd, "grad", refuse)
    monkeypatch.setattr(torch.autograd, "backward", refuse)
    monkeypatch.setattr(Tensor, "backward", refuse)
    monkeypatch.setattr(torch.autograd.graph, "_engine_run_backward", refuse)


def step_all(loss: Tensor, gradient: Tensor | None = None) -> dict[int, Tensor]:
    """What arrives at each leaf, by its id."""
    start = torch.ones_like(loss) if gradient is None else gradient
    return {
        id(step.node.variable): step.incoming[0]
        for step in step_backward([(loss.grad_fn, loss.output_nr, start)])
        if step.node.name() == LEAF and step.incoming[0] is not None
    }


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_equal_those_of_the_engine(name, request):
    torch.manual_seed(3)
    net, compute = NETWORKS[name]()
    loss = compute(net)
    parameters = list(net.parameters())
    expected = torch.autograd.grad(loss, parameters, retain_graph=True)
    request.getfixturevalue("no_engine")
    found = step_all(loss)
    assert len(found) == len(parameters)
    for parameter, wanted in zip(parameters, expected, strict=True):
        error = (found[id(parameter)] - wanted).abs().max()
        assert error <= 1e-6 * wanted.abs().max(), f"{name}: {tuple(parameter.shape)}"
    assert all(parameter.grad is None for parameter in parameters), "no leaf's .grad was touched"


def test_a_second_walk_gives_the_same(no_engine):
    net, compute = mlp()
    loss = compute(net)
    first, second = step_all(loss), step_all(loss)
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_a_broadcast_bias_gets_its_own_shape():
    bias, x = torch.zeros(3, requires_grad=True), torch.randn(5, 3, requires_grad=True)
    found = step_all((x * 2 + bias).pow(2).sum())
    assert found[id(bias)].shape == (3,)
    assert torch.allclose(found[id(bias)], (4 * x).sum(0))


def test_outputs_that_nothing_depends_on_stay_without_gradient():
    x = torch.arange(6.0, requires_grad=True)
    first, _, third = x.split(2)
    steps = list(step_backward([((first.sum() * third.sum()).grad_fn, 0, torch.ones(()))]))
    split = next(step for step in steps if step.node.name().startswith("Split"))
    assert [part is None for part in split.incoming] == [False, True, False]
    assert split.outgoing[0].tolist() == [9.0, 9.0, 0.0, 0.0, 1.0, 1.0]


class Odd(torch.autograd.Function):
    """Two tensors and a number in, two tensors out."""

    @staticmethod
    def forward(ctx, x, factor, y):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x * x * factor, y * 3

    @staticmethod
    def backward(ctx, first, second):
        (x,) = ctx.saved_tensors
        return 2 * x * ctx.factor * first, None, 3 * second


@pytest.mark.parametrize("used", ["both", "first", "second"])
def test_custom_functions(used):
    x, y = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    a, b = Odd.apply(x, 2.0, y)
    loss = {"both": (a * b).sum(), "first": a.sum(), "second": b.sum()}[used]
    expected = torch.autograd.grad(loss, [x, y], retain_graph=True)
    found = step_all(loss)
    for leaf, wanted in zip((x, y), expected, strict=True):
        assert torch.allclose(found[id(leaf)], wanted)


def test_several_roots_one_behind_the_other():
    x = torch.randn(4, requires_grad=True)
    h = x.exp()
    y = h.sin().sum()
    expected = torch.autograd.grad([y, h], x, [None, torch.full((4,), 0.5)], retain_graph=True)[0]
    roots = [(y.grad_fn, 0, torch.ones(())), (h.grad_fn, 0, torch.full((4,), 0.5))]
    leaf = next(step for step in step_backward(roots) if step.node.name() == LEAF)
    assert torch.allclose(leaf.incoming[0], expected)


def test_a_changed_gradient_goes_on():
    x = torch.tensor(2.0, requires_grad=True)
    loss = (x**2) * 5
    steps = step_backward(
        [(loss.grad_fn, 0, torch.ones(()))],
        lambda node, incoming: [incoming[0] * 10] if node.name().startswith("Pow") else incoming,
    )
    assert [step.incoming[0].item() for step in steps][-1] == 5 * 10 * 4


def test_freed_tensors_raise_as_in_the_engine():
    x = torch.tensor(2.0, requires_grad=True)
    loss = x**2
    loss.backward()
    with pytest.raises(RuntimeError, match="second time"):
        list(step_backward([(loss.grad_fn, 0, torch.ones(()))]))
