"""What all tests share: a home of their own, few threads, tiny networks and data, a server on the loopback address."""

from __future__ import annotations

import gc
import gzip
import hashlib
import io
import itertools
import os
import socket
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Most tests compare bit for bit, which a GPU does not give: `make test-gpu` runs those that are made for one.
if "PLAYGROUND_TEST_GPU" not in os.environ:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import pytest
from loopback import idx_bytes, serve_files

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# The server that the tests of the API and of the page share.
pytest_plugins = ["live_server"]

# One strided convolution, BatchNorm and Dropout: everything that can differ between two runs, in 800 parameters.
TINY_MODEL = (
    '{"name":"Tiny","layers":['
    '{"type":"Conv2d","name":"conv","arguments":{"in_channels":1,"out_channels":4,"kernel_size":4,"stride":4}},'
    '{"type":"BatchNorm2d","arguments":{"num_features":4}},{"type":"ReLU"},{"type":"Dropout","arguments":{"p":0.2}},'
    '{"type":"Flatten"},{"type":"Linear","name":"head","arguments":{"in_features":196,"out_features":10}}]}'
)


@pytest.fixture(scope="session", autouse=True)
def _session_home(tmp_path_factory):
    """Before any other fixture: a fork server that a module starts must not see the developer's own home."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_HOME", str(home))
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        yield


HOMES = itertools.count()


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch) -> Path:
    """The PLAYGROUND_HOME of one test; it does not exist yet: a folder for each of thousands of tests takes its time."""
    folder = tmp_path_factory.getbasetemp() / f"home-{next(HOMES)}"
    monkeypatch.setenv("PLAYGROUND_HOME", str(folder))
    return folder


@pytest.fixture
def limits():
    """The caps of local mode, whatever the environment says."""
    from playground.limits import read_limits

    return read_limits(public=False, environment={})


@pytest.fixture
def tiny_model() -> str:
    return TINY_MODEL


@pytest.fixture
def make_config(limits):
    """A small complete config: 256 images, one thread, fp32; keyword arguments change it."""
    from playground.training.config import resolve_config

    small = {"model": TINY_MODEL, "train_size": 256, "batch_size": 64, "epochs": 1, "precision": "fp32", "threads": 1}
    return lambda **wish: resolve_config({**small, "recipe": "Custom", **wish}, limits, check_code=lambda spec: None)


@pytest.fixture
def restored_torch():
    """Puts back what a training run changes in the process: threads, the global generator."""
    import torch

    threads, state = torch.get_num_threads(), torch.get_rng_state()
    yield
    torch.set_num_threads(threads)
    torch.set_rng_state(state)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """A backend with its children, for a module that needs no other caps."""
    from playground.limits import read_limits
    from playground.services import Services

    limits = replace(read_limits(public=False, environment={}), stop_grace_seconds=2.0)
    backend = Services(limits, tmp_path_factory.mktemp("server"))
    backend.jobs.warm_up()
    yield backend
    backend.close()


@pytest.fixture
def loopback():
    timeout = socket.getdefaulttimeout()
    with serve_files() as page:
        yield page
    socket.setdefaulttimeout(timeout)  # a download sets it for the whole process


@dataclass(frozen=True)
class TinyData:
    """A data set of a few random images: its arrays, and its files as a server would hold them."""

    arrays: dict[str, np.ndarray]
    packed: dict[str, bytes]
    zip: bytes

    def md5(self, name: str) -> str:
        return hashlib.md5(self.packed[name]).hexdigest()


@pytest.fixture(scope="session")
def tiny_data() -> TinyData:
    """60 training and 20 test images with the ten labels in turn; file names as MNIST's, and EMNIST's in the zip."""
    random = np.random.default_rng(7)
    arrays: dict[str, np.ndarray] = {}
    packed: dict[str, bytes] = {}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for split, name, emnist, count in (("train", "train", "train", 60), ("test", "t10k", "test", 20)):
            arrays[f"{split}_images"] = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            arrays[f"{split}_labels"] = (np.arange(count) % 10).astype(np.uint8)
            for what, dimensions in (("images", 3), ("labels", 1)):
                data = gzip.compress(idx_bytes(arrays[f"{split}_{what}"]), 1)
                packed[f"{name}-{what}-idx{dimensions}-ubyte.gz"] = data
                file.writestr(f"gzip/emnist-digits-{emnist}-{what}-idx{dimensions}-ubyte.gz", data)
    return TinyData(arrays, packed, archive.getvalue())


HALF_WIDTH = str.maketrans("：，；！？（）“”", ':,;!?()""')


@pytest.fixture
def both():
    """Both texts of an error, to look for the words that a learner reads in either language; punctuation in half width."""

    def texts(error: Any) -> str:
        error = error.value if hasattr(error, "value") else error
        return error.message("en") + "\n" + error.message("zh").translate(HALF_WIDTH)

    return texts


def pytest_collection_finish():
    """Thousands of tests are known now and stay: a collection of garbage need not walk over them each time."""
    gc.collect()
    gc.freeze()
