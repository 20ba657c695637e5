"""What a profile means, in sentences that are computed from it: what takes the time, and what that suggests to try."""

from __future__ import annotations

from typing import Any

from playground.bench.precision_operations import is_product
from playground.bench.profiler_tables import Sums

# Shares of a step from which on something is worth a sentence.
TOP, OPTIMIZER, BETWEEN, PRODUCTS, COPIES = 0.05, 0.25, 0.3, 0.5, 0.1
# A profile that makes a step so much longer is told with a warning.
HEAVY = 1.3
# One that changes it by less is lost in how much steps differ anyway.
UNSEEN = 1.05
COPYING = frozenset(("aten::copy_", "aten::contiguous", "aten::clone", "aten::_to_copy", "aten::cat"))


def explain_profile(result: dict[str, Any], sums: Sums, *, wanted_trace: bool) -> list[dict[str, Any]]:
    """Sentences: the most expensive module and operation, forward against backward, what lies between the operations, the
    optimizer, and what the measuring itself has cost."""
    said: list[dict[str, Any]] = []

    def say(key: str, **values: Any) -> None:
        said.append({"key": f"bench_profiler.{key}", "values": values})

    _say_module(say, result)
    _say_operation(say, result)
    phases = result["phases"]
    if phases["forward"] and phases["backward"]:
        times = phases["backward"] / phases["forward"]
        say("phases", forward=_ms(phases["forward"]), backward=_ms(phases["backward"]), times=f"{times:.2f}")
    _say_between(say, result, sums)
    optimizer = phases["optimizer"] / result["step"]["seconds"]
    if optimizer >= OPTIMIZER:
        say("optimizer", percent=_percent(optimizer), time=_ms(phases["optimizer"]))
    _say_kinds(say, result)
    _say_measuring(say, result)
    if wanted_trace and result["trace"] is None:
        say("no_trace")
    return said


def _say_module(say: Any, result: dict[str, Any]) -> None:
    """The module with the most time of its own, which is in none that it calls."""
    modules = [row for row in result["modules"] if row["kind"] == "module"]
    if not modules:
        return
    top = max(modules, key=_own)
    share = _own(top) / result["step"]["seconds"]
    times = {"forward": _ms(top["forward_self_seconds"]), "backward": _ms(top["backward_self_seconds"])}
    key = "module" if top["path"] else "module_root"
    say(key, name=top["path"], type=top["type"], percent=_percent(share), **times)
    others = sorted((row for row in modules if row is not top), key=_own, reverse=True)[:3]
    following = [row for row in others if _own(row) >= TOP * result["step"]["seconds"]]
    if following:
        shares = [_percent(_own(row) / result["step"]["seconds"]) for row in following]
        names = [f"{row['path'] or 'model'} {percent} %" for row, percent in zip(following, shares, strict=True)]
        say("next_modules", names=", ".join(names))


def _own(row: dict[str, Any]) -> float:
    return float(row["forward_self_seconds"] + row["backward_self_seconds"])


def _say_operation(say: Any, result: dict[str, Any]) -> None:
    rows = result["rows"]
    if not rows:
        return
    top = rows[0]
    values = {"name": top["operation"], "percent": _percent(top["share"]), "time": _ms(top["self_seconds"])}
    say("operation" if top["calls"] != 1 else "operation_once", **values, calls=top["calls"])
    following = [row for row in rows[1:3] if row["share"] >= TOP]
    if following:
        names = ", ".join(f"{row['operation']} {_percent(row['share'])} %" for row in following)
        say("following", names=names)


def _say_between(say: Any, result: dict[str, Any], sums: Sums) -> None:
    """Time of a step that is in no operation: of the step without the profiler, whose marks would count there."""
    step, plain = result["step"], result["overhead"]["plain_seconds"] - result["step"]["checks_seconds"]
    between = 1 - step["operation_seconds"] / plain if plain > 0 else 0.0
    small, seconds = sums.small[0] / sums.steps, sums.small[1] / sums.steps
    if between >= BETWEEN:
        values = {"percent": _percent(between), "operations": step["operations"], "small": round(small)}
        say("between", **values)
    elif small >= 1:
        say("small", small=round(small), operations=step["operations"], percent=_percent(seconds / step["seconds"]))


def _say_kinds(say: Any, result: dict[str, Any]) -> None:
    products = sum(row["share"] for row in result["rows"] if _is_product(row["operation"]))
    copies = sum(row["share"] for row in result["rows"] if row["operation"] in COPYING)
    if products >= PRODUCTS:
        say("products", percent=_percent(products))
    if copies >= COPIES:
        say("copies", percent=_percent(copies))


def _is_product(name: str) -> bool:
    plain = name.removeprefix("aten::")
    return is_product(plain) or plain in ("mkldnn_convolution", "_convolution", "thnn_conv2d", "cudnn_convolution")


def _say_measuring(say: Any, result: dict[str, Any]) -> None:
    overhead, checks = result["overhead"], result["step"]["checks_seconds"]
    times = {"plain": _ms(overhead["plain_seconds"]), "profiled": _ms(overhead["profiled_seconds"])}
    ratio = overhead["ratio"]
    key = "overhead_heavy" if ratio >= HEAVY else "overhead" if ratio >= UNSEEN else "overhead_none"
    say(key, **times, times=f"{overhead['ratio']:.2f}")
    if checks > 0:
        say("checks", time=_ms(checks))


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.{0 if share >= 0.1 else 1}f}"
