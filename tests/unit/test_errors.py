"""Errors, names, caps and devices: what stands at every border."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass, fields

import pytest

from playground import errors
from playground.errors import InputError, LimitError, UnsupportedError
from playground.jobs.failures import error_of_event
from playground.limits import Limits, is_public, read_limits
from playground.registry import Registry, Topic, shorten
from playground.training.events import Failed, plain, stored_error

KINDS = {"syntax", "refused", "limit", "shape", "dtype", "runtime", "input", "not_found", "unsupported", "busy"}
KINDS |= {"internal"}
TYPES = [entry for entry in vars(errors).values() if isinstance(entry, type) and issubclass(entry, errors.PlaygroundError)]


@dataclass(frozen=True)
class Fruit:
    name: str


FRUITS = Registry("topic.layer", (Fruit("OneApple"), Fruit("pear_2"), Fruit("Quince")))


@pytest.mark.parametrize("error_type", TYPES)
def test_kinds_are_those_of_the_api(error_type):
    assert error_type.kind in KINDS


@pytest.mark.parametrize("error_type", TYPES)
def test_an_error_survives_a_pipe(error_type):
    error = error_type("spec.depth", line=3, maximum=8)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is error_type
    assert copy.to_json("zh") == error.to_json("zh")
    assert copy.to_json() == {"kind": error_type.kind, "message": str(error), "line": 3}


def test_a_stored_error_is_plain_json_in_no_language():
    nested = InputError("checkpoint.spec", name="a", reason=InputError("spec.depth", maximum=8))
    named = InputError("error.unknown_name", topic=Topic("topic.layer"), name="x", names="y")
    for error in (nested, named, LimitError("job.time", seconds=900)):
        stored = json.loads(json.dumps(stored_error(error)))
        again = error_of_event({"type": "failed", "error": stored})
        assert again.message("en") == error.message("en")
        assert "object at 0x" not in again.message("zh")
        if error is nested:
            assert again.message("zh") == nested.message("zh"), "the error inside is in the reader's language too"
    assert "900 秒" in again.message("zh")
    assert Failed(error).to_json()["error"]["kind"] == "limit"


def test_plain_json_has_no_surprises():
    value = {1: [float("nan"), (float("inf"), -float("inf"))], "a": {"b": 1.5, "c": None, "d": True}}
    assert plain(value) == {"1": ["nan", ["inf", "-inf"]], "a": {"b": 1.5, "c": None, "d": True}}


@pytest.mark.parametrize("typed", ["OneApple", "oneapple", "one_apple", "ONE-APPLE", " one apple "])
def test_a_name_is_found_in_any_spelling(typed):
    assert FRUITS.find(typed).name == "OneApple"


def test_an_almost_right_name_gets_a_suggestion(both):
    with pytest.raises(InputError, match=r'no layer type "One Aple". Did you mean OneApple\?') as error:
        FRUITS.find("One Aple")
    assert "您是指 OneApple 吗" in both(error)
    assert "pear_2" in both(error)


@pytest.mark.parametrize("typed", ["zzzzz", "", 7, [], {"a": 1}, 2.5, True, "x" * 10_000])
def test_what_is_no_name_gets_all_names(typed, both):
    with pytest.raises(InputError, match="Choose one of OneApple, pear_2, Quince") as error:
        FRUITS.find(typed)
    assert "层类型" in both(error)
    assert len(str(error.value)) < 250


def test_a_registry_keeps_its_order_and_is_a_mapping():
    assert list(FRUITS) == ["OneApple", "pear_2", "Quince"]
    assert len(FRUITS) == 3
    assert FRUITS["Quince"] == Fruit("Quince")
    with pytest.raises(KeyError):
        FRUITS["quince"]


def test_shorten_keeps_the_length():
    assert shorten("a" * 60) == "a" * 60
    assert shorten("a" * 61) == "a" * 59 + "…"
    assert shorten([1, 2]) == "[1, 2]"


def test_half_a_letter_can_be_told():
    """JSON says "\\ud800"; no answer and no file could hold it."""
    half = json.loads('"\\ud800"')
    error = InputError("own.drawn_label", place=1, got=half)
    for language in ("en", "zh"):
        assert "?" in error.to_json(language)["message"].encode("utf-8").decode()
    assert shorten(f"a{half}b") == "a?b"


CAPS = [cap for cap in fields(Limits) if cap.metadata]


@pytest.mark.parametrize("cap", CAPS, ids=lambda cap: cap.name)
def test_every_cap_has_a_reason_and_an_override(cap):
    assert len(cap.metadata["reason"]) > 15
    assert getattr(read_limits(public=True, environment={}), cap.name) == cap.metadata["public"]
    assert getattr(read_limits(public=False, environment={}), cap.name) == cap.metadata["local"]
    changed = read_limits(public=True, environment={f"PLAYGROUND_{cap.name.upper()}": "7"})
    assert getattr(changed, cap.name) == 7
    assert isinstance(getattr(changed, cap.name), float if cap.type == "float" else int)


@pytest.mark.parametrize("text", ["0", "-3", "many", "", "nan", "inf", "1e999"])
def test_a_bad_override_is_refused_in_words(text, both):
    with pytest.raises(InputError, match="PLAYGROUND_EPOCHS must be a positive number") as error:
        read_limits(public=False, environment={"PLAYGROUND_EPOCHS": text})
    assert "PLAYGROUND_EPOCHS 应为正数" in both(error)


@pytest.mark.parametrize(
    ("host", "public"),
    [("127.0.0.1", False), ("localhost", False), ("127.8.8.8", False), ("::1", False), ("0.0.0.0", True), ("::", True)],
)
def test_the_mode_follows_the_address(host, public):
    assert is_public(host, {}) is public
    assert is_public(host, {"PLAYGROUND_MODE": "public"}) is True
    assert is_public(host, {"PLAYGROUND_MODE": "Local"}) is False


def test_an_unknown_mode_is_refused_in_words(both):
    with pytest.raises(InputError, match="must be public or local, got shared") as error:
        is_public("127.0.0.1", {"PLAYGROUND_MODE": "shared"})
    assert "应为 public 或 local" in both(error)


def test_the_devices_of_this_machine():
    import torch

    from playground import devices

    found = devices.list_devices()
    assert found[-1].name == "cpu"
    assert devices.choose_device("auto") == torch.device(found[0].name)
    assert devices.choose_device("cpu") == torch.device("cpu")
    for device in found:
        assert torch.zeros(2, device=device.name).sum() == 0
    assert devices.usable_cores() >= 1
    assert devices.precisions(torch.device("cpu"))[0] == "fp32"


@pytest.mark.parametrize(("text", "cores"), [("150000 100000\n", 1.5), ("max 100000\n", None), ("", None), (None, None)])
def test_a_container_may_have_less_than_its_cores(tmp_path, text, cores):
    from playground import devices

    if text is not None:
        (tmp_path / "cpu.max").write_text(text)
    assert devices._cpu_quota(tmp_path) == cores


@pytest.mark.parametrize("wish", ["tpu", "cuda:99", "", None, 3, ["cpu"]])
def test_a_device_that_is_not_here_is_unsupported(wish, both):
    from playground import devices

    with pytest.raises(UnsupportedError, match=r"This machine has .*cpu") as error:
        devices.choose_device(wish)
    assert "这台机器上没有设备" in both(error)


def test_the_environment_has_the_keys_of_the_contract():
    import torch

    from playground.devices import describe_environment

    facts = json.loads(json.dumps(describe_environment()))
    assert {"torch", "torchvision", "python", "device", "devices", "threads", "memory_bytes", "precisions"} <= set(facts)
    assert facts["torch"] == torch.__version__
    assert {"name", "type", "memory_bytes"} <= set(facts["devices"][-1])
    assert facts["memory_bytes"] > 2**28
