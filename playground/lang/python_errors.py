"""What Python itself says most often, told in the playground's own words in both languages."""

from __future__ import annotations

import re
from typing import Any

from playground.errors import RuntimeFailure, SyntaxFailure

# (the error's class, what Python says, the entry of the catalogue). Named groups fill the entry's placeholders.
Table = tuple[tuple[type[Exception], str, str], ...]

# How something was called or combined: true of a library's operation as well.
USES: Table = (
    (
        TypeError,
        r"^(?P<function>[\w.<>]+)\(\) missing \d+ required [\w-]+ arguments?: (?P<names>.+)$",
        "lang.missing_argument",
    ),
    (
        TypeError,
        r"^(?P<function>[\w.<>]+)\(\) takes (?:from )?(?P<most>\d+(?: to \d+)?) positional arguments? "
        r"but (?P<got>\d+) (?:was|were) given",
        "lang.extra_argument",
    ),
    (
        TypeError,
        r"^(?P<function>[\w.<>]+)\(\) got an unexpected keyword argument '(?P<name>\w+)'",
        "lang.unknown_argument",
    ),
    (
        TypeError,
        r"^(?P<function>[\w.<>]+)\(\) got multiple values for argument '(?P<name>\w+)'",
        "lang.double_argument",
    ),
    (
        TypeError,
        r"unsupported operand type\(s\) for (?P<sign>\S+?)(?: or pow\(\))?: '(?P<left>[\w.]+)' and '(?P<right>[\w.]+)'",
        "lang.operand_types",
    ),
    (TypeError, r"can only concatenate (?P<left>\w+) \(not \"(?P<right>[\w.]+)\"\)", "lang.operand_types"),
    (
        TypeError,
        r"'(?P<sign>[<>]=?)' not supported between .* '(?P<left>[\w.]+)' and '(?P<right>[\w.]+)'",
        "lang.compare_types",
    ),
    (TypeError, r"bad operand type for (?:unary )?(?P<sign>[-+~]|abs\(\)): '(?P<right>[\w.]+)'", "lang.operand_type"),
    (TypeError, r"can't multiply sequence by non-int of type '(?P<right>[\w.]+)'", "lang.repeat_type"),
)
VALUES: Table = (
    (ZeroDivisionError, r"by zero", "lang.zero"),
    (KeyError, r"^(?!'pop from an empty)(?P<name>.+)$", "lang.key"),
    (IndexError, r"^(?P<kind>list|tuple|string|deque)(?: assignment)? index out of range", "lang.sequence_index"),
    (IndexError, r"^pop from (?:an )?empty (?P<kind>list|deque)", "lang.pop_empty"),
    (IndexError, r"^(?P<kind>pop) index out of range", "lang.sequence_index"),
    (
        ValueError,
        r"not enough values to unpack \(expected (?:at least )?(?P<wanted>\d+), got (?P<got>\d+)\)",
        "lang.unpack_few",
    ),
    (ValueError, r"too many values to unpack \(expected (?P<wanted>\d+)", "lang.unpack_many"),
    (ValueError, r"invalid literal for int\(\) with base \d+: (?P<name>.+)$", "lang.int_text"),
    (ValueError, r"could not convert string to float: (?P<name>.+)$", "lang.float_text"),
    (TypeError, r"^(?P<function>int|float)\(\) argument must be .* not '(?P<kind>[\w.]+)'", "lang.number_type"),
    (TypeError, r"'(?P<kind>[\w.]+)' object cannot be interpreted as an integer", "lang.whole_number"),
    (TypeError, r"(?:'(?P<kind>[\w.]+)' object is not iterable|non-iterable (?P<other>[\w.]+) object)", "lang.not_iterable"),
    (TypeError, r"object of type '(?P<kind>[\w.]+)' has no len\(\)", "lang.no_length"),
    (TypeError, r"^(?P<owner>\w+) indices must be integers(?: or slices)?, not '?(?P<kind>[\w.]+)'?", "lang.index_type"),
    (TypeError, r"unhashable type: '(?P<kind>[\w.]+)'", "lang.unhashable"),
    (ValueError, r"^(?P<function>max|min)\(\).* (?:empty sequence|iterable argument is empty)", "lang.empty_sequence"),
    (RuntimeError, r"Boolean value of Tensor with more than one value is ambiguous", "lang.truth"),
    (UnboundLocalError, r"local variable '(?P<name>\w+)'", "lang.local"),
    (FileNotFoundError, r"No such file or directory: '(?P<name>.+)'", "lang.no_file"),
)


# What the parser says of a text that is not Python.
SYNTAX: tuple[tuple[str, str], ...] = (
    (r"'(?P<sign>[(\[{])' was never closed", "lang.syntax_open"),
    (r"unmatched '(?P<sign>[)\]}])'", "lang.syntax_unmatched"),
    (r"expected ':'", "lang.syntax_colon"),
    (r"unterminated (?:triple-quoted )?(?:f-)?string literal", "lang.syntax_quote"),
    (r"expected an indented block", "lang.syntax_indent"),
    (r"unexpected indent", "lang.syntax_indented"),
    (r"unindent does not match", "lang.syntax_unindent"),
    (r"[Mm]issing parentheses in call to '(?P<name>\w+)'", "lang.syntax_call"),
    (r"invalid syntax\. Maybe you meant '==' or ':='", "lang.syntax_equal"),
    (r"cannot assign to (?P<what>[\w ]+?)(?: here)?(?:\.|$)", "lang.syntax_assign"),
    (r"^invalid syntax$", "lang.syntax_invalid"),
)
FULL_WIDTH = dict(zip("（）【】，：；“”‘’＝＋－＊", "()[],:;\"\"''=+-*", strict=True))


def explain_syntax(text: str) -> SyntaxFailure:
    """What the parser says, as a part of a sentence; quoted where it is rare."""
    sign = re.search(r"invalid (?:non-printable )?character '(.)'", text)
    if sign is not None and sign[1] in FULL_WIDTH:
        return SyntaxFailure("lang.syntax_full_width", sign=sign[1], plain=FULL_WIDTH[sign[1]])
    for pattern, key in SYNTAX:
        if found := re.search(pattern, text):
            values: dict[str, Any] = found.groupdict()
            return SyntaxFailure(key, **values)
    return SyntaxFailure("lang.syntax_rare", message=text)


def explain_use(error: Exception, text: str, line: int | None) -> RuntimeFailure | None:
    """A wrong number of arguments, or operands that do not go together; None for all else."""
    return _look_up(USES, error, text, line)


def explain_value(error: Exception, text: str, line: int | None) -> RuntimeFailure | None:
    """Any frequent error of a program's own statements; None for what is rare."""
    return _look_up(USES + VALUES, error, text, line)


def _look_up(table: Table, error: Exception, text: str, line: int | None) -> RuntimeFailure | None:
    for kind, pattern, key in table:
        found = re.search(pattern, text) if isinstance(error, kind) else None
        if found is not None:
            values = _values(key, {name: value for name, value in found.groupdict().items() if value is not None})
            return RuntimeFailure(_refined(key, values), line=line, **values)
    return None


def _values(key: str, values: dict[str, Any]) -> dict[str, Any]:
    """The groups as a learner reads them."""
    if "function" in values:  # of a class he knows the name alone, of a method the last part
        parts = [part for part in values["function"].removesuffix(".__init__").split(".") if part != "<locals>"]
        values["function"] = parts[-1]
    if "names" in values:
        values["names"] = ", ".join(re.findall(r"['\"](\w+)['\"]", values["names"]))
    if "most" in values:
        values["most"] = values["most"].replace(" to ", "–")
    if "other" in values:
        values["kind"] = values.pop("other")
    if values.get("kind") == "pop":  # only lists pop at an index
        values["kind"] = "list"
    if key == "lang.operand_types":
        values.setdefault("sign", "+")
    return values


def _refined(key: str, values: dict[str, Any]) -> str:
    """None among the operands has a cause of its own."""
    return "lang.operand_none" if key == "lang.operand_types" and "NoneType" in values.values() else key
