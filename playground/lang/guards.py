"""Guards: what stands before every call, operator, attribute, subscript and assignment of a learner's program."""

from __future__ import annotations

import contextlib
import operator
import sys
import types
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
import torch
from RestrictedPython.Guards import guarded_iter_unpack_sequence, guarded_unpack_sequence
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.optim.lr_scheduler import LRScheduler
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils.data import Dataset

from playground.errors import LimitError, RefusedError
from playground.lang import arguments
from playground.lang.access import Access
from playground.lang.budget import Budget, Halt
from playground.lang.loops import Loops
from playground.lang.modules import Annotation, Table, allowed_callables, make_modules
from playground.lang.policy import SPECIAL_METHODS
from playground.lang.program import FILE, USUAL_MODULES, Program
from playground.lang.recorder import Operation, Recorder, tensors_in
from playground.lang.safe_builtins import (
    CLASSES,
    Class,
    Output,
    check_bits,
    check_power,
    check_width,
    count,
    format_value,
    make_builtins,
    make_slice,
    plain_class,
    plain_classes,
)
from playground.lang.saving import MemoryFiles
from playground.lang.writer import RECURRENT_CHECKS, Writer, assign_item, kind_name
from playground.registry import shorten

METHODS = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul"}
METHODS |= {"<<": "lshift", ">>": "rshift", "|": "or", "^": "xor", "&": "and"}
METHODS |= {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
BINARY = {sign: getattr(operator, f"{name}_" if name in ("or", "and") else name) for sign, name in METHODS.items()}
INPLACE = {sign: getattr(operator, f"i{name}") for sign, name in METHODS.items() if sign not in COMPARISONS}
SIGNS: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
SIGN_NAMES = {"-": "Tensor.__neg__", "+": "Tensor.__pos__", "~": "Tensor.__invert__"}
# Attributes that are operations: they give a new tensor.
COMPUTED = frozenset(("T", "mT", "H", "mH", "real", "imag", "data"))
RECORDED = ("torch.", "Tensor.", "F.", "nn.")
RECORDED_BUILTINS = frozenset(("sum", "abs", "pow", "round"))
CONTEXTS = (torch.no_grad, torch.enable_grad, torch.inference_mode, torch.set_grad_enabled, torch.autocast)
INDEXABLE = (list, tuple, str, dict, range, Tensor, np.ndarray, nn.Module, Dataset, Annotation, Class, deque, np.generic)
BASES = (nn.Module, torch.autograd.Function, Dataset)
CALLABLE_TYPES = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.MethodDescriptorType, type)
# Who may be given a node of a graph: a node can be called, and trusts the gradients that it gets.
NODE_TAKERS = frozenset(
    "print str repr type isinstance hasattr id bool list tuple set dict zip enumerate format hash callable list.append "
    "list.index list.count list.insert set.add dict.get".split()
)
_missing = object()


class Guards:
    """The guards of one execution of one program.

    Args:
        failed: is told each library operation that raised: its expression, its name, its arguments and the error.
    """

    def __init__(
        self,
        program: Program,
        budget: Budget,
        recorder: Recorder,
        output: Output,
        failed: Callable[[Operation, Any, tuple[Any, ...], dict[str, Any], Exception], None],
    ):
        self.program, self.budget, self.recorder, self.failed = program, budget, recorder, failed
        self.classes: set[type] = set()
        self.access = Access(program.written, self.classes)
        self.files = MemoryFiles(budget)
        self._functions, self._library_classes = allowed_callables()
        self._own: dict[int, Any] = {}  # functions that were made for this program, kept alive so that ids stay theirs
        self.loops = Loops(program.loops)
        self._line = 0
        self._before: Callable[[Operation, Any, tuple[Any, ...], dict[str, Any]], None] | None = None
        self._after: Callable[[Operation, Any], None] | None = None
        self._builtins = make_builtins(budget, output, self.has_attribute, self._may_make)
        self._named = {id(entry): name for name, entry in self._builtins.items() if not isinstance(entry, type)}
        self._methods: dict[int, Any] = {}

    def namespace(self) -> dict[str, Any]:
        """The globals that the compiled program runs in."""
        return {
            "__builtins__": {**self._builtins, "__build_class__": __build_class__, "__import__": __import__},
            "__name__": "__main__",
            # A learner who leaves an import out means the usual one.
            **{name: make_modules()[module] for name, module in USUAL_MODULES.items()},
            "_call_": self.call,
            "_operate_": self.operate,
            "_inplace_": self.inplace,
            "_augment_": self.augment,
            "_sign_": self.sign,
            "_getattr_": self.read_attribute,
            "_getitem_": self.read_item,
            "_getiter_": self.iterate,
            "_write_": self.writer,
            "_unpack_sequence_": guarded_unpack_sequence,
            "_iter_unpack_sequence_": guarded_iter_unpack_sequence,
            "_import_": self.import_name,
            "_tick_": self.budget.tick,
            "_begin_": self.loops.begin,
            "_turn_": self.loops.turn,
            "_format_": lambda value, conversion, spec: format_value(value, conversion, spec, self.budget),
            "_star_": lambda values: list(self.iterate(values)),
            "_context_": self.context,
            "_decorate_": self.decorator,
            "_class_": self.make_class,
            "_slice_": make_slice,
        }

    def watch(
        self,
        before: Callable[[Operation, Any, tuple[Any, ...], dict[str, Any]], None],
        after: Callable[[Operation, Any], None] | None = None,
    ) -> None:
        """Have every operation shown to `before` just before it runs, and to `after` with its result.

        Provenance stops a program there; the Autograd tab steps through a backward pass there.
        """
        self._before, self._after = before, after

    # Calls and operators

    def call(self, number: int, function: Any, /, *values: Any, **options: Any) -> Any:
        """`function(*values, **options)`, where it may be called."""
        self.budget.tick()
        if self._is_learners(function):
            return function(*values, **options)
        name = self._name_of(function)
        if name is None:
            self.refuse("lang.refused_call", number, name=shorten(_describe(function)))
        for value in (*values, *options.values()):
            self._check_argument(value, number, name)
        if isinstance(getattr(function, "__self__", None), LRScheduler) and name.endswith(".load_state_dict"):
            arguments.check_scheduler_state(function.__self__, values, options)
        if function in (isinstance, issubclass):
            return function(*map(plain_classes, values))
        if plain_class(options.get("dtype")) in CLASSES:
            options["dtype"] = plain_class(options["dtype"])
        values = arguments.bounded(function, name, values, options, self.budget)
        if name.startswith(RECORDED) or name in RECORDED_BUILTINS:
            return self.run_operation(number, name, function, values, options)
        return function(*values, **options)

    def operate(self, number: int, sign: str, left: Any, right: Any) -> Any:
        """A binary operator or a comparison."""
        self.budget.tick()
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            reflected = "r" if not isinstance(left, Tensor) and sign not in COMPARISONS else ""
            name = f"Tensor.__{reflected}{METHODS[sign]}__"
            return self.run_operation(number, name, BINARY[sign], (left, right), {})
        self._check_operator(sign, left, right, number)
        return BINARY[sign](left, right)

    def inplace(self, number: int, sign: str, left: Any, right: Any) -> Any:
        """`left += right` for a name; the result is bound to it again."""
        self.budget.tick()
        if isinstance(left, Tensor):
            return self.run_operation(number, f"Tensor.__i{METHODS[sign]}__", INPLACE[sign], (left, right), {})
        if isinstance(right, Tensor) and not isinstance(left, list):  # a list takes the tensor's rows in
            return self.operate(number, sign, left, right)
        self._check_operator(sign, left, right, number)
        return INPLACE[sign](left, right)

    def augment(self, number: int, sign: str, is_attribute: bool, thing: Any, place: Any, value: Any) -> None:
        """`thing.place += value` or `thing[place] += value`: read, combine, write."""
        target = Writer(self, number, thing)
        if is_attribute:
            setattr(target, place, self.inplace(number, sign, self.read_attribute(number, thing, place), value))
        elif isinstance(thing, Tensor):
            item = thing[place]
            changed = self.inplace(number, sign, item, value)
            if item.untyped_storage()._cdata == thing.untyped_storage()._cdata:
                thing[place] = changed  # a view has changed it already: what Python does last is nothing to look at
            else:
                names = self.program.owner_names(number)
                self.run_operation(number, "Tensor.__setitem__", assign_item, (thing, place, changed), {}, names)
        else:
            target[place] = self.inplace(number, sign, self.read_item(number, thing, place), value)

    def sign(self, number: int, sign: str, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self.run_operation(number, SIGN_NAMES[sign], SIGNS[sign], (value,), {})
        return SIGNS[sign](value)

    def run_operation(
        self,
        number: int,
        name: str,
        function: Any,
        values: tuple[Any, ...],
        options: dict[str, Any],
        names: tuple[str, ...] | None = None,
    ) -> Any:
        """Run what the learner wrote as one operation, and keep what it made; `names`: of its operands, else their texts."""
        self.budget.check_clock()  # one operation, and looking at what it made, may take long
        operands = tuple(tensors_in((*values, *options.values())))
        operation = Operation(number, name, operands, grad_enabled=torch.is_grad_enabled())
        own = getattr(function, "__self__", None)
        if isinstance(own, Tensor):
            operation.operands = (own, *operation.operands)
        if names is None:
            names = self.program.operand_names(number, values, options, isinstance(own, Tensor))
        operation.names = names
        with self._looking():
            self.recorder.begin(operation)
        try:
            if self._before is not None:
                self._before(operation, function, values, options)
            result = function(*values, **options)
            if self._after is not None:
                self._after(operation, result)
        except Exception as error:
            self.failed(operation, function, values, options, error)
            raise
        finally:
            self.recorder.end()
        if isinstance(result, (Tensor, tuple, list)):
            with self._looking():
                self.recorder.keep(operation, result, self.program.place(number), self.loops.now)
        return result

    @contextlib.contextmanager
    def _looking(self) -> Iterator[None]:
        """What the recorder asks of tensors is not the program's work. Where it keeps no more steps it asks nothing:
        a change of the grad mode would stand around every operation in a graph that is exported."""
        if self.recorder.is_full:
            yield
        else:
            with torch.no_grad(), _disable_current_modes():
                yield

    def _is_learners(self, function: Any) -> bool:
        """Whether it is code of the program itself, whose own calls are guarded."""
        kind = type(function)
        if kind is types.FunctionType:
            return function.__code__.co_filename == FILE or id(function) in self._own
        if kind is types.MethodType:
            return self._is_learners(function.__func__)
        if isinstance(function, type):
            return function in self.classes
        return kind in self.classes or id(function) in self._own

    def _name_of(self, function: Any) -> str | None:
        """What a library function is called in a program; None = it may not be called."""
        known = self._functions.get(id(function)) or self._named.get(id(function))
        if known is not None:
            return known
        if id(function) in self._methods:
            return str(function.__name__)
        kind = type(function)
        if isinstance(function, type):
            if function in self._library_classes:
                module = "nn" if function.__module__.startswith("torch.nn") else "torch"
                return f"{module}.{function.__name__}"
            return function.__name__ if self._may_make(function) else None
        if isinstance(function, nn.Module):
            return f"nn.{kind.__name__}"
        if kind is types.MethodDescriptorType:  # torch.Tensor.add, str.join: only the allowed ones can be read
            owner = function.__objclass__
            return f"{'Tensor' if issubclass(Tensor, owner) else owner.__name__}.{function.__name__}"
        owner = getattr(function, "__self__", None)
        if owner is None or isinstance(owner, types.ModuleType):
            return None
        name = function.__name__ if hasattr(function, "__name__") else kind.__name__
        if isinstance(owner, Tensor):
            return f"Tensor.{name}"
        if isinstance(owner, nn.Module):
            return f"nn.{type(owner).__name__}" if name == "forward" else f"Module.{name}"
        if isinstance(owner, type):
            return (
                f"torch.autograd.Function.{name}"
                if issubclass(owner, torch.autograd.Function)
                else f"{owner.__name__}.{name}"
            )
        return f"{type(owner).__name__}.{name}"

    def _may_make(self, kind: type) -> bool:
        """Whether the program may make objects of that class."""
        return kind in self.classes or kind in self._library_classes or kind in CLASSES or issubclass(kind, Exception)

    def check_callable(self, value: Any, number: int) -> None:
        """A function that is kept where a library may call it: the learner's own, or one that he could call himself."""
        if isinstance(value, Node):
            self.refuse("lang.refused_callable", number, name=shorten(type(value).__name__))
        if isinstance(value, CALLABLE_TYPES) and not self._is_learners(value) and self._name_of(value) is None:
            self.refuse("lang.refused_callable", number, name=shorten(_describe(value)))

    def _check_argument(self, value: Any, number: int, name: str) -> None:
        if isinstance(value, range) and len(value) > self.budget.steps:
            self.budget.end(LimitError("lang.range", wanted=f"{len(value):,}", limit=f"{self.budget.steps:,}"))
        if not isinstance(value, Node) or name not in NODE_TAKERS:
            self.check_callable(value, number)

    def _check_operator(self, sign: str, left: Any, right: Any, number: int) -> None:
        """Before an operator on plain values makes something huge."""
        budget = self.budget
        if sign == "*":
            for sequence, times in ((left, right), (right, left)):
                if isinstance(sequence, (str, bytes, list, tuple, deque)) and isinstance(times, int):
                    budget.allow_length(len(sequence) * max(times, 0))
            if isinstance(left, int) and isinstance(right, int):
                check_bits(left.bit_length() + right.bit_length(), budget)
        elif sign == "+" and isinstance(left, (str, list, tuple, bytes)) and hasattr(right, "__len__"):
            budget.allow_length(len(left) + len(right))
        elif sign == "**":
            check_power(left, right, budget)
        elif sign == "<<" and isinstance(left, int) and isinstance(right, int):
            check_bits(left.bit_length() + max(right, 0), budget)
        elif sign == "%" and isinstance(left, str):
            if "*" in left:
                self.refuse("lang.refused_percent", number)
            check_width(left, budget)
        if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
            arguments.check_arrays(sign, left, right, budget)

    # Attributes

    def read_attribute(self, number: int, thing: Any, name: str) -> Any:
        """`thing.name`, where it may be read."""
        if type(thing) is Table:
            return self._read_table(number, thing, name)
        if name == "__class__.__name__":
            return type(thing).__name__
        if name == "__name__":
            named = plain_class(thing)
            if isinstance(named, (type, types.FunctionType, types.BuiltinFunctionType)):
                return named.__name__
            raise AttributeError(f"'{type(thing).__name__}' object has no attribute '__name__'")
        if not self.access.may_read(thing, name):
            self._tell_missing(number, thing, name)
        if thing is str and name == "format":
            self.refuse("lang.refused_attribute", number, name=name, owner="str")
        if isinstance(thing, str) and name == "format":
            return self._trust(lambda *values, **options: arguments.format_text(thing, values, options, self.budget))
        if isinstance(thing, Tensor) and name in COMPUTED:
            return self.run_operation(number, f"Tensor.{name}", lambda tensor: getattr(tensor, name), (thing,), {})
        value = getattr(plain_class(thing), name)
        if type(value) is types.FunctionType and not self._is_learners(value):
            self._methods[id(value)] = value  # a scheduler puts plain functions in the place of an optimizer's methods
        return value

    def has_attribute(self, thing: Any, name: Any) -> bool:
        """The learner's `hasattr`."""
        if not isinstance(name, str):
            raise TypeError("hasattr(): attribute name must be string")
        if type(thing) is Table:
            return name in thing.entries
        return not name.startswith("__") and self.access.may_read(thing, name) and hasattr(plain_class(thing), name)

    def _read_table(self, number: int, table: Table, name: str) -> Any:
        if table.path == "torch" and name in ("save", "load"):
            return getattr(self.files, name)
        entry = table.entries.get(name, _missing)
        if entry is _missing:
            if _real_has(table.path, name):
                self.refuse("lang.refused_attribute", number, name=name, owner=table.path)
            raise AttributeError(f"module '{table.path}' has no attribute '{name}'")
        return entry

    def _tell_missing(self, number: int, thing: Any, name: str) -> NoReturn:
        """What cannot be read either does not exist, as in plain Python, or is refused."""
        owner = plain_class(thing)
        within = owner if isinstance(owner, (type, super)) else type(owner)
        if hasattr(within, name) or name.startswith("__"):
            self.refuse("lang.refused_attribute", number, name=name, owner=kind_name(owner))
        if name in getattr(owner, "__dict__", {}):
            self.refuse("lang.refused_attribute", number, name=name, owner=kind_name(owner))
        subject = f"type object '{owner.__name__}'" if isinstance(owner, type) else f"'{type(thing).__name__}' object"
        raise AttributeError(f"{subject} has no attribute '{name}'")

    # Items, iteration, assignment

    def read_item(self, number: int, thing: Any, index: Any) -> Any:
        if isinstance(thing, Tensor):
            return self.run_operation(number, "Tensor.__getitem__", operator.getitem, (thing, index), {})
        if not isinstance(thing, INDEXABLE) and type(thing) not in self.classes:
            self.refuse("lang.refused_item", number, name=kind_name(thing))
        return thing[index]

    def iterate(self, values: Any) -> Iterator[Any]:
        """What `for` goes through: each item is a tick."""
        if isinstance(values, (Table, type, Annotation)):
            raise TypeError(f"'{type(values).__name__}' object is not iterable")
        if isinstance(values, Tensor) and values.dim() == 0:
            raise TypeError("iteration over a 0-d tensor")
        return count(values, self.budget)

    def writer(self, number: int, thing: Any) -> Writer:
        return Writer(self, number, thing)

    def import_name(self, module: str, name: str | None = None) -> Any:
        table = make_modules()[module]
        if name is None:
            return table
        return self._read_table(-1, table, name)

    # Blocks and definitions

    def context(self, value: Any) -> Any:
        if not isinstance(value, CONTEXTS):
            self.refuse("lang.refused_context", -1, name=kind_name(value))
        return value

    def decorator(self, value: Any) -> Callable[[Any], Any]:
        """What stands after `@`: its result is called like a function of the program."""
        setter = isinstance(getattr(value, "__self__", None), property)
        allowed = isinstance(value, CONTEXTS) or value in (staticmethod, classmethod, property, torch.no_grad) or setter
        if not allowed and not self._is_learners(value):
            self.refuse("lang.refused_decorator", -1, name=shorten(_describe(value)))

        def decorate(function: Any) -> Any:
            made = value(function)
            # torch.no_grad wraps what is called then; what the learner's own decorator gives back needs no more trust.
            wrapped = isinstance(made, types.FunctionType) and not self._is_learners(value) and self._is_learners(function)
            return self._trust(made) if wrapped else made

        return decorate

    def make_class(self, name: str, bases: tuple[Any, ...], namespace: dict[str, Any]) -> type:
        """A class of the program, on bases that may be subclassed."""
        plain = tuple(map(plain_class, bases))
        for base in plain:
            subclassable = isinstance(base, type) and (
                base in self.classes or base is object or issubclass(base, BASES) or issubclass(base, Exception)
            )
            if not subclassable:
                self.refuse("lang.refused_base", -1, name=shorten(_describe(base)))
        kept = ("__module__", "__qualname__", "__classcell__", "__doc__", "__firstlineno__", "__static_attributes__")
        for entry in namespace:
            if entry.startswith("__") and entry not in kept and entry not in SPECIAL_METHODS:
                self.refuse("lang.refused_name", -1, name=entry)
            self.check_callable(namespace[entry], -1)
            if entry in RECURRENT_CHECKS and any(issubclass(base, nn.RNNBase) for base in plain):
                self.refuse("lang.refused_name", -1, name=entry)
        made = type(name, plain, namespace)
        self.classes.add(made)
        return made

    def refuse(self, key: str, number: int, **values: Any) -> NoReturn:
        """End the program: it reached for something that is not offered.

        Raises:
            Halt: always.
        """
        error = RefusedError(key, line=self.program.place(number)["line"] or None, **values)
        self.budget.ended = error
        raise Halt(error)

    def _trust(self, function: Any) -> Any:
        self._own[id(function)] = function
        return function


def _real_has(path: str, name: str) -> bool:
    return hasattr(sys.modules.get(path), name) or f"{path}.{name}" in sys.modules or name.startswith("_")


def _describe(thing: Any) -> str:
    name = getattr(thing, "__name__", None)
    return str(name) if isinstance(name, str) else type(thing).__name__
