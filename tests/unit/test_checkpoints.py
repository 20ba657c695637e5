"""Weights on disk: what is saved comes back, what is damaged is named, and a full disk destroys nothing."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
import struct
import tempfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as save_safetensors
from torch import nn

from playground.errors import InputError, NotFoundError, PlaygroundError, RuntimeFailure
from playground.models import PRESETS, ModelSpec, build_model, load_checkpoint, parse_spec, save_checkpoint
from playground.models.checkpoint import MAXIMUM_BYTES, save_state_dict, write_atomically, write_json

SPEC = parse_spec(
    '{"name":"Tiny","layers":[{"type":"Flatten"},{"type":"BatchNorm1d","name":"norm","arguments":{"num_features":784}},'
    '{"type":"Linear","name":"fc","arguments":{"in_features":784,"out_features":10}}]}'
)


@pytest.fixture
def model() -> nn.Module:
    return build_model(SPEC)


@pytest.fixture
def saved(tmp_path, model) -> Path:
    path = tmp_path / "best.safetensors"
    save_checkpoint(path, model, SPEC, {"step": 3, "text": "中文"})
    return path


def same(state, other) -> bool:
    return list(state) == list(other) and all(torch.equal(state[key], other[key]) for key in state)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", PRESETS)
def test_a_checkpoint_gives_back_the_same_network(tmp_path, name):
    spec = PRESETS[name].spec
    model = build_model(spec).to(memory_format=torch.channels_last)
    images = torch.rand(8, 1, 28, 28)
    model(images)  # moves BatchNorm's running statistics
    path = tmp_path / "deep" / "folder" / "best.safetensors"
    save_checkpoint(path, model, spec, {"test_accuracy": 0.99})
    checkpoint = load_checkpoint(path)
    assert checkpoint.spec == spec
    assert checkpoint.facts == {"test_accuracy": 0.99}
    loaded = checkpoint.build()
    assert not loaded.training
    assert sorted(loaded.state_dict()) == sorted(model.state_dict())
    assert all(torch.equal(value, loaded.state_dict()[key]) for key, value in model.state_dict().items())
    assert torch.allclose(loaded(images), model.eval()(images), atol=1e-5)
    assert files(path.parent) == ["best.safetensors"]


def test_the_metadata_is_the_spec_and_the_facts(saved):
    data = saved.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    assert parse_spec(metadata["spec"]) == SPEC
    assert json.loads(metadata["facts"]) == {"step": 3, "text": "中文"}


def test_a_checkpoint_of_a_named_model(saved):
    assert load_checkpoint(saved, SPEC).spec == SPEC
    with pytest.raises(InputError, match=r"best.safetensors does not fit MLP: missing .*fc1.weight.*; not expected"):
        load_checkpoint(saved, PRESETS["MLP"].spec)


@pytest.mark.parametrize("name", PRESETS)
def test_a_state_dict_of_the_course_is_recognised(tmp_path, name):
    spec = PRESETS[name].spec
    model = build_model(spec)
    path = tmp_path / "mnist_best.pth"
    torch.save(model.state_dict(), path)
    checkpoint = load_checkpoint(path)
    assert checkpoint.spec == spec
    assert same(checkpoint.state, model.state_dict())
    other = tmp_path / "again.pth"
    save_state_dict(other, checkpoint)
    assert same(torch.load(other, weights_only=True), model.state_dict())


def test_a_missing_file(tmp_path, both):
    with pytest.raises(NotFoundError, match=r"There is no file none\.safetensors") as error:
        load_checkpoint(tmp_path / "none.safetensors")
    assert "没有文件 none.safetensors" in both(error)
    with pytest.raises(NotFoundError):
        load_checkpoint(tmp_path)


def test_a_file_that_is_too_large_is_not_read(tmp_path, both):
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(MAXIMUM_BYTES + 1)  # a hole: it takes no space
    with pytest.raises(InputError, match="at most 1024 MiB") as error:
        load_checkpoint(path)
    assert "太大" in both(error)


def packed(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


DAMAGED = {
    "empty": b"",
    "short": b"\x00\x01",
    "zeros": bytes(5000),
    "text": b"<html>404 Not Found</html>" * 20,
    "huge header": struct.pack("<Q", 2**62) + b"{}",
    "header no json": packed(b"{nonsense}"),
    "header no object": packed([1, 2]),
    "beyond the end": packed({"a": {"dtype": "F32", "shape": [1000], "data_offsets": [0, 4000]}}, bytes(8)),
    "a zip": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_refused_in_words(tmp_path, case, suffix, both):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(DAMAGED[case])
    with pytest.raises(InputError) as error:
        load_checkpoint(path)
    assert f"bad{suffix} is damaged or no checkpoint" in both(error)
    assert f"bad{suffix} 已损坏或不是检查点" in both(error)


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.5, 0.999])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_a_truncated_file_is_refused(tmp_path, saved, model, suffix, share):
    path = tmp_path / f"whole{suffix}"
    if suffix == ".pth":
        torch.save(model.state_dict(), path)
    else:
        path.write_bytes(saved.read_bytes())
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match="is damaged or no checkpoint"):
        load_checkpoint(path)


FACTS_AND_SPECS = {
    "spec no json": ({"spec": "{"}, "its description of the model cannot be read: The model spec is not valid JSON"),
    "spec faulty": ({"spec": '{"layers":[{"type":"Bad"}]}'}, 'cannot be read: There is no layer type "Bad"'),
    "spec no object": ({"spec": "[]"}, "must be a JSON object"),
    "spec of another model": ({"spec": PRESETS["MLP"].spec.to_text()}, "does not fit MLP: missing"),
    "facts no json": ({"facts": "{"}, "is damaged or no checkpoint"),
    "facts no object": ({"facts": "[1]"}, "is damaged or no checkpoint"),
    "facts very deep": ({"facts": "[" * 200_000}, "is damaged or no checkpoint"),
}


@pytest.mark.parametrize("case", FACTS_AND_SPECS)
def test_faulty_metadata_is_refused_in_words(tmp_path, model, case, both):
    metadata, english = FACTS_AND_SPECS[case]
    metadata = {"spec": SPEC.to_text(), **metadata}
    path = tmp_path / "odd.safetensors"
    path.write_bytes(save_safetensors(dict(model.state_dict()), metadata))
    with pytest.raises(InputError) as error:
        load_checkpoint(path)
    assert english in both(error)
    assert "odd.safetensors" in error.value.message("zh")


def test_foreign_safetensors_of_a_preset_are_recognised(tmp_path, both):
    state = build_model(PRESETS["MNISTNet"].spec).state_dict()
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(save_safetensors(dict(state)))
    assert load_checkpoint(path).spec == PRESETS["MNISTNet"].spec
    path.write_bytes(save_safetensors({"encoder.weight": torch.zeros(3)}))
    with pytest.raises(InputError, match=r"\(first: encoder.weight\) fit none of the models Fast, MNISTNet") as error:
        load_checkpoint(path)
    assert "都不匹配" in both(error)


def test_wrong_shapes_name_the_tensor(tmp_path, model, both):
    state = {**model.state_dict(), "fc.weight": torch.zeros(9, 784)}
    path = tmp_path / "wrong.pth"
    torch.save(state, path)
    with pytest.raises(InputError, match=r"fc.weight should have the shape \[10, 784\], the file has \[9, 784\]") as error:
        load_checkpoint(path, SPEC)
    assert "fc.weight 的形状应为 [10, 784],文件中是 [9, 784]" in both(error)


@pytest.mark.parametrize("value", [[1, 2], {}, {"fc.weight": 3}, torch.zeros(3), {"model": {"a": torch.zeros(1)}}])
def test_a_pth_that_is_no_state_dict(tmp_path, value, both):
    path = tmp_path / "other.pth"
    torch.save(value, path)
    with pytest.raises(InputError, match=r"other.pth is no state_dict.*torch.save\(model.state_dict\(\), …\)") as error:
        load_checkpoint(path)
    assert "不是 state_dict" in both(error)


class Hostile:
    """A pickle that makes a folder when it is loaded."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("how", ["torch", "pickle", "module"])
@pytest.mark.filterwarnings("ignore")
def test_code_in_a_pth_is_refused_and_not_run(tmp_path, how):
    marker, path = tmp_path / "ran", tmp_path / "hostile.pth"
    if how == "pickle":
        path.write_bytes(pickle.dumps({"fc.weight": Hostile(marker)}))
    elif how == "torch":
        torch.save({"fc.weight": Hostile(marker)}, path)
    else:
        torch.save(nn.Linear(2, 2), path)  # the whole module, a usual mistake
    with pytest.raises(InputError, match=r"Expected \.safetensors or a state_dict saved by torch\.save"):
        load_checkpoint(path)
    assert not marker.exists()
    if how != "module":
        pickle.loads(pickle.dumps(Hostile(marker)))
        assert marker.exists(), "the trap works"


def corrupted(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.randrange(1, 6)):
        place = source.randrange(min(len(data), source.choice([8, 300, len(data)])))
        changed[place] = source.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.long)])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.filterwarnings("ignore")
def test_random_damage_is_always_explained(tmp_path, saved, model, suffix, count):
    path = tmp_path / f"damaged{suffix}"
    torch.save(model.state_dict(), path)
    whole = saved.read_bytes() if suffix == ".safetensors" else path.read_bytes()
    source, refused = random.Random(count), 0
    for _ in range(count):
        path.write_bytes(corrupted(whole, source))
        with contextlib.suppress(PlaygroundError):
            refused += 1
            load_checkpoint(path, SPEC).build()
            refused -= 1
    assert refused > count / 10


@contextlib.contextmanager
def limited_files(size: int):
    """No file can grow beyond `size` bytes: a disk that is full, for this process."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 1, 4096, 30_000])
def test_a_full_disk_leaves_the_old_checkpoint(saved, model, size, both):
    before = saved.read_bytes()
    assert len(before) > 30_000
    with limited_files(size), pytest.raises(RuntimeFailure) as error:
        save_checkpoint(saved, model, SPEC, {})
    assert "best.safetensors could not be written: File too large. Free some space" in both(error)
    assert "无法写入 best.safetensors" in both(error)
    assert saved.read_bytes() == before
    assert files(saved.parent) == ["best.safetensors"]


def test_a_full_disk_while_torch_saves(saved, tmp_path):
    checkpoint = load_checkpoint(saved)
    with limited_files(4096), pytest.raises(RuntimeFailure, match=r"a\.pth could not be written: File too large"):
        save_state_dict(tmp_path / "a.pth", checkpoint)
    assert files(tmp_path) == ["best.safetensors"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_no_space_left_on_the_device(saved, model, monkeypatch, both):
    before = saved.read_bytes()
    make = tempfile.NamedTemporaryFile

    def full(**options):
        file = make(**options)
        os.dup2(os.open("/dev/full", os.O_WRONLY), file.fileno())
        return file

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    with pytest.raises(RuntimeFailure, match="No space left on device") as error:
        save_checkpoint(saved, model, SPEC, {})
    assert "请释放磁盘空间" in both(error)
    assert saved.read_bytes() == before
    assert files(saved.parent) == ["best.safetensors"]


def test_an_error_while_writing_leaves_nothing(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": "中文"})

    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, interrupted)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "中文"}
    assert files(tmp_path) == ["a.json"]


def test_a_folder_that_cannot_be_made(tmp_path, model):
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeFailure, match=r"a\.safetensors could not be written: "):
        save_checkpoint(tmp_path / "file" / "a.safetensors", model, ModelSpec("a"), {})
