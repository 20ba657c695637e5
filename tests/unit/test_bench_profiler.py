"""The profile of a training step: its sums hold, torch's own tables agree, and each second is where it belongs."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch.profiler import profile

from playground import words
from playground.bench.benchmarks import BENCHMARKS
from playground.bench.events import Measured
from playground.bench.profiler import EMPTY_PROFILE, measure_profile
from playground.bench.profiler_flame import KEPT, MOST_NODES, count_boxes, count_merged, make_flame
from playground.bench.profiler_lines import read_source
from playground.bench.profiler_ranges import PHASES, STEP, Range, module_ranges, phase_range
from playground.bench.profiler_script import write_profiler_script
from playground.bench.profiler_tables import Sums, module_rows, operation_rows
from playground.bench.profiler_trace import write_trace
from playground.bench.profiler_tree import Node, Place, read_step
from playground.bench.service import told
from playground.bench.subject import open_subject
from playground.bench.trace_files import TRACE, TraceFiles
from playground.command_line import main
from playground.errors import InputError, NotFoundError, PlaygroundError, RuntimeFailure
from playground.limits import read_limits
from playground.models import PRESETS, ModelSpec
from playground.models.presets import layer, sequential

LIMITS = read_limits(public=False, environment={})
# Forward and backward of `heavy` are a hundred times those of the others.
CODE = """import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x):
        return x + F.relu(self.fc(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = nn.Linear(784, 32)
        self.blocks = nn.Sequential(Block(32), Block(32))
        self.wide = nn.Parameter(torch.randn(32, 6000) / 100)
        self.leave = nn.Linear(32, 10)

    def forward(self, x):
        x = self.enter(x.flatten(1))
        x = self.blocks(x)
        x = x @ self.wide @ self.wide.T
        return self.leave(x)
"""
CODE_SPEC = ModelSpec("", (), code=CODE)
HEAVY_LINE = CODE.splitlines().index("        x = x @ self.wide @ self.wide.T") + 1
LIST = ModelSpec(
    "Heavy",
    (
        layer("Flatten"),
        sequential("small", layer("Linear", in_features=784, out_features=64), layer("ReLU")),
        sequential(
            "heavy", layer("Linear", in_features=64, out_features=30000), layer("Linear", in_features=30000, out_features=64)
        ),
        layer("Linear", in_features=64, out_features=10),
    ),
)


def run(spec: ModelSpec, batch: int = 32, steps: int = 5, folder: str = "", optimizer: str = "SGD"):
    events = list(measure_profile(open_subject(spec, batch, LIMITS), optimizer, steps, 30.0, LIMITS, folder))
    assert isinstance(events[-1], Measured)
    assert [event.done for event in events[:-1]] == list(range(events[0].total))
    return events[-1].result


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("traces")


@pytest.fixture(scope="module")
def results(folder):
    return {"list": run(LIST, folder=str(folder), optimizer="Adam"), "code": run(CODE_SPEC, 64)}


def modules_of(result):
    return {row["path"]: row for row in result["modules"] if row["kind"] == "module"}


@pytest.mark.parametrize("name", ["list", "code"])
def test_phases_add_up_to_the_step_and_modules_to_the_phases(results, name):
    result = results[name]
    seconds, phases = result["step"]["seconds"], result["phases"]
    assert tuple(phases) == PHASES
    # Between two phases the machine may be busy with others; nothing of a phase lies outside the step.
    assert 0.7 * seconds < sum(phases.values()) <= seconds * (1 + 1e-9)
    own = {kind: sum(row[f"{kind}_self_seconds"] for row in result["modules"]) for kind in ("forward", "backward")}
    assert own["backward"] == pytest.approx(phases["backward"], rel=1e-6)
    assert own["forward"] == pytest.approx(phases["forward"] + phases["loss"], rel=0.3)
    assert result["step"]["operation_seconds"] <= seconds
    assert sum(row["share"] for row in result["rows"]) <= 1.0 + 1e-9
    modules = modules_of(result)
    for path, row in modules.items():
        inside = [other for name, other in modules.items() if name and name.rpartition(".")[0] == path and name != path]
        for kind in ("forward", "backward"):
            total = row[f"{kind}_self_seconds"] + sum(other[f"{kind}_seconds"] for other in inside)
            assert row[f"{kind}_seconds"] == pytest.approx(total, rel=1e-6, abs=1e-9)


def test_the_heavy_module_is_on_top_forward_and_backward(results):
    modules = modules_of(results["list"])
    assert {"", "0", "small", "small.0", "small.1", "heavy", "heavy.0", "heavy.1", "3"} == set(modules)
    for kind in ("forward", "backward"):
        # 76 times as many multiplications; other work on the machine does not turn that round.
        assert modules["heavy"][f"{kind}_seconds"] > 3 * modules["small"][f"{kind}_seconds"] > 0
    assert "heavy" in told(results["list"]["reason"][0], "en")
    kinds = {row["kind"] for row in results["list"]["modules"]}
    assert {"module", "loss", "accumulate_grad", "engine"} <= kinds and "unmatched" not in kinds


def test_the_backward_belongs_to_the_module_that_made_it():
    """Seen by torch itself: only what lies behind the frozen part has a backward, and a slow one stands out."""

    class Slow(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            return x * 1.0

        @staticmethod
        def backward(context, gradient):
            for _ in range(30):
                torch.mm(torch.ones(300, 300), torch.ones(300, 300))
            return gradient

    class Slowed(torch.nn.Module):
        def forward(self, x):
            return Slow.apply(x)

    model = torch.nn.Sequential(torch.nn.Linear(8, 8), Slowed(), torch.nn.Linear(8, 8), torch.nn.Tanh())
    model[0].requires_grad_(False)
    start = torch.nn.Parameter(torch.ones(4, 8))
    for _ in range(2):
        with profile(acc_events=True) as profiler, module_ranges(model) as names, Range(STEP):
            with phase_range("forward"):
                output = model(start)
            with phase_range("loss"):
                loss = output.sum()
            with phase_range("backward"):
                loss.backward()
    step = read_step(profiler.events(), names)
    made = {node.name: node.value for node in step.walk() if node.role == "backward"}
    assert made["TanhBackward0"] == Place(("", "3"), None, "forward")
    assert made["SlowBackward"] == Place(("", "1"), None, "forward")
    assert made["SumBackward0"] == Place((), None, "loss")
    assert made["AccumulateGrad"] is None
    linear = [node.value.modules[-1] for node in step.walk() if node.name == "AddmmBackward0"]
    assert sorted(linear) == ["0", "2"]
    sums = Sums()
    sums.add(step)
    rows = {row["path"]: row for row in module_rows(sums) if row["kind"] == "module"}
    assert max(rows, key=lambda path: rows[path]["backward_self_seconds"]) == "1"
    assert rows["1"]["backward_seconds"] > 0.5 * rows[""]["backward_seconds"]


def test_operations_are_those_of_pytorchs_own_table():
    """The same events, added up by torch: own time, whole time and calls are equal."""
    subject = open_subject(PRESETS["MLP"].spec, 16, LIMITS)
    profiler = profile(acc_events=True, record_shapes=True, profile_memory=True)
    with profiler, module_ranges(subject.module) as names, Range(STEP), phase_range("forward"):
        subject.loss().backward()
    sums = Sums()
    sums.add(read_step(profiler.events(), names))
    theirs = {event.key: event for event in profiler.key_averages() if event.key.startswith("aten::")}
    rows = {row["operation"]: row for row in operation_rows(sums)}
    assert set(rows) <= set(theirs) and len(rows) > 15
    for name, row in rows.items():
        assert row["calls"] == theirs[name].count
        assert row["self_seconds"] == pytest.approx(theirs[name].self_cpu_time_total * 1e-6, rel=0.01, abs=2e-6)
    shapes = rows["aten::mm"]["input_shapes"]
    assert len(shapes) == 2 and shapes[0][1] == shapes[1][0]
    first = PRESETS["MLP"].spec.layers[1].arguments
    assert rows["aten::addmm"]["allocated_bytes"] >= 4 * 16 * first["out_features"]
    assert rows["aten::empty"]["allocated_bytes"] == 0, "the memory is that of who asked"


def test_lines_of_a_learners_class(results):
    result = results["code"]
    calls = {row["number"]: row for row in result["lines"] if row["role"] == "calls"}
    both = {number: row["forward_seconds"] + row["backward_seconds"] for number, row in calls.items()}
    assert max(both, key=both.__getitem__) == HEAVY_LINE
    assert calls[HEAVY_LINE]["text"].strip() == "x = x @ self.wide @ self.wide.T"
    assert calls[HEAVY_LINE]["backward_seconds"] > 0.5 * result["phases"]["backward"] > 0
    texts = {row["text"].strip() for row in calls.values()}
    assert {"return x + F.relu(self.fc(x))", "x = self.blocks(x)", "return self.leave(x)"} <= texts
    assert sum(row["forward_seconds"] for row in calls.values()) <= result["phases"]["forward"]
    made = {row["text"].strip() for row in result["lines"] if row["role"] == "makes"}
    assert {"self.fc = nn.Linear(width, width)", "self.enter = nn.Linear(784, 32)"} <= made
    assert result["source"] == CODE
    # What the page's checks take is told, and in no other number.
    assert result["step"]["checks_seconds"] > 0 == results["list"]["step"]["checks_seconds"]
    assert "bench_profiler.checks" in [said["key"] for said in result["reason"]]
    assert result["step"]["seconds"] + result["step"]["checks_seconds"] <= 1.5 * result["overhead"]["profiled_seconds"]


@pytest.mark.parametrize("name", PRESETS)
def test_lines_of_every_list_are_found(name):
    source = read_source(PRESETS[name].spec, LIMITS)
    text = source.text.splitlines()
    model = open_subject(PRESETS[name].spec, 2, LIMITS).module
    children = [path for path, _ in model.named_children()]
    assert sorted(source.calls) == sorted(children)
    for path, number in source.calls.items():
        assert path in text[number - 1] and "(x)" in text[number - 1]
    for path, one in model.named_modules():
        if path in source.makes:
            assert type(one).__name__ in text[source.makes[path] - 1], path
    assert set(children) <= set(source.makes)


def test_lines_of_a_list_have_the_time_of_its_layers(results):
    result = results["list"]
    modules = modules_of(result)
    calls = {row["text"].strip(): row for row in result["lines"] if row["role"] == "calls"}
    assert calls["x = self.heavy(x)"]["forward_seconds"] == pytest.approx(modules["heavy"]["forward_seconds"])
    made = [row for row in result["lines"] if row["role"] == "makes" and "64, 30000" in row["text"]]
    assert made[0]["backward_seconds"] == pytest.approx(modules["heavy.0"]["backward_self_seconds"])


@pytest.mark.parametrize("name", ["list", "code"])
def test_the_flame_nests_and_nothing_outlasts_what_is_around_it(results, name):
    def check(box):
        end = box["start_seconds"] + box["seconds"]
        at = box["start_seconds"]
        for child in box["children"]:
            assert child["start_seconds"] >= at - 2e-9, (box["name"], child["name"])
            at = child["start_seconds"] + child["seconds"]
            assert at <= end + 3e-9
            check(child)

    flame = results[name]["flame"]
    check(flame)
    assert flame["role"] == "step" and flame["start_seconds"] == 0.0
    assert [child["kind"] for child in flame["children"]] == list(PHASES)
    assert count_boxes(flame) <= MOST_NODES
    roles = set(_roles(flame))
    assert {"step", "phase", "module", "backward", "operation"} <= roles
    assert ("checks" in roles) == ("line" in roles) == (name == "code")
    assert results[name]["merged"] == count_merged(flame)


def _roles(box):
    yield box["role"]
    for child in box["children"]:
        yield from _roles(child)


def test_a_large_flame_is_put_together():
    children = [Node(f"op{number}", "operation", number, 0.9 if number % 7 else 0.1) for number in range(3 * MOST_NODES)]
    step = Node(STEP, "step", 0, 3 * MOST_NODES, children=children)
    flame = make_flame(step)
    assert KEPT < count_boxes(flame) <= MOST_NODES
    merged = [box for box in flame["children"] if box["role"] == "merged"]
    assert count_boxes(flame) - len(merged) + count_merged(flame) == 1 + len(children)
    assert all(box["seconds"] <= flame["seconds"] for box in flame["children"])


def test_the_trace_is_one_step_and_says_nothing_of_the_machine(results, folder):
    trace = results["list"]["trace"]
    packed = (folder / TRACE).read_bytes()
    assert trace["bytes"] == len(packed) and not (folder / "trace.json").exists()
    content = json.loads(gzip.decompress(packed))
    names = [event.get("name") for event in content["traceEvents"]]
    assert trace["events"] == len(names)
    assert names.count(STEP) == 1
    assert {"aten::addmm", "aten::mm", "module heavy.0 (Linear)", "phase backward"} <= set(names)
    assert "host_name" not in content and str(folder) not in json.dumps(content)


def test_a_result_is_plain_data_with_words_in_both_languages(results):
    for result in results.values():
        assert set(result) == set(EMPTY_PROFILE) == set(BENCHMARKS["profiler"].empty)
        json.dumps(result)
        for language in words.LANGUAGES:
            assert all(isinstance(sentence, str) for sentence in told(result["reason"], language))
        for kind in ("loss", "accumulate_grad", "unmatched", "engine"):
            assert words.text("zh", f"measure.profile_kind_{kind}")
    overhead = results["list"]["overhead"]
    assert 0.5 < overhead["ratio"] < 5 and overhead["plain_seconds"] > 0


@pytest.mark.parametrize("place", ["__enter__", "__exit__", "events", "export_chrome_trace"])
def test_a_profiler_that_fails_is_told_in_words(monkeypatch, tmp_path, place):
    def fail(*_, **__):
        raise RuntimeError("kineto is not in the mood")

    monkeypatch.setattr(profile, place, fail)
    events = measure_profile(open_subject(PRESETS["Linear"].spec, 4, LIMITS), "SGD", 2, 5.0, LIMITS, str(tmp_path))
    with pytest.raises(RuntimeFailure, match=r"kineto is not in the mood.*smaller batch") as raised:
        list(events)
    assert "分析器" in raised.value.message("zh")
    monkeypatch.undo()
    # A profile that was begun and not ended would forbid every other one in this process.
    torch.autograd._disable_profiler() if torch.autograd._profiler_enabled() else None


def test_what_cannot_be_profiled_is_refused_in_words():
    with pytest.raises(InputError, match="no parameter"):
        open_subject(ModelSpec("Flat", (layer("Flatten"),)), 4, LIMITS)
    wrong = ModelSpec("", (), code=CODE.replace("return self.leave(x)", "return self.leave(x) + missing"))
    with pytest.raises(PlaygroundError, match="missing"):
        run(wrong, 4)
    # The profiler is free again.
    assert run(PRESETS["Linear"].spec, 4, 1)["step"]["steps"] == 1


def test_a_learner_may_catch_what_an_operation_raises():
    attempt = ["try:", "    x @ self.wide.T", "except RuntimeError:", "    x = x * 1", "return self.leave(x)"]
    caught = "\n".join(f"        {line}" for line in attempt)
    spec = ModelSpec("", (), code=CODE.replace("        return self.leave(x)", caught))
    result = run(spec, 4, 2)
    texts = {row["text"].strip() for row in result["lines"] if row["role"] == "calls" and row["backward_seconds"] > 0}
    assert {"x = x * 1", "return self.leave(x)"} <= texts


def test_a_time_box_ends_the_steps():
    result = list(measure_profile(open_subject(PRESETS["Linear"].spec, 4, LIMITS), "SGD", 20, 0.0, LIMITS))[-1].result
    assert result["step"]["profiled_steps"] == 1 and result["trace"] is None
    assert "bench_profiler.no_trace" not in [said["key"] for said in result["reason"]], "none was wanted"


@pytest.mark.long
@pytest.mark.parametrize("spec", [LIST, CODE_SPEC], ids=["list", "code"])
def test_the_script_finds_the_same(spec, tmp_path):
    file = tmp_path / "profiler.py"
    file.write_text(write_profiler_script(spec, 512, "SGD", 3), encoding="utf-8")
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=120, check=True, cwd=tmp_path)
    printed = json.loads(done.stdout.splitlines()[-1])
    assert "aten::mm" in done.stdout and set(printed["phases"]) == set(PHASES)
    theirs = [row["operation"] for row in printed["rows"][:2]]
    ours = run(spec, 512, 3)["rows"]
    assert ours[0]["operation"] in theirs and theirs[0] in [row["operation"] for row in ours[:2]]
    content = json.loads((tmp_path / "trace.json").read_text())
    assert "aten::mm" in [event.get("name") for event in content["traceEvents"]]


def test_trace_files_take_over_only_a_file_that_fits(tmp_path, monkeypatch):
    traces, record = TraceFiles(tmp_path), "a" * 32
    with pytest.raises(NotFoundError):
        traces.find(record)
    for bad in ("../../secret", "", "a" * 31):
        with pytest.raises(NotFoundError):
            traces.find(bad)
    own = traces.reserve(record)
    (tmp_path / "writing" / record / TRACE).symlink_to("/etc/hostname")
    assert not traces.keep(record)
    own = traces.reserve(record)
    (tmp_path / "writing" / record / TRACE).write_bytes(b"1234")
    monkeypatch.setattr("playground.bench.trace_files.TRACE_BYTES_MOST", 3)
    assert not traces.keep(record) and not (tmp_path / "writing" / record).exists()
    monkeypatch.undo()
    own = traces.reserve(record)
    (tmp_path / "writing" / record / TRACE).write_bytes(b"1234")
    assert own and traces.keep(record) and traces.find(record).read_bytes() == b"1234"
    traces.remove(record)
    assert not list(tmp_path.glob("*.gz"))
    traces.reserve(record)
    TraceFiles(tmp_path)
    assert not (tmp_path / "writing").exists()


def test_a_trace_that_is_too_large_is_left_out(monkeypatch, tmp_path):
    with profile(acc_events=True) as profiler:
        torch.ones(3).sum()
    monkeypatch.setattr("playground.bench.profiler_trace.TRACE_BYTES_MOST", 10)
    assert write_trace(profiler, tmp_path) is None and not list(tmp_path.iterdir())


def test_the_command_prints_tables_and_writes_the_trace(capsys, monkeypatch, tmp_path, restored_torch):
    for name, value in (("LANGUAGE", "en"), ("COLUMNS", "120")):
        monkeypatch.setenv(name, value)
    arguments = ["bench", "profiler", "--model", "MLP", "--batch-size", "8", "--steps", "2", "--trace"]
    assert main([*arguments, str(tmp_path / "trace.json.gz")]) == 0
    printed = capsys.readouterr().out
    for expected in ("aten::addmm", "self_seconds", "fc1", "(loss)", "(engine)", "of a training step", "%"):
        assert expected in printed
    assert json.loads(gzip.decompress((tmp_path / "trace.json.gz").read_bytes()))["traceEvents"]
    assert main([*arguments, str(tmp_path / "nowhere" / "trace.json.gz")]) != 0
    assert "nowhere" in capsys.readouterr().err


def test_limits_of_settings_reach_the_profiler():
    limits = replace(LIMITS, benchmark_repeat_seconds=1.5)
    from playground.bench.benchmarks import read_settings

    settings = read_settings({"steps": 3}, 8, limits)
    assert (settings.seconds, settings.limits, settings.folder) == (1.5, limits, "")
