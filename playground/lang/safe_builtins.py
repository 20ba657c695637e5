"""The built-in names of a learner's program: those that reach nothing, the greedy ones behind the budget."""

from __future__ import annotations

import builtins
import io
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from playground.errors import LimitError, RefusedError
from playground.lang.budget import Budget, Halt

PLAIN = (
    "abs bool complex divmod float hash id isinstance issubclass len object range repr round str super "
    "hex bin oct chr ord "
    "callable property staticmethod classmethod iter next NotImplemented Ellipsis True False None ascii"
)
EXCEPTIONS = (
    "Exception ArithmeticError AssertionError AttributeError EOFError FloatingPointError IndexError KeyError LookupError "
    "MemoryError NameError NotImplementedError OverflowError RuntimeError StopIteration TypeError ValueError "
    "ZeroDivisionError Warning "
    "UserWarning DeprecationWarning UnboundLocalError RecursionError"
)
GUARDED = (
    "slice all any dict enumerate filter frozenset int list map max min pow print reversed set sorted sum tuple type zip "
    "hasattr format"
)
BUILTIN_NAMES = tuple(f"{PLAIN} {EXCEPTIONS} {GUARDED}".split())
CLASSES: frozenset[type] = frozenset(
    getattr(builtins, name)
    for name in (
        "bool complex dict enumerate filter float frozenset int list map object property range reversed set slice "
        "staticmethod classmethod str tuple zip super"
    ).split()
)
BITS_MOST = 200_000


class Output:
    """What the program prints, up to a limit; what follows is counted and dropped."""

    def __init__(self, most: int):
        self.most, self.text, self.dropped = most, io.StringIO(), 0

    def write(self, text: str) -> None:
        text = text.encode("utf-8", "replace").decode()  # half a character cannot be sent
        room = self.most - self.text.tell()
        self.text.write(text[: max(room, 0)])
        self.dropped += max(len(text) - max(room, 0), 0)

    def mark(self) -> tuple[int, int]:
        """Where printing stands, for `back_to`."""
        return self.text.tell(), self.dropped

    def back_to(self, mark: tuple[int, int]) -> None:
        """Forget what was printed since."""
        self.text.truncate(mark[0])
        self.text.seek(mark[0])
        self.dropped = mark[1]


def make_builtins(
    budget: Budget, output: Output, has: Callable[[Any, Any], bool], may_call: Callable[[type], bool]
) -> dict[str, Any]:
    """The names and what they stand for in one execution.

    Args:
        has: whether an object has an attribute that the program may read.
        may_call: whether the program may make objects of a class.
    """
    found: dict[str, Any] = {
        name: getattr(builtins, name) for name in f"{PLAIN} {EXCEPTIONS}".split() if hasattr(builtins, name)
    }

    def counted(values: Iterable[Any]) -> Iterator[Any]:
        return count(values, budget)

    def greedy(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            return function(*(counted(part) if _is_lazy(part) else part for part in arguments), **options)

        call.__name__ = function.__name__
        return call

    def safe_print(
        *values: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        if file is not None:
            raise Halt(RefusedError("lang.refused_argument", name="print", argument="file"))
        budget.tick()
        buffer = io.StringIO()
        print(*values, sep=sep, end=end, file=buffer)
        output.write(buffer.getvalue())

    def safe_type(*arguments: Any) -> Any:
        if len(arguments) != 1:
            raise Halt(RefusedError("lang.refused_type"))
        kind: Any = type(plain_class(arguments[0]))
        return kind if may_call(kind) else stand_in(kind)

    def safe_int(*arguments: Any, **options: Any) -> int:
        if arguments and isinstance(arguments[0], (str, bytes)):
            budget.allow_length(len(arguments[0]) * 1000)
        return int(*arguments, **options)

    def safe_pow(base: Any, exponent: Any, modulus: Any = None) -> Any:
        if modulus is not None:
            return pow(base, exponent, modulus)
        check_power(base, exponent, budget)
        return pow(base, exponent)

    def safe_format(value: Any, spec: str = "") -> str:
        return format_value(value, -1, spec, budget)

    def safe_sum(values: Iterable[Any], start: Any = 0) -> Any:
        return sum(counted(values), start)

    guarded: dict[str, Any] = {name: greedy(getattr(builtins, name)) for name in "all any max min sorted".split()}
    guarded |= {"print": safe_print, "type": Type(safe_type), "int": Class(int, safe_int), "pow": safe_pow, "sum": safe_sum}
    guarded["slice"] = Class(slice, make_slice)
    guarded |= {"hasattr": lambda thing, name: has(thing, name), "format": safe_format}
    for name, entry in guarded.items():
        if not isinstance(entry, Class):
            entry.__name__ = name
    for kind in (list, tuple, set, frozenset, dict):
        guarded[kind.__name__] = Class(kind, greedy(kind))
    lazy: tuple[type, ...] = (enumerate, zip, map, filter, reversed)
    guarded |= {kind.__name__: kind for kind in lazy}
    return found | guarded


class Class:
    """A built-in class whose calls are guarded; as a class it is still itself (isinstance, annotations, keys)."""

    __slots__ = ("kind", "make")

    def __init__(self, kind: type, make: Callable[..., Any]):
        self.kind, self.make = kind, make

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self.make(*arguments, **options)

    def __getitem__(self, item: Any) -> Class:
        return self  # list[int]

    def __or__(self, other: Any) -> Class:
        return self

    __ror__ = __or__

    def __eq__(self, other: object) -> bool:
        return other is self.kind or (isinstance(other, Class) and other.kind is self.kind)

    def __hash__(self) -> int:
        return hash(self.kind)

    def __repr__(self) -> str:
        return repr(self.kind)


@cache
def stand_in(kind: type) -> Class:
    """A class that a program may only compare with: whatever calls it, a library too, is refused.

    numpy.ndarray reads any memory that its buffer argument names, and types.FunctionType runs any code.
    """

    def make(*arguments: Any, **options: Any) -> Any:
        raise Halt(RefusedError("lang.refused_call", name=kind.__name__))

    return Class(kind, make)


class Type(Class):
    """`type`, which only tells the class of an object."""

    __slots__ = ()

    def __init__(self, make: Callable[..., Any]):
        super().__init__(type, make)


def plain_class(kind: Any) -> Any:
    """The class itself behind a guarded name; anything else as it is."""
    return kind.kind if isinstance(kind, Class) else kind


def plain_classes(kinds: Any) -> Any:
    """The same inside tuples: what isinstance takes."""
    return tuple(map(plain_classes, kinds)) if isinstance(kinds, tuple) else plain_class(kinds)


def count(values: Iterable[Any], budget: Budget) -> Iterator[Any]:
    """The same items, each a tick; a sequence that is too long is refused before the first."""
    if isinstance(values, range) and len(values) > budget.steps:
        budget.end(LimitError("lang.range", wanted=f"{len(values):,}", limit=f"{budget.steps:,}"))
    for value in values:
        budget.tick()
        yield value


def make_slice(*bounds: Any) -> slice:
    """`slice` of numbers: slices of slices of slices end the process when they are thrown away."""
    if any(isinstance(bound, (slice, list, tuple, dict)) for bound in bounds):
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return slice(*bounds)


def check_power(base: Any, exponent: Any, budget: Budget) -> None:
    """Whole numbers grow without bound: 9**9**9 has 370 million digits."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0 and abs(base) > 1:
        check_bits(abs(base).bit_length() * exponent, budget)


def check_bits(bits: int, budget: Budget) -> None:
    if bits > BITS_MOST:
        budget.end(LimitError("lang.digits", wanted=f"{bits * 0.30103:.3g}", limit=f"{BITS_MOST * 0.30103:.0f}"))


def format_value(value: Any, conversion: int, spec: str, budget: Budget) -> str:
    """What an f-string writes for one value; widths and precisions are bounded."""
    check_width(spec, budget)
    if conversion == ord("r"):
        value = repr(value)
    elif conversion == ord("a"):
        value = ascii(value)
    elif conversion == ord("s"):
        value = str(value)
    return format(value, spec)


def check_width(spec: str, budget: Budget) -> None:
    digits = ""
    for letter in f"{spec} ":
        if letter.isdigit():
            digits += letter
        else:
            if digits and (len(digits) > 7 or int(digits) > 10_000):
                budget.end(LimitError("lang.width", wanted=digits[:20], limit="10,000"))
            digits = ""


def _is_lazy(value: Any) -> bool:
    """Whether iterating may go on and on: everything but the plain containers, which exist already."""
    return not isinstance(value, (list, tuple, set, frozenset, dict, str, int, float, bool)) and hasattr(value, "__iter__")
