"""A learner's own images: a zip is read, refused or kept, and trained on."""

from __future__ import annotations

import base64
import io
import json
import os
import stat
import struct
import threading
import time
import zipfile

import numpy as np
import pytest
import torch
from zips import digit_files, png, zipped

from playground.data import DATASETS, find_dataset, load_images
from playground.data.datasets import FACTS, own_home
from playground.data.own.archive import list_files, open_archive
from playground.data.own.images import read_zip, shrink
from playground.data.own.kept import UNCLAIMED_MOST, KeptImages
from playground.errors import InputError, LimitError, NotFoundError, PlaygroundError, RefusedError
from playground.training.config import resolve_config
from playground.training.loop import train
from playground.training.script import write_script


def read(files: dict[str, bytes] | bytes, way: str = "digits", most: int = 500):
    return read_zip(files if isinstance(files, bytes) else zipped(files), "my.zip", way, most)


# ---- what is read
def test_a_zip_of_digits_becomes_a_data_set():
    found = read(digit_files(12, root="my digits/"))
    data = load_images("MNIST")
    assert found.class_names == ["0", "1", "7"]
    assert len(found.train_labels) == 30 and len(found.test_labels) == 6
    assert [int((found.test_labels == label).sum()) for label in range(3)] == [2, 2, 2]
    assert found.train_images.dtype == np.uint8 and found.train_images.shape[1:] == (28, 28)
    # One of 28×28 on black comes through as it is.
    sevens = data.train_images[data.train_labels == 7][:12]
    known = {image.tobytes() for image in np.concatenate([found.train_images, found.test_images])}
    assert all(sevens[place].tobytes() in known for place in (0, 1, 3, 4))
    assert found.sizes == ["28×28", "101×70"]


def test_dark_ink_on_paper_becomes_light_on_black():
    seven = load_images("MNIST").train_images[15]
    large = torch.nn.functional.interpolate(
        torch.from_numpy(255 - seven)[None, None].float(), size=(120, 120), mode="bilinear"
    )
    made = shrink(large[0, 0].numpy(), "digits").astype(float)
    assert made[0].max() == 0 and made.max() > 200
    correlation = np.corrcoef(made.ravel(), seven.ravel().astype(float))[0, 1]
    assert correlation > 0.8


def test_a_picture_is_shrunk_as_a_whole():
    picture = np.tile(np.linspace(0, 255, 56, dtype=np.float32), (28, 1))  # twice as wide as high
    made = shrink(picture, "whole")
    assert made[:7].max() == 0 and made[21:].max() == 0, "bars above and below"
    assert made[14, 0] < 10 and made[14, 27] > 245


def test_folders_for_training_and_test_are_followed():
    files = {f"set/train/{name}": content for name, content in digit_files(6).items()}
    files |= {f"set/test/{name}": content for name, content in digit_files(2, root="").items()}
    found = read(files)
    assert found.said_split and len(found.train_labels) == 18 and len(found.test_labels) == 6


def test_numbered_classes_come_in_the_order_of_numbers():
    files = {
        f"{label}/{place}.png": png(load_images("MNIST").train_images[place]) for label in (10, 9, 2) for place in range(5)
    }
    assert read(files).class_names == ["2", "9", "10"]


def test_what_is_no_image_is_left_out_and_told(both):
    files = digit_files(8)
    whole = files["0/0.png"]
    files |= {
        "0/notes.txt": b"hello",
        "1/cut.png": whole[: len(whole) // 2],
        "__MACOSX/0/._0.png": b"x",
        "0/.DS_Store": b"x",
    }
    found = read(files)
    assert {one["path"] for one in found.skipped} == {"0/notes.txt", "1/cut.png"}
    assert len(found.train_labels) + len(found.test_labels) == 24
    assert all(both(one["reason"]) for one in found.skipped)


def test_a_file_that_is_damaged_in_the_zip_is_left_out():
    data = bytearray(zipped(digit_files(8), zipfile.ZIP_STORED))
    place = data.find(b"IDAT") + 6
    data[place : place + 8] = b"\0" * 8  # the checksum of the entry is wrong now
    found = read(bytes(data))
    assert len(found.skipped) == 1 and found.skipped[0]["reason"].key == "own.damaged"


# ---- what is refused
@pytest.mark.parametrize(
    "path",
    ["../evil/1.png", "/etc/0/1.png", "0/../../1.png", "C:/0/1.png", "..\\evil\\1.png", "0\\..\\..\\1.png", "\\0\\1.png"],
)
def test_a_path_that_leads_out_is_refused(path, both):
    files = digit_files(6)
    with pytest.raises(RefusedError) as error:
        read({**files, path: b"x"})
    assert error.value.key == "own.path" and "cats/1.png" in both(error)


def changed(change) -> bytes:
    """A zip with one more entry whose header says something special."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in digit_files(6).items():
            archive.writestr(path, content)
        entry = zipfile.ZipInfo("0/x.png")
        change(entry)
        archive.writestr(entry, b"/etc/passwd")
    return buffer.getvalue()


def test_a_link_is_refused():
    def link(entry):
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(RefusedError) as error:
        read(changed(link))
    assert error.value.key == "own.link"


def test_a_password_is_refused():
    data = bytearray(zipped(digit_files(6)))
    place = data.find(b"PK\x01\x02")
    data[place + 8 : place + 10] = struct.pack("<H", 1)
    with pytest.raises(RefusedError) as error:
        read(bytes(data))
    assert error.value.key == "own.encrypted"


def test_a_zip_in_the_zip_is_refused():
    with pytest.raises(RefusedError) as error:
        read({**digit_files(6), "0/more.zip": zipped(digit_files(2))})
    assert error.value.key == "own.nested"


def test_a_bomb_is_refused_before_it_is_unpacked():
    data = zipped({f"{label}/{place}.png": b"\0" * 11_000_000 for label in range(2) for place in range(6)})
    assert len(data) < 200_000
    begun = time.perf_counter()
    with pytest.raises(LimitError) as error:
        read(data)
    assert error.value.key == "own.bomb" and time.perf_counter() - begun < 0.5


def test_a_zip_that_says_less_than_it_holds():
    """The header says 100 bytes: no more than that is ever read, and the file counts as damaged."""
    data = bytearray(zipped({**digit_files(6), "0/z.png": b"\0" * 5_000_000}))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 100)
    assert [one["path"] for one in read(bytes(data)).skipped] == ["0/z.png"]


def test_an_image_of_huge_size_is_left_out():
    """A PNG of 20,000 × 20,000 pixels is never decoded."""
    head = (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + b"IHDR"
        + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
        + b"\0" * 4
    )
    found = read({**digit_files(6), "0/huge.png": head})
    assert [one["path"] for one in found.skipped] == ["0/huge.png"]


@pytest.mark.parametrize(
    ("files", "key"),
    [
        (b"", "own.empty"),
        (b"PK\x03\x04 not really", "own.not_zip"),
        (b"hello", "own.not_zip"),
        ({}, "own.no_images"),
        ({"1.png": b"x"}, "own.no_folder"),
        ({"0/a.txt": b"x", "1/b.txt": b"y"}, "own.no_images"),
    ],
)
def test_what_is_no_zip_of_images(files, key, both):
    with pytest.raises(InputError) as error:
        read(files)
    assert error.value.key == key and both(error)


def test_too_few_and_too_many_classes_and_images():
    with pytest.raises(InputError) as error:
        read(digit_files(6, (3,)))
    assert error.value.key == "own.classes"
    image = png(load_images("MNIST").train_images[0])
    with pytest.raises(InputError) as error:
        read({f"class {label}/{place}.png": image for label in range(11) for place in range(5)})
    assert error.value.key == "own.classes" and "11" in error.value.message()
    with pytest.raises(InputError) as error:
        read(digit_files(6) | {f"8/{place}.png": image for place in range(4)})
    assert error.value.key == "own.few" and "8" in error.value.message()
    with pytest.raises(LimitError) as error:
        read(digit_files(20), most=50)
    assert error.value.key == "own.many"
    with pytest.raises(InputError) as error:
        read({f"train/{name}": content for name, content in digit_files(6).items()} | {"test/0/a.png": image})
    assert error.value.key == "own.split_empty"


def test_the_listing_reads_nothing():
    data = zipped(digit_files(3))
    with open_archive(data, "x") as archive:
        files = list_files(archive, len(data), 100)
    assert [file.label for file in files] == ["0"] * 3 + ["1"] * 3 + ["7"] * 3


# ---- what is kept
def arrays(count: int = 10) -> dict[str, np.ndarray]:
    images = load_images("MNIST").train_images[: 2 * count]
    labels = (np.arange(2 * count) % 2).astype(np.uint8)
    return {
        "train_images": images[:count],
        "train_labels": labels[:count],
        "test_images": images[count:],
        "test_labels": labels[count:],
    }


def test_what_is_kept_comes_back():
    kept, given = KeptImages(10, 3, 1000), arrays()
    dataset = kept.keep(given, ["cat", "dog"], "pets")
    found = load_images(dataset.name)
    assert all(np.array_equal(getattr(found, name), array) for name, array in given.items())
    assert found.dataset.class_names == ("cat", "dog") and found.dataset.output_names()[2:] == ("–",) * 8
    assert found.dataset.mean == pytest.approx(given["train_images"].mean() / 255, abs=1e-4)
    assert kept.of_visitor("anna") == []
    kept.claim(dataset.name, "anna")
    assert [one.title for one in kept.of_visitor("anna")] == ["pets"] and kept.of_visitor("berta") == []
    assert kept.remove(dataset.name) and not kept.remove(dataset.name)
    with pytest.raises(NotFoundError):
        find_dataset(dataset.name)


def test_quotas_and_age():
    kept = KeptImages(4, 2, 1000)
    names = []
    for number in range(3):
        names.append(kept.keep(arrays(), ["a", "b"], str(number)).name)
        kept.claim(names[-1], "anna")
        time.sleep(0.01)
    assert [one.title for one in kept.of_visitor("anna")] == ["2", "1"], "the oldest went"
    for number in range(4):
        kept.keep(arrays(), ["a", "b"], f"other {number}")
    assert len(list(own_home().glob("own-*"))) == 4
    old = own_home() / kept.keep(arrays(), ["a", "b"], "old").name / FACTS
    old.write_text(json.dumps({**json.loads(old.read_text()), "created": time.time() - 2000}))
    half = own_home() / ".partial-x"
    half.mkdir()
    os.utime(half, (0, 0))
    kept.prune()
    assert not old.exists() and not half.exists()


@pytest.mark.parametrize("name", ["own-" + "0" * 32, "own-../../etc", None, 3, "MNIST"])
def test_an_id_that_is_none(name):
    kept = KeptImages(4, 2, 1000)
    with pytest.raises(NotFoundError):
        kept.claim(name, "anna")
    assert kept.remove(name) is False


# ---- trained on
def test_a_run_on_ones_own_images(limits, tmp_path, restored_torch):
    """Through the config, the loop and the script: the same losses from the file that is taken away."""
    found = read(digit_files(40))
    kept = KeptImages(4, 2, 1000)
    given = {name: getattr(found, name) for name in ("train_images", "train_labels", "test_images", "test_labels")}
    dataset = kept.keep(given, found.class_names, "mine")
    wish = {"recipe": "Custom", "model": "MLP", "dataset": dataset.name, "epochs": 3, "batch_size": 16, "threads": 1}
    config = resolve_config({**wish, "precision": "fp32", "augment": "none"}, limits)
    assert config.train_size == 96
    events = list(train(config, tmp_path / "run"))
    last = [event for event in events if event.type == "epoch"][-1]
    assert last.test_accuracy > 0.9
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert np.sum(evaluation["confusion"]) == len(found.test_labels)
    with pytest.raises(InputError) as error:
        resolve_config({**wish, "train_size": 97}, limits)
    assert "mine" in error.value.message() and "96" in error.value.message()
    losses = [event.loss for event in events if event.type == "step"]
    assert_script_agrees(write_script(config), given, tmp_path, losses)


def assert_script_agrees(script: str, given: dict[str, np.ndarray], folder, losses: list[float]) -> None:
    np.savez_compressed(folder / "own_images.npz", **given)
    before, seen, backward = os.getcwd(), [], torch.Tensor.backward

    def record(self, *arguments, **options):
        seen.append(self.item())
        return backward(self, *arguments, **options)

    os.chdir(folder)
    torch.Tensor.backward = record
    try:
        exec(compile(script, "train.py", "exec"), {"__name__": "__main__"})
    finally:
        torch.Tensor.backward = backward
        os.chdir(before)
    assert seen == pytest.approx(losses, rel=1e-5)


def test_what_nobody_claims_pushes_out_nothing_of_a_visitor(home):
    kept = KeptImages(60, 5, 1000)
    mine = kept.claim(kept.keep(arrays(), ["a", "b"], "mine").name, "anna")
    left = [kept.keep(arrays(), ["a", "b"], "left").name for _ in range(UNCLAIMED_MOST + 55)]
    assert [dataset.name for dataset in kept.of_visitor("anna")] == [mine.name]
    assert sorted(path.name for path in own_home().glob("own-*")) == sorted([mine.name, *left[-UNCLAIMED_MOST:]])


def test_a_model_with_other_outputs_is_explained(limits):
    dataset = KeptImages(4, 2, 1000).keep(arrays(), ["a", "b"], "mine")
    model = '{"name":"two","layers":[{"type":"Flatten"},{"type":"Linear","arguments":{"out_features":2}}]}'
    with pytest.raises(PlaygroundError) as error:
        resolve_config({"recipe": "Custom", "model": model, "dataset": dataset.name}, limits)
    assert "10" in error.value.message()


def test_the_service_reads_in_a_confined_child_and_trains(services):
    found = services.own_datasets.bring(zipped(digit_files(20)), "digits.zip", "digits", "someone", "en")
    assert (found["title"], found["train"], found["test"], found["skipped_count"]) == ("digits", 48, 12, 0)
    services.own_datasets.kept.claim(found["dataset"], "anna")
    taken = services.own_datasets.take(found["dataset"])
    with np.load(io.BytesIO(base64.b64decode(taken["data"]))) as stored:
        assert np.array_equal(stored["train_images"], load_images(found["dataset"]).train_images)
    shown = services.explorer.show_page({"dataset": found["dataset"], "train_size": 48}, "train", [], 0)
    assert shown["total"] == 48 and shown["class_names"] == ["0", "1", "7"] and shown["dataset"] == "digits"
    wish = {"recipe": "Custom", "model": "MLP", "dataset": found["dataset"], "epochs": 3, "batch_size": 16, "threads": 1}
    run = services.training.start({**wish, "precision": "fp32"}, "anna", attended=False)
    end = time.monotonic() + 60
    while not run.log.ended and time.monotonic() < end:
        threading.Event().wait(0.05)
    assert run.log.last["type"] == "done", run.log.last
    assert services.trained.evaluate(run.id)["accuracy"] > 0.5
    assert services.reports.read(run.id)["class_names"][:4] == ["0", "1", "7", "–"]


def test_the_service_tells_what_is_wrong(services, both):
    for data, way, word in (
        (zipped({**digit_files(6), "../../x/1.png": b"x"}), "digits", "leads out"),
        (b"nothing", "digits", "no zip"),
        (zipped(digit_files(6)), "sideways", "whole"),
    ):
        with pytest.raises(PlaygroundError) as error:
            services.own_datasets.bring(data, "x.zip", way, "someone", "en")
        assert word in both(error)
    with pytest.raises(LimitError):
        services.own_datasets.bring(b"0" * (services.limits.images_bytes + 1), "x.zip", "digits", "someone", "en")
    assert "MNIST" in DATASETS
