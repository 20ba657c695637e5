"""Checked: a model run once without memory: its rows, and where and why it failed. Specs and code are checked alike."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from playground.errors import DtypeError, InputError, PlaygroundError, ShapeError
from playground.limits import Limits
from playground.models import blocks
from playground.models.candidates import Place, Repair
from playground.models.code_edits import change_call, layer_text, name_in_parent, wrap_input
from playground.models.code_model import LAST, CodeModel, open_code
from playground.models.failing_layer import explain_constructor, explain_layer, single
from playground.models.layer_table import ROOT, LayerTable, Row
from playground.models.layers import LAYERS
from playground.models.list_edits import edit_layers, find_layer
from playground.models.modules import make_layer, make_module
from playground.models.sizes import fill_sizes
from playground.models.spec import LayerSpec, ModelSpec

TYPES = {kind.module: name for name, kind in LAYERS.items()}
# What learners write: the classes of torch.nn behind ours.
TYPES_OF_CODE = {
    (getattr(nn, name) if hasattr(nn, name) else kind.module): name for name, kind in LAYERS.items() if not kind.container
}


class Broken(nn.Module):
    """Stands for a layer that could not be made."""

    def __init__(self, layer: LayerSpec, error: Exception):
        super().__init__()
        self.layer, self.error = layer, error

    def forward(self, x: Any) -> Any:
        raise self.error


def type_of(module: nn.Module) -> str:
    """What a module is called in a table: as in LAYERS, else its class."""
    return module.layer.type if isinstance(module, Broken) else TYPES.get(type(module), type(module).__name__)


class Checked(ABC):
    """What one run of a model has shown: `rows`, `totals`.

    `error`: why it failed; `place`: the layer where.
    """

    rows: list[Row]
    totals: dict[str, Any] | None = None
    error: PlaygroundError | None = None
    place: Place | None = None

    @property
    def gives_vectors(self) -> bool:
        """Whether the last layer gives one vector per sample."""
        last = self.rows[-1].output_shapes if self.rows else None
        return last is not None and [len(shape) for shape in last] == [2]

    @abstractmethod
    def apply(self, repair: Repair) -> ModelSpec | str | None:
        """The model with an edit; None where it cannot be edited like this."""

    def _finish(self, table: LayerTable, batch: int, raised: Exception | None) -> None:
        self.rows = table.rows
        if raised is None:
            self.totals = table.totals(batch)
            return
        failing = table.failing
        table.add_rest()
        if failing is None:  # it ended before the model was called
            if not isinstance(raised, PlaygroundError):
                raise raised
            self.error = raised
            return
        name, module, row = failing
        self._locate(table, name, module, row, raised)

    @abstractmethod
    def _locate(self, table: LayerTable, name: str, module: nn.Module, row: Row | None, raised: Exception) -> None:
        """Say what failed: `error`, the row's own, and `place`."""

    def _previous(self, module: nn.Module) -> Row | None:
        """The last layer before `module` whose output has a size of its own."""
        before: Row | None = None
        for row in self.rows:
            if row.module is module:
                break
            if row.output_shapes is not None and isinstance(row.module, (nn.Linear, nn.Embedding, nn.modules.conv._ConvNd)):
                before = row
        return before


class CheckedSpec(Checked):
    """A spec, run layer by layer."""

    def __init__(self, spec: ModelSpec, shape: tuple[int, ...], batch: int):
        self.spec = fill_sizes(replace(spec, input_shape=shape), lenient=True)
        with FakeTensorMode(allow_fallback_kernels=False):
            model = make_layer(LayerSpec("Sequential", layers=self.spec.layers), "", try_to_make)
            first = next((layer for layer in _leaves(self.spec.layers)), None)
            whole = first is not None and first.type == "Embedding"
            value = torch.zeros(batch, *shape, dtype=torch.long if whole else torch.float32)
            table = LayerTable(model, type_of)
            raised: Exception | None = None
            try:
                table.run(value)
            except Exception as error:  # torch refuses a shape with any of a dozen types
                raised = error
            self._finish(table, batch, raised)

    def _locate(self, table: LayerTable, name: str, module: nn.Module, row: Row | None, raised: Exception) -> None:
        previous = self._previous(module)
        before = None
        if previous is not None:
            layer = find_layer(self.spec.layers, previous.name)
            before = (previous.name, layer.type, layer.arguments) if layer is not None else None
        if isinstance(module, Broken):
            assert row is not None
            row.parameters = row.trainable = row.flops = row.saved_bytes = None
            layer = module.layer
            self.error = row.error = explain_constructor(name, layer.type, dict(layer.arguments), module.error)
            self.place = Place(name, layer.type, layer.arguments, (), before)
            return
        shapes = row.input_shapes if row is not None else []
        if row is None:  # the sum of a Residual
            inner = [one for one in table.rows if one.name.startswith(f"{name}.") and one.output_shapes]
            given, made = (inner[0].input_shapes[0], inner[-1].output_shapes[0]) if inner else ([], [])  # type: ignore[index]
            reason = ShapeError("layer.sum", shape=given, given=made)
            self.error = ShapeError("layer.fails", layer=name, type="Residual", reason=reason)
            at = next(place for place, one in enumerate(table.rows) if one is inner[-1]) + 1 if inner else len(table.rows)
            table.rows.insert(at, Row(name, "Residual", module, [given], error=self.error))
            last = next((one for one in reversed(inner) if one.module is not None and one.parameters), None)
            layer_of = find_layer(self.spec.layers, last.name) if last is not None else None
            before = (last.name, layer_of.type, layer_of.arguments) if last is not None and layer_of is not None else None
            self.place = Place(name, "Residual", {}, tuple(given), before)
            return
        row.parameters = row.trainable = row.flops = row.saved_bytes = None
        self.error = row.error = explain_layer(name, row.type, module, shapes, raised)
        layer_found = find_layer(self.spec.layers, name)
        arguments = layer_found.arguments if layer_found is not None else {}
        self.place = Place(name, row.type, arguments, tuple(shapes[0]) if shapes else (), before)

    def apply(self, repair: Repair) -> ModelSpec | None:
        layers = edit_layers(self.spec.layers, repair.layer.split("."), repair)
        return None if layers is None else replace(self.spec, layers=layers)


def try_to_make(layer: LayerSpec, path: str) -> nn.Module:
    try:
        return make_module(layer)
    except Exception as error:  # the arguments are a learner's, the constructor is torch's: it may raise anything
        return Broken(layer, error)


def _leaves(layers: tuple[LayerSpec, ...]) -> Any:
    for layer in layers:
        if LAYERS[layer.type].container:
            yield from _leaves(layer.layers)
        else:
            yield layer


class CheckedCode(Checked):
    """A learner's code, run in the language of the page."""

    def __init__(self, source: str, shape: tuple[int, ...], batch: int, limits: Limits):
        self.source = source
        self.rows = []
        self.code: CodeModel | None = None
        try:
            self.code = open_code(source, limits)
        except PlaygroundError as error:
            self.error = error
            return
        if self.code.model is None:
            self._locate_constructor(self.code)
            return
        self._run(shape, batch, torch.float32)
        if self.code.mode is not None and self.error is not None and self.error.kind == "runtime" and self.place is None:
            # Its forward may look at a value, which only a tensor with data has.
            self.code, self.error, self.rows = CodeModel(source, limits, fake=False), None, []
            self._run(shape, batch, torch.float32)
        if self.error is not None and isinstance(self.error.values.get("reason"), DtypeError):
            first = next((row for row in self.rows), None)
            if first is not None and isinstance(first.module, nn.Embedding):
                self.error = self.place = None
                self._run(shape, batch, torch.long)

    def _run(self, shape: tuple[int, ...], batch: int, dtype: torch.dtype) -> None:
        code = self.code
        assert code is not None and code.model is not None
        try:
            count = code.call(_required_inputs, code.model)
        except PlaygroundError as error:
            self.error = error
            return
        if count > 1:
            self.error = InputError("model.several_inputs", name=type(code.model).__name__, count=count)
            return
        raised: Exception | None = None
        try:
            # All under the guards: a class may override whatever a table asks of it.
            table: LayerTable = code.call(LayerTable, code.model, type_of)
        except PlaygroundError as error:
            self.error = error
            return
        try:
            code.call(lambda: table.run(torch.zeros(batch, *shape, dtype=dtype)))
        except PlaygroundError as error:
            raised = error
        self._finish(table, batch, raised)
        if self.error is None and code.error is not None:
            self.error = code.error

    def _locate(self, table: LayerTable, name: str, module: nn.Module, row: Row | None, raised: Exception) -> None:
        line = getattr(raised, "line", None)
        if row is None:
            # A line of a forward itself.
            self.error = raised if isinstance(raised, PlaygroundError) else None
            called = [place for place, one in enumerate(table.rows) if one.output_shapes is not None]
            at = called[-1] + 1 if called else 0
            table.rows.insert(at, Row(f"forward:{line}", "forward", error=self.error))
            return
        row.parameters = row.trainable = row.flops = row.saved_bytes = None
        assert self.code is not None
        cause = self.code.interpreter.raised
        if getattr(raised, "kind", "") in ("limit", "refused"):
            self.error = row.error = raised  # type: ignore[assignment]
            return
        why = cause if isinstance(cause, Exception) else raised
        code, shapes = self.code, row.input_shapes

        def explain() -> tuple[PlaygroundError, dict[str, Any]]:
            return explain_layer(name, row.type, module, shapes, why), arguments_of(module)

        try:  # under the guards: a learner's class may have an `in_features` of its own
            error, own = code.call(explain)
        except PlaygroundError as raised_again:
            error, own = raised_again, {}
        made = self.code.made.get(id(module))
        error.line = line or (self.code.program.place(made)["line"] if made is not None else None)
        self.error = row.error = error
        previous = self._previous(module)
        before = None
        if previous is not None and previous.module is not None:
            before = (previous.name, previous.type, code.call(arguments_of, previous.module))
        shape = tuple(row.input_shapes[0]) if row.input_shapes else ()
        self.place = Place(name, row.type, own, shape, before) if shape else None

    def _locate_constructor(self, code: CodeModel) -> None:
        """The program ended where a layer is made."""
        self.error = code.error
        failure = code.interpreter.failure
        kind = failure.function if failure is not None else None
        if failure is None or failure.error is not code.interpreter.raised or not isinstance(kind, type):
            return
        if not issubclass(kind, nn.Module) or kind not in TYPES_OF_CODE:
            return
        type_name = TYPES_OF_CODE[kind]
        place = code.program.place(failure.operation.number)
        names = [name.removeprefix("self.") for name in place["names"]]
        inside = name_in_parent(code.program, failure.operation.number)
        name = inside or (names[0] if names and names[0] != LAST else ROOT)
        given = dict(zip(LAYERS[type_name].parameters(), failure.values, strict=False)) | failure.options
        self.error = explain_constructor(name, type_name, given, failure.error)
        self.error.line = place["line"]
        self.rows = [Row(name, type_name, error=self.error)]
        self.place = Place(name, type_name, given, ())
        self._constructor = failure.operation.number

    def apply(self, repair: Repair) -> str | None:
        code = self.code
        if code is None or any(LAYERS[layer.type].is_own for layer in repair.inserted):
            return None
        if code.model is None:
            text = change_call(code.program, self._constructor, repair.changes, repair.kind, ())
            return text.replace(f"{LAST} = ", "", 1) or None
        model = code.model
        try:
            modules = code.call(lambda: list(model.named_modules()))
        except PlaygroundError:
            return None  # a class that overrides it is not edited
        module = next((one for name, one in modules if (name or ROOT) == repair.layer), None)
        number = code.made.get(id(module))
        if module is None or number is None:
            return None
        text = change_call(code.program, number, repair.changes, repair.kind, repair.inserted)
        if not text and repair.inserted:
            called = code.called.get(id(module))
            if called is None:
                return None
            # First the line that comes later, so that the earlier one stays where it is.
            wrapped = wrap_input(code.program, code.program.source, called, repair.inserted)
            text = wrapped
            if wrapped and repair.changes:
                changed = change_call(code.program, number, repair.changes, repair.kind, ())
                text = _merge(code.program.source, wrapped, changed)
        return text.replace(f"{LAST} = ", "", 1) if text else None


def _merge(source: str, first: str, second: str) -> str:
    """Two edits of different lines of one text, neither of which changes how many lines there are; "" where they touch."""
    lines, one, two = source.split("\n"), first.split("\n"), second.split("\n")
    if not len(lines) == len(one) == len(two):
        return ""
    merged = []
    for line, left, right in zip(lines, one, two, strict=True):
        if line not in (left, right):
            return ""
        merged.append(left if left != line else right)
    return "\n".join(merged)


def _required_inputs(model: nn.Module) -> int:
    parameters = inspect.signature(model.forward).parameters.values()
    return sum(
        one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters
    )


def arguments_of(module: nn.Module) -> dict[str, Any]:
    """The arguments that a module was made with, as far as it still knows them."""
    if isinstance(module, nn.TransformerEncoderLayer):
        return {"d_model": module.self_attn.embed_dim, "nhead": module.self_attn.num_heads}
    if isinstance(module, blocks.PositionalEmbedding):
        return {"steps": module.weight.shape[0], "features": module.weight.shape[1]}
    names = (
        "in_features out_features in_channels out_channels kernel_size stride padding groups num_features num_channels "
        "num_groups normalized_shape input_size hidden_size num_layers embed_dim num_heads num_embeddings embedding_dim "
        "dim unflattened_size"
    ).split()
    found = {name: getattr(module, name) for name in names if hasattr(module, name)}
    return {name: single(value) if name != "unflattened_size" else value for name, value in found.items()}


def describe_repair(repair: Repair) -> tuple[str, dict[str, Any]]:
    """Its label: a key of the catalogue and what that needs."""
    changes = ", ".join(f"{name}={value}" for name, value in repair.changes.items())
    layer = f"{repair.layer} ({repair.type})"
    inserted = ", ".join(layer_text(layer) for layer in repair.inserted)
    if repair.kind:
        return "repair.swap", {"layer": layer, "inserted": f"nn.{repair.kind}({changes})"}
    key = "repair.insert_change" if inserted and changes else "repair.insert" if inserted else "repair.change"
    return key, {"layer": layer, "changes": changes, "inserted": inserted}
