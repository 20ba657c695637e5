"""Fetch a data set that torchvision knows, with progress and with nothing half-written left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

from playground.data.datasets import FILES, Dataset, data_home, file_name, is_present
from playground.errors import PlaygroundError, RuntimeFailure

POLL_SECONDS = 0.2
GIVE_UP_SECONDS = 1.0
NETWORK_TIMEOUT_SECONDS = 20
PARTIAL = ".partial-"


def fetch_dataset(dataset: Dataset) -> Iterator[float]:
    """Download `dataset` through torchvision, which knows its addresses and checksums.

    The files arrive in a temporary folder beside their place and are moved there, all four at once, when every checksum
    was right; whatever ends the download earlier, that folder is removed.

    Yields:
        The share that has arrived, 0…1, about five times a second.

    Raises:
        RuntimeFailure: no network, a server that fails, a wrong checksum, a full disk.
    """
    if is_present(dataset):
        return
    home = data_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        remove_partial_downloads(home)
        work = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{os.getpid()}-", dir=home))
    except OSError as error:
        raise RuntimeFailure("disk.write", name=dataset.name, reason=error.strerror or str(error)) from error
    outcome: list[BaseException] = []
    worker = threading.Thread(target=_download, args=(dataset, work, outcome), daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            yield min(_folder_bytes(work) / dataset.download_bytes, 0.99)
            worker.join(POLL_SECONDS)
        if outcome:
            raise _explained(dataset, outcome[0])
        try:
            if not is_present(dataset):  # another run may have fetched it meanwhile
                _move_files(dataset, work)
        except OSError as error:
            raise _explained(dataset, error) from error
        yield 1.0
    finally:
        # A download that is given up cannot be told so: its thread ends when it finds its folder gone. It may just then have
        # made it again.
        shutil.rmtree(work, ignore_errors=True)
        worker.join(GIVE_UP_SECONDS)
        shutil.rmtree(work, ignore_errors=True)


def remove_partial_downloads(home: Path) -> None:
    """Remove what a killed download left: folders whose process is gone."""
    for folder in home.glob(f"{PARTIAL}*"):
        process = folder.name.removeprefix(PARTIAL).split("-")[0]
        if not (process.isdigit() and _is_alive(int(process))):
            shutil.rmtree(folder, ignore_errors=True)


def _download(dataset: Dataset, work: Path, outcome: list[BaseException]) -> None:
    import torchvision

    socket.setdefaulttimeout(NETWORK_TIMEOUT_SECONDS)
    options: dict[str, Any] = {"split": "digits"} if dataset.prefix else {}
    try:
        getattr(torchvision.datasets, dataset.name)(root=str(work), train=True, download=True, **options)
    except Exception as error:  # every way in which a download fails is told to the learner, by _explained
        outcome.append(error)


def _explained(dataset: Dataset, error: BaseException) -> PlaygroundError:
    megabytes = f"{dataset.download_bytes / 1e6:.0f}"
    reason = (str(error).strip().splitlines() or [type(error).__name__])[-1][:200]
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, (ConnectionError, TimeoutError)):
        return RuntimeFailure("disk.write", name=dataset.name, reason=error.strerror or reason)
    return RuntimeFailure("data.download", name=dataset.name, megabytes=megabytes, reason=reason)


def _move_files(dataset: Dataset, work: Path) -> None:
    raw = work / dataset.name / "raw"
    names = [file_name(dataset, split, what) for split, what, _ in FILES]
    for name in names:
        if not (raw / name).is_file():  # torchvision looks for the training files only
            raise URLError(f"{name} did not come")
    ready = work / "ready"
    ready.mkdir()
    for name in names:
        (raw / name).rename(ready / name)
    shutil.rmtree(dataset.folder(), ignore_errors=True)
    ready.rename(dataset.folder())


def _folder_bytes(folder: Path) -> int:
    """What was fetched, not what was unpacked from it; `os.walk` passes over folders that go away meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".gz", ".zip")):
                with contextlib.suppress(FileNotFoundError):  # unpacked and removed between the listing and the look
                    total += (Path(parent) / name).stat().st_size
    return total


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
