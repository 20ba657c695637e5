"""The complete script of a run: it runs in an empty folder, without this package, and gives the same losses."""

from __future__ import annotations

import ast
import gzip
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchvision
from loopback import serve_files

from playground.data import AUGMENTATIONS, DATASETS
from playground.data.datasets import ASSETS
from playground.models import load_checkpoint
from playground.models.presets import CLASSIFIERS
from playground.training.config import PRECISIONS
from playground.training.events import Epoch, Step
from playground.training.loop import train
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.schedulers import SCHEDULERS
from playground.training.script import below_imports, write_script
from playground.training.script_rates import write_origin, write_rates
from playground.training.trial import Settings

pytestmark = pytest.mark.usefixtures("restored_torch")
LOSS = re.compile(r"^step +(\d+)  loss ([\d.]+|nan|inf)$", re.MULTILINE)
EPOCH = re.compile(r"^epoch +(\d+)  test loss ([\d.]+)  test accuracy ([\d.]+)$", re.MULTILINE)
EXECUTED = {
    "plain": {},
    "label smoothing": {"label_smoothing": 0.1, "accumulation": 2},
    "shift": {"augment": "shift"},
    "course": {"augment": "course", "scheduler": "CosineEpochs", "epochs": 2},
    "strong": {"augment": "strong", "optimizer": "SGD", "scheduler": "Cosine"},
    "accumulation": {"accumulation": 3, "batch_size": 30, "epochs": 1.7},
    "accumulation and clip": {"accumulation": 2, "clip_norm": 0.2, "augment": "shift", "scheduler": "StepLR"},
    "clip": {"clip_norm": 0.1, "optimizer": "RMSprop"},
    "validation": {"validation_size": 1000, "weight_decay": 0.01, "scheduler": "OneCycle", "optimizer": "AdamW"},
    "other seed": {"seed": 12345, "augment": "strong", "epochs": 0.4},
    "largest seed": {"seed": 2**31 - 1, "epochs": 0.2},
    "bf16": {"precision": "bf16", "augment": "shift"},
    "fp16": {"precision": "fp16", "clip_norm": 0.5, "optimizer": "AdamW", "scheduler": "WarmupCosine"},
    "fp16 and accumulation": {"precision": "fp16", "accumulation": 2, "optimizer": "RMSprop", "loss": "BCEWithLogits"},
    "plain SGD": {"optimizer": "SGD", "nesterov": False, "weight_decay": 0.01, "loss": "L1", "augment": "shift"},
    "LBFGS": {"optimizer": "LBFGS", "learning_rate": 0.5, "augment": "shift", "loss": "MSE", "train_size": 128},
    "LBFGS, watched": {"optimizer": "LBFGS", "learning_rate": 0.5, "scheduler": "ReduceLROnPlateau", "train_size": 64},
    "MSE": {"loss": "MSE", "accumulation": 2, "label_smoothing": 0.1},
    "NLL": {"loss": "NLL", "scheduler": "WarmupCosine", "epochs": 3},
    "plateau": {"scheduler": "ReduceLROnPlateau", "epochs": 4, "optimizer": "SGD", "learning_rate": 0.8},
    "plateau and accumulation": {"scheduler": "ReduceLROnPlateau", "epochs": 3, "accumulation": 3, "learning_rate": 0.3},
    "validation plateau": {"scheduler": "ReduceLROnPlateau", "epochs": 4, "validation_size": 500, "learning_rate": 0.3},
    "early stopping": {"early_stopping": 1, "validation_size": 200, "split_seed": 5, "epochs": 12, "learning_rate": 0.1},
    "mlp": {"model": "MLP", "train_size": 128},
    "nested": {
        "model": '{"name":"a net","initialization":"kaiming","layers":[{"type":"Flatten"},{"type":"Sequential",'
        '"name":"body","trainable":false,"layers":[{"type":"Linear","name":"in","arguments":'
        '{"in_features":784,"out_features":16}},{"type":"ReLU"}]},{"type":"Linear","name":"9",'
        '"arguments":{"in_features":16,"out_features":10,"bias":false}}]}'
    },
}

LEARNERS_CLASS = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3, stride=2)
        self.bn = nn.BatchNorm2d(width)
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(width * 13 * 13, 10)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = x.view(x.size(0), -1)
        return self.fc(self.drop(x))
"""
EXECUTED |= {
    "code: a class": {"model": LEARNERS_CLASS, "optimizer": "AdamW", "augment": "shift"},
    "code: a variable": {"model": f"{LEARNERS_CLASS}\nmodel = Net(4)\nprint(model)\n", "accumulation": 2, "clip_norm": 0.5},
    "code: an expression": {
        "model": "def block(n):\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, n), nn.ReLU(), nn.Linear(n, 10))\n\n"
        "block(12)",
        "scheduler": "OneCycle",
    },
    "code: LBFGS": {"model": LEARNERS_CLASS, "optimizer": "LBFGS", "train_size": 128, "learning_rate": 0.5},
    "code: fp16": {"model": LEARNERS_CLASS, "precision": "fp16", "train_size": 128},
}


@pytest.fixture(scope="module")
def mnist_server():
    """The project's MNIST as a web server would hold it, and the same patched into torchvision."""
    files = {f"/{path.name}": path.read_bytes() for path in (ASSETS / "mnist").glob("*.gz")}
    with serve_files() as page, pytest.MonkeyPatch.context() as patch:
        page.files = files
        page.resources = [(name[1:], hashlib.md5(data).hexdigest()) for name, data in files.items()]
        patch.setattr(torchvision.datasets.MNIST, "mirrors", [f"{page.url}/"])
        patch.setattr(torchvision.datasets.MNIST, "resources", page.resources)
        yield page


@pytest.fixture
def empty_folder(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def unpacked(empty_folder, tmp_path_factory, mnist_server) -> Path:
    """An empty folder but for the data, which were fetched once."""
    shared = tmp_path_factory.getbasetemp() / "script-data"
    raw = shared / "MNIST" / "raw"
    if not raw.exists():
        raw.mkdir(parents=True)
        for name, data in mnist_server.files.items():
            (raw / name[1:].removesuffix(".gz")).write_bytes(gzip.decompress(data))
    (empty_folder / "data").symlink_to(shared)
    return empty_folder


def executed(script: str, capsys) -> str:
    capsys.readouterr()
    exec(compile(script, "train.py", "exec"), {"__name__": "__main__"})
    return capsys.readouterr().out


def assert_same(output: str, events: list, close: float = 2e-6) -> None:
    written = {int(step): float(loss) for step, loss in LOSS.findall(output)}
    steps = {event.step: event.loss for event in events if type(event) is Step}
    assert list(written) == [step for step in steps if step <= 20 or step % 50 == 0]
    assert len(written) >= 1
    for step, loss in written.items():
        assert loss == pytest.approx(steps[step], abs=close), f"step {step}"
    epochs = [event for event in events if type(event) is Epoch]
    found = [(float(loss), float(accuracy)) for _, loss, accuracy in EPOCH.findall(output)]
    assert found == [
        (pytest.approx(event.test_loss, abs=1e-4), pytest.approx(event.test_accuracy, abs=1e-3)) for event in epochs
    ]


@pytest.mark.parametrize("case", EXECUTED)
def test_a_script_gives_the_losses_of_the_run(case, make_config, tmp_path, unpacked, capsys):
    config = make_config(**EXECUTED[case])
    events = list(train(config, tmp_path / "run"))
    assert_same(executed(write_script(config, Settings(config.precision, 1)), capsys), events)
    ours = load_checkpoint(tmp_path / "run" / "best.safetensors")
    theirs = load_checkpoint(unpacked / "mnist_best.pth", config.spec())
    for key, value in ours.state.items():
        assert torch.allclose(value.float(), theirs.state[key].float(), atol=1e-5), key


def test_a_script_runs_alone_in_an_empty_folder(make_config, tmp_path, empty_folder, mnist_server):
    """In a Python of its own that knows no playground, with a download."""
    config = make_config(augment="course", scheduler="OneCycle", epochs=2)
    events = list(train(config, tmp_path / "run"))
    (empty_folder / "train.py").write_text(write_script(config), encoding="utf-8")
    patched = (
        "import runpy, torchvision\n"
        f"torchvision.datasets.MNIST.mirrors = [{mnist_server.url + '/'!r}]\n"
        f"torchvision.datasets.MNIST.resources = {mnist_server.resources!r}\n"
        "runpy.run_path('train.py', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", patched], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert_same(done.stdout, events)
    assert sorted(path.name for path in empty_folder.iterdir()) == ["data", "mnist_best.pth", "train.py"]


EVERY = [
    *({"model": name} for name in CLASSIFIERS),
    *({"augment": name} for name in AUGMENTATIONS),
    *({"optimizer": name} for name in OPTIMIZERS),
    *({"scheduler": name} for name in SCHEDULERS),
    *({"scheduler": name, "validation_size": 100, "early_stopping": 3} for name in SCHEDULERS),
    *({"loss": name, "accumulation": 2, "precision": "fp16"} for name in LOSSES),
    *({"loss": name, "optimizer": "LBFGS", "scheduler": "ReduceLROnPlateau"} for name in LOSSES),
    *({"dataset": name} for name in DATASETS),
    *({"precision": name} for name in PRECISIONS),
    {"accumulation": 4, "clip_norm": 1.5, "threads": 0, "device": "cpu", "validation_size": 10},
    {"recipe": "Fast"},
    {"recipe": "Tutorial"},
]


@pytest.mark.parametrize("wish", EVERY, ids=str)
def test_every_script_is_whole(wish, make_config):
    """Each name in it is imported or defined, and each import is used."""
    script = write_script(make_config(**wish))
    tree = ast.parse(script)
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    defined = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    defined |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    defined |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    builtins = {"len", "max", "round", "range", "print", "super", "isinstance", "list", "sum"}
    assert used - imported - defined - builtins == set()
    assert imported - used == set()
    assert "playground" not in script
    assert "limits" not in script
    assert max(len(line) for line in script.splitlines()) <= 130
    assert "\n\n\n\n" not in script
    assert script == write_script(make_config(**wish))


def test_a_script_uses_what_the_trial_settled_on(make_config):
    config = make_config(precision="auto", threads=0)
    assert "set_num_threads" not in write_script(config)
    assert "autocast" not in write_script(config)
    settled = write_script(config, Settings("bf16", 2))
    assert "torch.set_num_threads(2)" in settled
    assert "torch.autocast(device.type, torch.bfloat16)" in settled


def test_images_are_chosen_only_where_the_run_chooses(make_config):
    def chooses(**wish) -> bool:
        return "train_images[order" in write_script(make_config(**wish))

    assert not chooses(train_size=60_000)
    assert chooses(train_size=59_999)
    assert chooses(train_size=50_000, validation_size=10_000)
    assert chooses(dataset="EMNIST", train_size=60_000)
    assert not chooses(dataset="EMNIST", train_size=240_000)


def test_the_scripts_of_emnist_turn_its_pictures(make_config):
    script = write_script(make_config(dataset="EMNIST"))
    assert 'datasets.EMNIST("data", train=train, download=True, split="digits")' in script
    assert "data.data.transpose(1, 2)" in script


def test_what_a_script_imports_already_is_not_imported_again(make_config):
    code = """import torch
import torch.nn as nn
import torch.nn.functional as F
import math

class Net(nn.Module):
    pass
"""
    assert below_imports(code) == "import math\n\nclass Net(nn.Module):\n    pass\n"
    # Another meaning, a name that is used otherwise, a line that is shared: they stay.
    for kept in ("import torch.nn.functional as nn\n", "from torch import nn\nnn = 3\n", "import torch; x = 1\n"):
        assert below_imports(kept) == kept
    whole = code.replace("    pass", "    def forward(self, x):\n        return x\n")
    script = write_script(make_config(model=whole))
    assert script.count("as nn") == 0 and script.count("import nn") == 1 and script.count("as F") == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"scheduler": "OneCycle", "optimizer": "AdamW"},
        {"scheduler": "ReduceLROnPlateau", "optimizer": "SGD"},
        {"precision": "fp16"},
        {"optimizer": "LBFGS", "learning_rate": 0.5, "train_size": 128},
    ],
)
def test_the_rates_that_were_set_by_hand_are_in_the_script(wish, make_config, tmp_path, unpacked, capsys):
    config = make_config(**{"epochs": 2, **wish})
    events, found, asked = train(config, tmp_path / "run"), [], []
    for _ in range(1000):
        try:
            found.append(events.send(asked) if asked else next(events))
        except StopIteration:
            break
        asked = [("rate", 0.02)] if type(found[-1]) is Step and found[-1].step == 1 else []
        asked = [("rate", 0.005)] if type(found[-1]) is Step and found[-1].step == 3 else asked
    changes = [(event.step, event.factor) for event in found if event.type == "rate"]
    assert [step for step, _ in changes] == ([2, 4] if len([event for event in found if type(event) is Step]) > 3 else [2])
    script = write_script(config, Settings(config.precision, 1))
    assert_same(executed(write_rates(script, changes), capsys), found)
    with pytest.raises(AssertionError):
        assert_same(executed(script, capsys), found)


def test_the_script_of_a_fork_says_what_it_does_not_do(make_config):
    script = write_script(make_config())
    assert write_origin(script, 0) == script == write_rates(script, [])
    told = write_origin(script, 40)
    assert "step 40" in told.split("\n")[0] and told.endswith(script)
