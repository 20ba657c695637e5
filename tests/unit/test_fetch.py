"""Fetching a data set, from a small server on the loopback address instead of the real ones."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torchvision

from playground.data import DATASETS, fetch, fetch_dataset, is_present, load_images
from playground.data.datasets import file_name
from playground.errors import RuntimeFailure

DOWNLOADED = [name for name, dataset in DATASETS.items() if not dataset.embedded]
SPLITS = ("train_images", "train_labels", "test_images", "test_labels")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(fetch, "POLL_SECONDS", 0.01)
    load_images.cache_clear()
    yield
    load_images.cache_clear()


@pytest.fixture
def serve(loopback, tiny_data, monkeypatch):
    """Makes torchvision fetch a tiny data set of that name from the loopback server; gives its `Dataset`."""

    def patched(name: str):
        source = getattr(torchvision.datasets, name)
        if name == "EMNIST":
            loopback.files = {"/gzip.zip": tiny_data.zip}
            monkeypatch.setattr(source, "url", f"{loopback.url}/gzip.zip")
            monkeypatch.setattr(source, "md5", None)
        else:
            loopback.files = {f"/{file}": data for file, data in tiny_data.packed.items()}
            monkeypatch.setattr(source, "mirrors", [f"{loopback.url}/"])
            monkeypatch.setattr(source, "resources", [(file, tiny_data.md5(file)) for file in tiny_data.packed])
        return replace(DATASETS[name], download_bytes=sum(len(data) for data in loopback.files.values()))

    return patched


def left_behind(home) -> list[str]:
    folder = home / "data"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("name", DOWNLOADED)
def test_a_data_set_arrives_whole(name, serve, home, tiny_data):
    dataset = serve(name)
    assert not is_present(dataset)
    shares = list(fetch_dataset(dataset))
    assert shares[-1] == 1.0
    assert all(0 <= one <= other <= 1 for one, other in itertools.pairwise(shares))
    assert left_behind(home) == [name]
    assert len(list((home / "data" / name).iterdir())) == 4
    assert is_present(dataset)
    images = load_images(name)
    for split in SPLITS:
        expected = tiny_data.arrays[split]
        if name == "EMNIST" and split.endswith("images"):
            expected = expected.transpose(0, 2, 1)
        assert np.array_equal(getattr(images, split), expected)


def test_what_is_there_is_not_fetched_again(serve, loopback):
    dataset = serve("KMNIST")
    list(fetch_dataset(dataset))
    loopback.asked.clear()
    assert list(fetch_dataset(dataset)) == []
    assert loopback.asked == []


def test_an_incomplete_folder_is_replaced(serve, home):
    dataset = serve("KMNIST")
    dataset.folder().mkdir(parents=True)
    (dataset.folder() / file_name(dataset, "train", "images")).write_bytes(b"old")
    list(fetch_dataset(dataset))
    assert load_images("KMNIST").train_images.shape == (60, 28, 28)


def test_the_file_names_of_emnist():
    dataset = DATASETS["EMNIST"]
    assert file_name(dataset, "test", "labels") == "emnist-digits-test-labels-idx1-ubyte"
    assert file_name(DATASETS["MNIST"], "test", "labels") == "t10k-labels-idx1-ubyte"


def assert_refused(dataset, home, both, *english: str) -> None:
    with pytest.raises(RuntimeFailure) as error:
        list(fetch_dataset(dataset))
    for words in (
        f"{dataset.name} (",
        "could not be downloaded",
        "Check the network and try again, or use MNIST",
        *english,
    ):
        assert words in both(error)
    assert f"无法下载 {dataset.name}" in both(error)
    assert "127.0.0.1" in both(error) or english
    assert left_behind(home) == []
    assert not is_present(dataset)


@pytest.mark.parametrize("name", ["FashionMNIST", "EMNIST"])
def test_a_wrong_checksum(name, serve, home, both, monkeypatch, tiny_data):
    dataset = serve(name)
    source = getattr(torchvision.datasets, name)
    monkeypatch.setattr(source, "md5", "0" * 32, raising=False)
    monkeypatch.setattr(source, "resources", [(file, "0" * 32) for file in tiny_data.packed])
    assert_refused(dataset, home, both, "File not found or corrupted")


@pytest.mark.parametrize("name", ["FashionMNIST", "EMNIST"])
def test_a_page_that_is_gone(name, serve, home, loopback, both):
    dataset = serve(name)
    loopback.fault = "404"
    assert_refused(dataset, home, both, "HTTP Error 404")


@pytest.mark.parametrize("name", ["FashionMNIST", "EMNIST"])
def test_no_network(name, serve, home, monkeypatch, both):
    dataset = serve(name)
    source = getattr(torchvision.datasets, name)
    monkeypatch.setattr(source, "mirrors", ["http://127.0.0.1:9/"])
    monkeypatch.setattr(source, "url", "http://127.0.0.1:9/gzip.zip", raising=False)
    assert_refused(dataset, home, both, "Connection refused")


@pytest.mark.parametrize("name", ["FashionMNIST", "EMNIST"])
def test_a_server_that_dies_in_the_middle(name, serve, home, loopback, both, monkeypatch, tiny_data):
    dataset = serve(name)
    if name == "EMNIST":
        monkeypatch.setattr(torchvision.datasets.EMNIST, "md5", "0" * 32)
    loopback.fault = "half"
    assert_refused(dataset, home, both, "corrupted")


def test_a_server_that_says_nothing(serve, home, loopback, both, monkeypatch):
    dataset = serve("KMNIST")
    monkeypatch.setattr(fetch, "NETWORK_TIMEOUT_SECONDS", 0.2)
    loopback.fault = "hang"
    assert_refused(dataset, home, both, "timed out")


def test_a_broken_zip(serve, home, loopback, both):
    dataset = serve("EMNIST")
    loopback.files["/gzip.zip"] = b"PK no zip at all"
    assert_refused(dataset, home, both, "not a zip file")


def test_a_zip_without_the_files(serve, home, loopback, both, tiny_data):
    """torchvision looks only for the training files: a missing test file must not pass for a success."""
    import io
    import zipfile

    dataset = serve("EMNIST")
    small = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(tiny_data.zip)) as whole, zipfile.ZipFile(small, "w") as file:
        for name in whole.namelist():
            if "-train-" in name:
                file.writestr(name, whole.read(name))
    loopback.files["/gzip.zip"] = small.getvalue()
    assert_refused(dataset, home, both, "emnist-digits-test-images")


def test_a_home_that_cannot_be_written(serve, home, both):
    dataset = serve("KMNIST")
    home.write_text("a file where the folder should be")
    with pytest.raises(RuntimeFailure, match="KMNIST could not be written") as error:
        list(fetch_dataset(dataset))
    assert "无法写入 KMNIST" in both(error)


def test_a_full_disk_is_called_so(serve, home, both):
    resource = pytest.importorskip("resource")
    dataset = serve("KMNIST")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        with pytest.raises(RuntimeFailure, match=r"KMNIST could not be written: File too large\. Free some space") as error:
            list(fetch_dataset(dataset))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "请释放磁盘空间" in both(error)
    assert left_behind(home) == []


def test_a_download_that_is_given_up_leaves_nothing(serve, home, loopback):
    dataset = serve("KMNIST")
    loopback.fault = "hang"
    download = fetch_dataset(dataset)
    assert next(download) == 0
    assert len(left_behind(home)) == 1
    download.close()
    assert left_behind(home) == []


def test_only_what_a_dead_process_left_is_removed(serve, home):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    dead, alive = f".partial-{int(ended.stdout)}-abc", f".partial-{os.getpid()}-abc"
    for name in (dead, alive, ".partial-odd", "FashionMNIST"):
        (home / "data" / name).mkdir(parents=True)
        (home / "data" / name / "half.gz").write_bytes(b"1")
    list(fetch_dataset(serve("KMNIST")))
    assert left_behind(home) == [alive, "FashionMNIST", "KMNIST"]
