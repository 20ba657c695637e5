"""The DataLoader that is measured: its settings, its workers' lives, its reasons, its script."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from playground.data import load_images
from playground.data.datasets import DATASETS
from playground.data.explorer import loader_script
from playground.data.explorer.loader_measure import make_dataset
from playground.data.explorer.loader_reason import explain
from playground.data.explorer.loader_script import write_loader_script
from playground.data.explorer.loader_settings import LoaderSettings, read_loader, workers_most
from playground.data.explorer.splits import read_wish
from playground.errors import InputError, NotFoundError
from playground.services import Services

SECONDS = 40.0


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    from playground.limits import read_limits

    services = Services(read_limits(public=False, environment={}), tmp_path_factory.mktemp("server"))
    services.jobs.warm_up()
    yield services
    services.close()


def until(condition, what: str):
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
    return found


def children(parent: int) -> set[int]:
    """Process ids whose parent is that one, zombies left out."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, ppid = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if int(ppid) == parent and state != "Z":
                    found.add(int(entry.name))
    return found


def alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def measured(services, wish: dict, settings: dict | None = None) -> dict:
    started = services.loaders.start(settings or {"train_size": 1000}, wish, "anna")
    shown = until(lambda: (f := services.loaders.follow(started, "en"))["state"] in ("done", "stopped") and f, "the end")
    assert shown["state"] == "done"
    return shown["result"]


def test_a_measurement_with_workers(services):
    """Real workers: more processes while it goes, none afterwards; the sizes of the batches add up."""
    started = services.loaders.start({"train_size": 1000}, {"num_workers": 2, "batch_size": 64, "work": "augment"}, "anna")
    job = services.jobs.find(started)
    seen = until(lambda: job.process is not None and children(job.process.pid), "workers")
    shown = until(lambda: (f := services.loaders.follow(started, "en"))["state"] == "done" and f, "the end")
    result = shown["result"]
    until(lambda: not any(alive(process) for process in seen), "the workers' end")
    rows = {row["name"]: row for row in result["rows"]}
    assert list(rows) == ["chosen", "none", "memory"] and rows["chosen"]["workers"] == 2
    assert (result["count"], result["batches"], result["last_batch"]) == (1000, 16, 40)
    for row in rows.values():
        assert row["images_per_second"] > 0 and 0 < row["first_seconds"] < row["epoch_seconds"]
    assert rows["memory"]["images_per_second"] > rows["none"]["images_per_second"], "one image at a time is slow"
    assert any("num_workers=2" in sentence for sentence in result["reason"])


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_no_worker_is_left_behind(services, end):
    started = services.loaders.start({}, {"num_workers": 3, "persistent_workers": True}, "anna")
    job = services.jobs.find(started)
    workers = until(
        lambda: job.process is not None and len(children(job.process.pid)) == 3 and children(job.process.pid), "3"
    )
    if end == "stop":
        assert services.loaders.stop(started)
        until(lambda: services.loaders.follow(started, "en")["state"] == "stopped", "its end")
    else:
        job.process.kill()
    end_of_waiting = time.monotonic() + 3
    while any(alive(process) for process in workers) and time.monotonic() < end_of_waiting:
        time.sleep(0.05)
    assert not any(alive(process) for process in workers)
    until(lambda: services.jobs.find(started) is None, "the job's end")


def test_drop_last_and_a_batch_that_is_too_large(services):
    result = measured(services, {"num_workers": 0, "batch_size": 300, "drop_last": True})
    assert (result["batches"], result["last_batch"], result["left_out"]) == (3, 300, 100)
    assert any("100 images" in sentence for sentence in result["reason"])
    none = measured(services, {"num_workers": 0, "batch_size": 2000, "drop_last": True})
    assert none["batches"] == 0 and "Nothing would be trained" in none["reason"][0]


def test_what_pytorch_warns_of_is_told(services):
    result = measured(services, {"num_workers": 0, "pin_memory": True}, {"train_size": 200})
    assert any("pin_memory" in note for note in result["notes"])
    assert any("no GPU" in sentence for sentence in result["reason"])


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"num_workers": -1}, "num_workers"),
        ({"num_workers": 1000}, str(workers_most())),
        ({"num_workers": 1.5}, "1.5"),
        ({"num_workers": True}, "True"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": float("nan")}, "batch_size"),
        ({"batch_size": "64"}, "64"),
        ({"prefetch_factor": 0}, "prefetch_factor"),
        ({"shuffle": "yes"}, "shuffle"),
        ({"collate": "mine"}, "whole_batch"),
        ({"num_workers": 0, "persistent_workers": True}, "num_workers"),
        ({"collate": "whole_batch", "work": "augment"}, "normalise"),
        ({"sampler": 1}, "sampler"),
    ],
)
def test_settings_that_cannot_be(wish, word, both):
    with pytest.raises(InputError) as error:
        read_loader(wish)
    assert word in both(error)


def test_a_measurement_that_is_not_there(services):
    for unknown in ("x", None, 3):
        with pytest.raises(NotFoundError):
            services.loaders.follow(unknown, "en")


@pytest.mark.parametrize("collate", ["default", "whole_batch"])
def test_both_ways_give_the_batch_that_training_sees(collate):
    data = load_images("MNIST")
    dataset, join = make_dataset(
        data.train_images[:50], data.train_labels[:50], LoaderSettings(collate=collate), 0.1307, 0.3081
    )
    images, labels = next(iter(DataLoader(dataset, batch_size=50, collate_fn=join)))
    expected = (torch.from_numpy(data.train_images[:50])[:, None].float() / 255 - 0.1307) / 0.3081
    assert torch.allclose(images, expected, atol=1e-6) and labels.tolist() == data.train_labels[:50].tolist()


def result_of(chosen: float, none: float, memory: float, workers: int = 2, cores: int = 2) -> dict:
    row = {"first_seconds": 0.01, "again_seconds": 0.02}
    rows = [
        {**row, "name": "chosen", "workers": workers, "images_per_second": chosen, "first_seconds": 0.11},
        {**row, "name": "none", "workers": 0, "images_per_second": none},
        {**row, "name": "memory", "workers": 0, "images_per_second": memory},
    ]
    result = {"rows": rows, "item_seconds": 1e-4, "collate_seconds": 1e-3, "count": 1000, "batches": 16, "left_out": 0}
    return {**result, "cores": cores, "settings": LoaderSettings(num_workers=workers).to_json()}


@pytest.mark.parametrize(
    ("chosen", "expected"), [(2000, "loader.workers_help"), (500, "loader.workers_hurt"), (1030, "loader.workers_same")]
)
def test_the_reason_follows_the_numbers(chosen, expected):
    told = {one["key"]: one["values"] for one in explain(result_of(chosen, 1000, 9000), accelerator=False)}
    assert {key for key in told if key.startswith("loader.workers")} == {expected}
    assert told["loader.memory_faster"]["ratio"] == f"{9000 / chosen:.3g}"
    if expected == "loader.workers_help":  # 0.1 s of start, 0.5 ms saved on each image
        assert told["loader.break_even"]["images"] == "200"
    assert "loader.too_many" not in told
    assert "loader.too_many" in {one["key"] for one in explain(result_of(chosen, 1000, 9000, 5), accelerator=False)}


@pytest.mark.parametrize(
    "wish", [{"num_workers": 0}, {"num_workers": 2, "work": "augment"}, {"num_workers": 0, "collate": "whole_batch"}]
)
def test_the_script_runs_alone(monkeypatch, wish):
    split, data = read_wish({"train_size": 500, "seed": 4}), load_images("MNIST")
    # The whole epoch, however busy the machine is.
    monkeypatch.setattr(loader_script, "SECONDS", 60.0)
    script = write_loader_script(DATASETS["MNIST"], split, 60_000, read_loader(wish))

    class Stored:
        def __init__(self, root, train, download):
            self.data, self.targets = torch.from_numpy(data.train_images), torch.from_numpy(data.train_labels).long()

    monkeypatch.setattr("torchvision.datasets.MNIST", Stored)
    scope: dict = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "loader.py", "exec"), scope)
    assert "playground" not in script
    assert "8 batches an epoch" in printed.getvalue() and "images per second" in printed.getvalue()
    assert sum(scope["found"]["sizes"]) == 500
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(4))[:500]
    assert np.array_equal(scope["dataset"].labels, data.train_labels[order.numpy()])
