"""inspect_model: what happens inside a network when it sees one digit: every row's activation, and its parameters."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from playground.devices import choose_device
from playground.errors import InputError, LimitError, PlaygroundError
from playground.limits import Limits
from playground.models.build import read_any_model
from playground.models.checked import Broken, try_to_make, type_of
from playground.models.checkpoint import Checkpoint, check_fit, read_checkpoint, shapes_of
from playground.models.code_model import CodeModel, open_code
from playground.models.describe import quietly, read_input
from playground.models.digit_input import DATASET, digit_batch, read_digit
from playground.models.flow import Flow, FlowMode
from playground.models.initialization import initialize
from playground.models.layer_table import LayerTable, Row
from playground.models.modules import make_layer
from playground.models.pictures import CHANNELS, describe_parameter, draw_activation, draw_kernels, summarise
from playground.models.sizes import fill_sizes
from playground.models.spec import LayerSpec, ModelSpec
from playground.registry import shorten

EMPTY: dict[str, Any] = {
    "rows": [],
    "edges": [],
    "joints": [],
    "parameters": [],
    "totals": {"parameters": None, "trainable": None, "bytes": None},
    "kernels": [],
    "outputs": {"eval": None, "train": []},
    "weights": "fresh",
    "device": None,
    "digit": None,
    "input": None,
}
# In train mode an image is looked at among others, which BatchNorm needs; two batches, two draws of Dropout.
TRAIN_BATCH, TRAIN_SEEDS = 8, (1, 2)
CHANGEFUL = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
# How torch refuses a shape or an argument.
REFUSALS = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError)
FEW_ROWS, FEWER_CHANNELS = 40, 8
Run = Callable[..., Any]


def inspect_model(
    model: object,
    input_shape: object,
    digit: object,
    seed: object,
    limits: Limits,
    weights: bytes | None = None,
    weights_name: str = "",
    *,
    lenient: bool = False,
    device: object = "cpu",
) -> tuple[dict[str, Any], PlaygroundError | None]:
    """Really run a model on one digit (call it in a child: it may be a learner's code).

    Args:
        model: a preset's name, a JSON spec or PyTorch code; "" with weights = the model that they belong to.
        digit: the number of an MNIST test image. seed: of fresh parameters.
        weights: the bytes of a checkpoint; None = fresh. weights_name: what `weights` in the result says.
        lenient: where the weights do not fit, fresh ones will do.
        device: where the model and the image are taken to, as `model.to(device)` does.

    Returns:
        The result under the names of EMPTY, with what was seen until an error. A row has `image` (see `draw_activation`),
        `summary`, `receptive_field` (null = none), and where it works differently in train mode `train`: the same twice.

    Raises:
        PlaygroundError: there is nothing to be seen.
    """
    index, number, place = read_digit(digit), _read_seed(seed), choose_device(device)
    checkpoint = read_checkpoint(weights, weights_name) if weights is not None else None
    given: ModelSpec | str = checkpoint.spec if checkpoint and not model else read_any_model(model, limits)
    given = given.code or given if isinstance(given, ModelSpec) else given
    shape = read_input(input_shape, given)
    with quietly():
        plan = _plan(given, shape, limits)
        torch.manual_seed(number)
        if checkpoint is not None:
            try:
                check_fit(plan.name, plan.shapes, checkpoint.state, weights_name)
            except InputError:
                if not lenient:
                    raise
                checkpoint = None
        module, run = _build(plan, checkpoint, limits, number)
        run(lambda: module.to(place))
        found = _Inside(module, shape, index, run, place)
        error = found.look()
    used = weights_name if checkpoint is not None else "fresh"
    return {**found.result, "weights": used, "device": str(place)}, error


def _read_seed(seed: object) -> int:
    whole = int(seed) if isinstance(seed, float) and seed.is_integer() else seed
    if not isinstance(whole, int) or isinstance(whole, bool) or not 0 <= whole < 2**63:
        raise InputError("inside.seed", got=shorten(seed))
    return whole


@dataclass(frozen=True)
class _Plan:
    """A model without any memory: its module, the spec (its sizes filled in) or the code that it is made from, the shapes of
    its state dict."""

    model: nn.Module
    source: ModelSpec | str
    shapes: dict[str, tuple[int, ...]]

    @property
    def name(self) -> str:
        return self.source.name if isinstance(self.source, ModelSpec) else type(self.model).__name__


def _plan(given: ModelSpec | str, shape: tuple[int, ...], limits: Limits) -> _Plan:
    """
    Raises:
        LimitError: more parameters, or larger activations, than are really made here.
        PlaygroundError: the code makes no model.
    """
    if isinstance(given, str):
        # Its forward is bound by the guards of a program, whatever it makes.
        code = open_code(given, limits)
        if code.model is None:
            raise code.error or InputError("model.no_module")
        _refuse_large(code.call(_count, code.model), [], limits)
        return _Plan(code.model, given, code.call(shapes_of, code.model))
    spec = fill_sizes(replace(given, input_shape=shape), lenient=True)
    with torch.device("meta"), torch.no_grad():
        model = make_layer(LayerSpec("Sequential", layers=spec.layers), "", try_to_make).eval()
        table = LayerTable(model)
        whole = isinstance(_first_layer(model), nn.Embedding)
        # One that fails does so in the real run too, which tells of it.
        with contextlib.suppress(*REFUSALS):
            table.run(torch.zeros(1, *shape, dtype=torch.long if whole else torch.float32))
    _refuse_large(_count(model), table.rows, limits)
    return _Plan(model, spec, shapes_of(model))


def _count(model: nn.Module) -> int:
    return sum(part.numel() for part in model.parameters())


def _refuse_large(count: int, rows: list[Row], limits: Limits) -> None:
    if count > limits.model_parameters:
        raise LimitError("inside.parameters", count=f"{count:,}", maximum=f"{limits.model_parameters:,}")
    largest = sum(row.output_bytes for row in rows) * TRAIN_BATCH
    if largest > limits.session_memory_bytes // 2:
        raise LimitError("inside.activations", megabytes=largest // 10**6, limit=limits.session_memory_bytes // 2 // 10**6)


def _build(plan: _Plan, checkpoint: Checkpoint | None, limits: Limits, seed: int) -> tuple[nn.Module, Run]:
    """The real module, and how whatever it has is called: a learner's class may override any of it."""
    state = dict(checkpoint.state) if checkpoint is not None else None
    if isinstance(plan.source, ModelSpec):
        if state is not None:
            # The weights take the place of those without memory: none are drawn in vain.
            plan.model.load_state_dict(state, assign=True)
            return plan.model, lambda work, *values: work(*values)
        module = make_layer(LayerSpec("Sequential", layers=plan.source.layers), "", try_to_make)
        initialize(module, plan.source.initialization)
        return module, lambda work, *values: work(*values)
    code = CodeModel(plan.source, limits, fake=False, seed=seed)
    if code.model is None:
        raise code.error or InputError("model.no_module")
    if state is not None:
        code.call(nn.Module.load_state_dict, code.model, state)
    return code.model, code.call


def _first_layer(model: nn.Module) -> nn.Module | None:
    return next((part for part in model.modules() if not any(True for _ in part.children())), None)


def _describe_parameters(model: nn.Module) -> list[dict[str, Any]]:
    return [describe_parameter(name, part) for name, part in model.named_parameters()]


class _Inside:
    """One model and one digit."""

    def __init__(self, model: nn.Module, shape: tuple[int, ...], index: int, run: Run, device: torch.device):
        self.device = device
        self.model, self.shape, self.index, self.run = model, shape, index, run
        self.first: nn.Module | None = run(_first_layer, model)
        self.rows: list[dict[str, Any]] = []
        self.seen: list[tuple[int, Row, Tensor | None]] = []
        self.result: dict[str, Any] = {**EMPTY}
        self.evaluates = True
        self.changeful: set[int] = set()

    def look(self) -> PlaygroundError | None:
        """Fill `result`; the error that ended it."""
        parameters = self.run(_describe_parameters, self.model)
        self.result |= {
            "parameters": parameters,
            "totals": {
                "parameters": sum(one["numel"] for one in parameters),
                "trainable": sum(one["numel"] for one in parameters if one["trainable"]),
                "bytes": sum(one["bytes"] for one in parameters),
            },
            "kernels": self.run(draw_kernels, self.model, self.shape),
            "rows": self.rows,
        }
        outputs: dict[str, Any] = {"eval": None, "train": []}
        self.result["outputs"] = outputs
        self.run(lambda: self.model.eval())
        output, flow, error = self._run([self.index], self._see, self._draw)
        for number, row in enumerate(self.rows):
            field = flow.fields.get(str(number))
            row["receptive_field"] = field.to_json() if field is not None else None
        self.result |= {"edges": flow.edges, "joints": [vars(joint) for joint in flow.joints]}
        if error is not None:
            return error
        outputs["eval"] = _probabilities(output)
        self.run(lambda: self.model.train())
        self.evaluates = False
        for seed in TRAIN_SEEDS:
            torch.manual_seed(seed)
            # The image is the first of the batch; BatchNorm looks at all of them.
            others = random.Random(seed).sample(range(1000), TRAIN_BATCH - 1)
            output, _, failed = self._run([self.index, *others], self._copy, self._draw_again)
            if failed is None:
                outputs["train"].append(_probabilities(output))
        return None

    def _run(self, indices: list[int], see: Any, draw: Any) -> tuple[Any, Flow, PlaygroundError | None]:
        batch = digit_batch(indices, self.shape, self.first).to(self.device)
        if len(indices) == 1:
            self.result |= {
                "digit": {"index": self.index, **_label(self.index)},
                "input": draw_activation(batch[0].float(), channels=3),
            }
        table: LayerTable = self.run(LayerTable, self.model, type_of, see)
        self.mode = mode = FlowMode(table, batch)
        try:
            with torch.no_grad(), mode if self.evaluates else contextlib.nullcontext():
                output = self.run(table.run, batch)
        except PlaygroundError as error:
            return None, mode.flow, error
        except REFUSALS as error:
            # torch refuses a shape; the rows until there are worth seeing, and the check of the model explains it.
            if "can't allocate memory" in str(error):
                raise
            name, module, _ = table.failing or ("", self.model, None)
            reason = module.error if isinstance(module, Broken) else error
            first_line = (str(reason).strip().splitlines() or [type(reason).__name__])[0].rstrip(".")
            return None, mode.flow, InputError("inside.fails", layer=name, reason=shorten(first_line, 200))
        finally:
            for one in self.seen:
                draw(*one)
            self.seen.clear()
        return output, mode.flow, None

    def _see(self, number: int, row: Row, output: Any) -> None:
        self.mode.finish(number, output)
        self._copy(number, row, output)

    def _copy(self, number: int, row: Row, output: Any) -> None:
        """What a row gave, before the next one writes over it; it is drawn when nothing is watched any more."""
        changeful = _is_changeful(row.module)  # asked here, where a learner's class runs under its guards
        if changeful:
            self.changeful.add(number)
        if self.evaluates or changeful:
            value = _sample(output)
            self.seen.append((number, row, value.detach().clone().cpu() if value is not None else None))

    def _draw(self, number: int, row: Row, value: Tensor | None) -> None:
        entry: dict[str, Any] = {"name": row.name, "type": row.type, "receptive_field": None, "image": None, "summary": None}
        entry["input_shapes"], entry["output_shapes"] = row.input_shapes, row.output_shapes
        if value is not None:
            channels = CHANNELS if number < FEW_ROWS else FEWER_CHANNELS
            entry |= {"image": draw_activation(value, channels=channels), "summary": summarise(value)}
            if number in self.changeful:
                entry["train"] = []
        self.rows.append(entry)

    def _draw_again(self, number: int, row: Row, value: Tensor | None) -> None:
        """In train mode: the rows that differ, in the greys of eval mode."""
        entry = self.rows[number] if number < len(self.rows) else {}
        if "train" in entry and value is not None:
            span = entry["image"]["low"], entry["image"]["high"]
            entry["train"].append({"image": draw_activation(value, span=span), "summary": summarise(value)})


def _is_changeful(module: nn.Module | None) -> bool:
    """Whether a layer works differently in train mode: itself, or a part of it such as an encoder layer's dropout."""
    if module is None:
        return False

    def drops(part: nn.Module) -> bool:
        # Attention and recurrent layers keep the share that they drop as a number.
        share = getattr(part, "dropout", 0.0)
        return isinstance(part, CHANGEFUL) or (isinstance(share, float) and share > 0)

    return any(map(drops, module.modules()))


def _sample(output: Any) -> Tensor | None:
    """The first sample of the first tensor that a row gives."""
    first = next((part for part in tree_leaves(output) if isinstance(part, Tensor)), None)
    if first is None or not first.numel():
        return None
    return first[0] if first.dim() else first


def _probabilities(output: Any) -> list[float] | None:
    """The softmax of ten classes; None where the model gives something else."""
    if not isinstance(output, Tensor) or output.dim() != 2 or output.shape[1] != 10 or not output.is_floating_point():
        return None
    shares: list[float] = output[0].softmax(0).nan_to_num(0.0).tolist()
    return shares


def _label(index: int) -> dict[str, Any]:
    from playground.data import load_images

    return {"label": int(load_images(DATASET).test_labels[index])}
