"""The scripts run in an empty folder, without the playground, and agree with what it measures."""

import re
import subprocess
import sys

import pytest
import torch

from playground.bench.memory_step import count_saved
from playground.bench.precision_scripts import write_accumulation_script, write_precision_script
from playground.bench.subject import open_subject, read_subject
from playground.errors import InputError, LimitError
from playground.models.presets import PRESETS
from playground.models.spec import LayerSpec, ModelSpec

CODE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))


net = Net()
net
"""
CODE_SPEC = ModelSpec("", (), input_shape=(1, 28, 28), code=CODE)
PRECISION_LINE = re.compile(
    r"^(fp32|bf16|fp16) +([\d.]+) ms/step +([\d.]+) x +saved +([\d.]+) MiB +first loss ([\d.]+) +loss ([\d.]+) +"
    r"difference ([+-][\d.]+)$",
    re.MULTILINE,
)
ACCUMULATION_LINE = re.compile(
    r"^ *(\d+) micro-batches +([\d.]+) ms +saved +([\d.]+) MiB +gradient error (\S+)$", re.MULTILINE
)


def run(script, folder):
    (folder / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "script.py"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
def test_the_precision_script_prints_a_line_for_each(tmp_path, limits):
    spec = PRESETS["Fast"].spec
    lines = {
        line[0]: tuple(map(float, line[1:]))
        for line in PRECISION_LINE.findall(run(write_precision_script(spec, 8, 2), tmp_path))
    }
    assert list(lines) == ["fp32", "bf16", "fp16"]
    assert lines["fp32"][1] == 1
    assert lines["fp32"][5] == 0
    for _, _, _, first, _, _ in lines.values():
        assert abs(first - lines["fp32"][3]) < 0.1
    found, count = read_subject(spec.name, 8, limits)
    subject = open_subject(found, count, limits)
    own = subject.call(lambda: count_saved(subject.loss, subject.module)[0])
    assert lines["fp32"][2] == pytest.approx(own / 2**20, rel=0.02, abs=0.002)


@pytest.mark.long
@pytest.mark.parametrize("spec", [PRESETS["Fast"].spec, CODE_SPEC], ids=["layers", "code"])
def test_the_accumulation_script_finds_the_same_gradient(spec, tmp_path):
    printed = run(write_accumulation_script(spec, 12, [2, 5]), tmp_path)
    rows = ACCUMULATION_LINE.findall(printed)
    assert [int(row[0]) for row in rows] == [1, 2, 5]
    assert all(float(row[3]) < 5e-6 for row in rows)
    assert float(rows[-1][2]) < float(rows[0][2])
    assert float(re.search(r"unequal last micro-batch  gradient error (\S+)", printed)[1]) > 0.01
    assert float(re.search(r"forgotten division  norm ratio (\S+)", printed)[1]) == pytest.approx(4, rel=0.05)


def test_an_embedding_gets_whole_numbers():
    spec = ModelSpec("Words", (LayerSpec("Embedding", "", {"num_embeddings": 50, "embedding_dim": 4}),), input_shape=(6,))
    assert "torch.randint(50, (size, 6)" in write_precision_script(spec, 2, 1)


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "Fast"])
def test_the_script_of_every_preset_compiles(name):
    for script in (write_precision_script(PRESETS[name].spec, 4, 1), write_accumulation_script(PRESETS[name].spec, 4, [2])):
        compile(script, "script.py", "exec")
        assert "playground" not in script
        assert ("OrderedDict(" in script) == ("import OrderedDict" in script)


def test_what_is_no_number_is_refused():
    spec = PRESETS["Linear"].spec
    for wrong in (lambda: write_precision_script(spec, 0, 1), lambda: write_precision_script(spec, 2, "x")):
        with pytest.raises(InputError):
            wrong()
    with pytest.raises(LimitError):
        write_accumulation_script(spec, 2, [3])


def test_torch_is_the_only_package():
    script = write_precision_script(PRESETS["MNISTNet"].spec, 2, 1)
    imported = set(re.findall(r"^(?:import|from) (\w+)", script, re.MULTILINE))
    assert imported - set(sys.stdlib_module_names) == {torch.__name__}
