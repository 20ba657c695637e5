"""Blocks: the parts of a model that may be checkpointed, and running a step with some of them checkpointed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop

from playground.bench.memory_step import Forward
from playground.bench.subject import Subject, measure_loss
from playground.models.blocks import Repeat, Residual

POOLS = ("MaxPool", "AvgPool", "LPPool", "AdaptiveAvgPool", "AdaptiveMaxPool")
# A block of its own each.
WHOLE = (Residual, nn.TransformerEncoderLayer, nn.RNNBase)
MODULE_LISTS = (nn.ModuleList, nn.ModuleDict)


@dataclass(frozen=True)
class Block:
    """Some layers that run one after the other.

    Args:
        name: of the first and the last layer. paths: of all of them in the model. modules: themselves.
    """

    name: str
    paths: tuple[str, ...]
    modules: tuple[nn.Module, ...]

    def run(self, value: Tensor) -> Tensor:
        for module in self.modules:
            value = module(value)
        return value


def find_blocks(subject: Subject) -> list[Block]:
    """The blocks of a model, in the order in which they run.

    Of a list of layers every layer is in one of them; of code they are the children with parameters that are called once.

    Raises:
        PlaygroundError: what a learner's code does wrong.
    """
    if not subject.spec.code:
        return group_layers(subject.module)
    return subject.call(_called_children, subject)  # type: ignore[no-any-return]


def group_layers(model: nn.Module) -> list[Block]:
    """The layers of a spec's module in blocks: each Residual with the activation behind it, each copy of a Repeat;
    convolutions up to a pooling; without one, what begins with a layer that has weights."""
    groups: list[list[tuple[str, nn.Module]]] = []
    layers = list(_flat(model, ""))
    for at, (path, module) in enumerate(layers):
        if not groups or _begins(groups[-1], module, [one for _, one in layers[at:]]):
            groups.append([])
        groups[-1].append((path, module))
    merged: list[list[tuple[str, nn.Module]]] = []
    for group in groups:
        # A Flatten or a pooling alone is nothing to compute again: it joins what follows.
        if merged and not _has_weights(merged[-1]):
            merged[-1] += group
        else:
            merged.append(group)
    if len(merged) > 1 and not _has_weights(merged[-1]):
        merged[-2] += merged.pop()
    return [_block(group) for group in merged]


def _begins(group: list[tuple[str, nn.Module]], module: nn.Module, rest: list[nn.Module]) -> bool:
    """Whether `module` begins a block of its own after the layers of `group`; rest: itself and all that follow."""
    if _is_whole(module) or isinstance(module, nn.Flatten):
        return True
    if any(_is_whole(one) for _, one in group):
        return _weighs(module) or _is_pool(module)  # an activation stays with the block before it
    if any(_is_pool(one) for _, one in group):
        return _weighs(module)  # an activation may write over what the pooling gives
    if not _weighs(module) or not _has_weights(group):
        return False
    if isinstance(module, _ConvNd):
        ahead = next((one for one in rest if _is_pool(one) or _is_whole(one) or isinstance(one, nn.Flatten)), None)
        return ahead is None or not _is_pool(ahead) or _is_global(ahead)
    return True


def _flat(module: nn.Module, path: str) -> Iterator[tuple[str, nn.Module]]:
    """The layers of a spec's module, by path, as they run one after the other."""
    for name, child in module.named_children():
        inner = f"{path}.{name}".lstrip(".")
        if type(child) is Repeat or (type(child) is nn.Sequential and type(module) is not Repeat):
            yield from _flat(child, inner)
        else:
            yield inner, child


def _block(group: list[tuple[str, nn.Module]]) -> Block:
    paths = tuple(path for path, _ in group)
    name = paths[0] if len(paths) == 1 else f"{paths[0]} – {paths[-1]}"
    return Block(name, paths, tuple(module for _, module in group))


def _is_whole(module: nn.Module) -> bool:
    # A Sequential that was not taken apart is a copy of a Repeat.
    return isinstance(module, WHOLE) or type(module) is nn.Sequential


def _is_pool(module: nn.Module) -> bool:
    return type(module).__name__.startswith(POOLS)


def _is_global(module: nn.Module) -> bool:
    return type(module).__name__.startswith("Adaptive")


def _weighs(module: nn.Module) -> bool:
    """Whether it computes with weights; a normalisation belongs to what it normalises."""
    return isinstance(module, (nn.Linear, nn.Embedding, nn.MultiheadAttention, _ConvNd, *WHOLE)) or _is_whole(module)


def _has_weights(group: list[tuple[str, nn.Module]]) -> bool:
    return any(_weighs(module) for _, module in group)


def _called_children(subject: Subject) -> list[Block]:
    """The children of a learner's module that have parameters, are called exactly once, in the order of their calls."""
    calls: list[str] = []
    children = dict(_children(subject.module, ""))
    while len(children) == 1 and type(next(iter(children.values()))) is nn.Sequential:
        (path, only) = next(iter(children.items()))
        children = dict(_children(only, path))
    handles = [
        child.register_forward_pre_hook(lambda module, arguments, path=path: calls.append(path))
        for path, child in children.items()
    ]
    try:
        subject.loss()
    finally:
        for handle in handles:
            handle.remove()
    return [
        Block(path, (path,), (children[path],))
        for path in dict.fromkeys(calls)
        if calls.count(path) == 1 and next(children[path].parameters(), None) is not None
    ]


def _children(module: nn.Module, path: str) -> Iterator[tuple[str, nn.Module]]:
    for name, child in nn.Module.named_children(module):
        inner = f"{path}.{name}".lstrip(".")
        if isinstance(child, MODULE_LISTS):
            yield from _children(child, inner)
        else:
            yield inner, child


@contextlib.contextmanager
def checkpointed(subject: Subject, blocks: list[Block], chosen: Collection[int]) -> Iterator[Forward]:
    """Gives the forward pass of a step in which the chosen blocks (places in `blocks`) are checkpointed."""
    if not subject.spec.code:
        yield partial(_loss_of_blocks, subject, blocks, frozenset(chosen))
        return
    changed: list[tuple[dict[str, Any], Any]] = []
    try:
        for place in chosen:
            names = vars(blocks[place].modules[0])
            changed.append((names, names.get("forward")))
            names["forward"] = partial(_checkpoint, blocks[place].modules[0].forward)
        # torch ends a recomputation early with an exception, which an `except` of the learner's could catch.
        with set_checkpoint_early_stop(False):
            yield subject.loss
    finally:
        for names, before in changed:
            if before is None:
                del names["forward"]
            else:
                names["forward"] = before


def _checkpoint(forward: Callable[..., Any], *values: Any, **options: Any) -> Any:
    return checkpoint(forward, *values, use_reentrant=False, **options)


def _loss_of_blocks(subject: Subject, blocks: list[Block], chosen: frozenset[int]) -> Tensor:
    value = subject.inputs
    for place, block in enumerate(blocks):
        value = checkpoint(block.run, value, use_reentrant=False) if place in chosen else block.run(value)
    return measure_loss(value, subject.inputs, subject.labels)


@contextlib.contextmanager
def watch_blocks(
    blocks: list[Block], enter: Callable[[int], None], leave: Callable[[int], None], back: Callable[[int], None]
) -> Iterator[None]:
    """Meanwhile tells when a block begins and ends in the forward pass, and when the backward pass reaches it."""

    def begin(place: int, *_: Any) -> None:
        enter(place)

    def end(place: int, module: nn.Module, arguments: Any, output: Any) -> None:
        leave(place)
        first = next((one for one in tree_leaves(output) if isinstance(one, Tensor) and one.requires_grad), None)
        if first is not None:
            first.register_hook(lambda gradient: back(place))

    handles = []
    for place, block in enumerate(blocks):
        handles.append(block.modules[0].register_forward_pre_hook(partial(begin, place)))
        handles.append(block.modules[-1].register_forward_hook(partial(end, place)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
