"""`python -m playground`: what it prints, keeps and returns, in both languages; mistakes by what a person reads."""

from __future__ import annotations

import json
import os
import re
import runpy
import signal
import subprocess
import sys
import threading
import time
import types
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from PIL import Image

from playground import words
from playground.command_line import bench_model, main
from playground.command_line.commands import COMMANDS
from playground.command_line.display import TrainingDisplay
from playground.command_line.picture import draw_picture
from playground.command_line.terminal import language_of, pad_left
from playground.digits.strokes import render_strokes
from playground.errors import InputError, NotFoundError
from playground.jobs.log import EventLog
from playground.lessons.program import write_program
from playground.lessons.registry import LESSONS
from playground.models import load_checkpoint
from playground.store import Runs
from playground.training.config import TrainingConfig
from playground.training.loop import train

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--train-size", "256", "--batch-size", "64", "--precision", "fp32", "--threads", "1"]


@pytest.fixture(autouse=True)
def english(monkeypatch, restored_torch):
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture(params=["en", "zh"])
def language(request, monkeypatch):
    monkeypatch.setenv("LANGUAGE", request.param)
    return request.param


@pytest.fixture
def play(capsys):
    """Run a command line; its exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The folder of a run of one epoch on 256 images, trained by the command itself."""
    folder = tmp_path_factory.mktemp("runs") / "trained"
    assert main(["train", "--model", "Linear", "--epochs", "1.5", *SMALL, "--out", str(folder)]) == 0
    return folder


def draw_seven(path: Path, kind: str = "PNG") -> Path:
    strokes = [[(0.28, 0.24), (0.72, 0.22), (0.44, 0.8)]]
    Image.fromarray(render_strokes(strokes, 140, 12)).save(path, kind)
    return path


def wait_for_a_step(folder: Path) -> None:
    metrics, deadline = folder / "metrics.jsonl", time.monotonic() + 60
    while not (metrics.exists() and b'"type":"step"' in metrics.read_bytes()) and time.monotonic() < deadline:
        time.sleep(0.02)


def last_event(folder: Path) -> dict:
    return EventLog(folder / "metrics.jsonl").last


class TestLanguage:
    @pytest.mark.parametrize(
        ("environment", "language"),
        [
            ({}, "en"),
            ({"LANG": "zh_CN.UTF-8"}, "zh"),
            ({"LANG": "de_DE.UTF-8"}, "en"),
            ({"LC_ALL": "zh_TW", "LANG": "en_US"}, "zh"),
            ({"LANGUAGE": "en:zh", "LC_ALL": "zh_CN"}, "en"),
            ({"LANGUAGE": "", "LC_ALL": "", "LANG": "ZH"}, "zh"),
        ],
    )
    def test_it_is_that_of_the_first_variable_that_says_one(self, environment, language):
        assert language_of(environment) == language

    def test_chinese_letters_take_two_columns(self):
        assert pad_left("轮", 4) == "  轮"


class TestHelp:
    @pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
    def test_the_overview_names_every_command(self, play, language, arguments):
        code, out, _ = play(*arguments)
        assert code == 0
        for name in COMMANDS:
            assert name in out
            assert words.text(language, f"command.{name}") in out

    @pytest.mark.parametrize("name", list(COMMANDS))
    def test_every_command_explains_itself(self, play, language, name):
        code, out, _ = play(name, "--help")
        assert code == 0
        assert out.startswith({"en": "Usage: python -m playground", "zh": "用法: python -m playground"}[language])
        assert words.text(language, f"command.{name}") in out
        assert words.text(language, "command_line.help") in out

    def test_every_field_of_the_config_is_an_option_with_words(self, play, language):
        _, out, _ = play("train", "--help")
        for field in fields(TrainingConfig):
            assert f"--{field.name.replace('_', '-')} " in out
            assert f"control.{field.name}" in words.WORDS
        assert "OneCycle" in out

    def test_the_overview_needs_no_torch(self):
        code = "import sys, playground.command_line as c; c.main([]); sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0

    def test_a_child_of_the_fork_server_finds_nothing_to_do(self):
        before = set(sys.modules)
        found = runpy.run_path(str(ROOT / "playground" / "__main__.py"), run_name="__mp_main__")
        assert "main" not in found
        assert set(sys.modules) == before


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "english", "chinese"),
        [
            (["trian"], "Did you mean train?", "您是指 train 吗"),
            (["train", "--epoch", "1"], "There is no option --epoch 1", "没有选项 --epoch 1"),
            (["train", "--epochs"], "The option --epochs cannot be read", "无法读取选项 --epochs"),
            (["train", "--epochs", "many"], 'epochs must be a number (> 0, ≤ 1,000), got "many"', "epochs 应为数字"),
            (["train", "--epochs", "nan"], "epochs must be a number", "epochs 应为数字"),
            (["train", "--batch-size", "2.5"], "batch_size must be a whole number", "batch_size 应为整数"),
            (["train", "--learning-rate", "-1"], "learning_rate must be > 0", "learning_rate 的范围是"),
            (["train", "--optimizer", "Adm"], "Did you mean Adam?", "您是指 Adam 吗"),
            (["train", "--model", "ResNet"], "ResNet", "ResNet"),
            (["train", "--device", "cuda:7"], "There is no device cuda:7 here", "没有设备 cuda:7"),
            (["train", "--processes", "64"], "64 processes were asked for", "要求了 64 个进程"),
            (["predict"], "Name at least one image", "请至少给出一张图像"),
            (["bench", "memories"], "The benchmark memories is not built yet", "基准测试 memories 尚未提供"),
            (["bench", "--only", "fasd"], "Did you mean fast?", "您是指 fast 吗"),
        ],
    )
    def test_the_message_says_what_to_mend(self, play, monkeypatch, tmp_path, arguments, english, chinese):
        monkeypatch.chdir(tmp_path)
        for language, expected in (("en", english), ("zh", chinese)):
            monkeypatch.setenv("LANGUAGE", language)
            code, _, err = play(*arguments)
            assert code == 2
            assert expected in err
        assert not list(tmp_path.glob("runs/*/*")), "a run that never began leaves nothing"

    def test_ctrl_c_outside_of_training_is_no_traceback(self, play, monkeypatch):
        def interrupt(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr("playground.command_line.check.run", interrupt)
        assert play("check") == (130, "", "Stopped.\n")


class TestTrain:
    def test_it_prints_the_table_of_the_course(self, play, tmp_path, language):
        code, out, _ = play("train", "--model", "linear", "--epochs", 2, *SMALL, "--out", tmp_path / "run")
        assert code == 0
        assert "Linear: 7,850" in out
        lines = out.splitlines()
        heading = next(index for index, line in enumerate(lines) if set(line) == {"─"}) - 1
        first, second = lines[heading + 2].split(), lines[heading + 3].split()
        assert (first[0], second[0]) == ("1", "2")
        assert len(first) == 8  # seven columns, the last with its unit
        for column in ("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "learning_rate"):
            assert words.text(language, f"monitor.column_{column}") in lines[heading]
        assert sum("/1,135)" in line for line in lines) == 1, "as many ones as the test set has"
        assert str(tmp_path / "run" / "mnist_best.pth") in out

    def test_the_folder_reads_as_a_run_of_the_server(self, trained, limits):
        entry = json.loads((trained / "config.json").read_text(encoding="utf-8"))
        run = Runs(trained.parent, limits).find(entry["id"])
        assert run.config["epochs"] == 1.5
        assert run.weights() == trained / "best.safetensors"
        types = [event["type"] for event in run.log.read(0, 100) if event["type"] not in ("insight", "glance")]
        assert types == ["started", *["step"] * 4, "epoch", *["step"] * 2, "epoch", "done"]

    def test_the_courses_file_holds_the_best_weights(self, trained):
        state = torch.load(trained / "mnist_best.pth", weights_only=True)
        best = load_checkpoint(trained / "best.safetensors").state
        assert state.keys() == best.keys()
        assert all(torch.equal(state[name], best[name]) for name in state)

    def test_a_used_folder_is_left_alone(self, play, trained):
        before = (trained / "metrics.jsonl").read_bytes()
        code, _, err = play("train", "--model", "Linear", *SMALL, "--out", trained)
        assert code == 2
        assert "holds a run already" in err
        assert (trained / "metrics.jsonl").read_bytes() == before

    def test_without_out_a_run_is_one_of_those_of_the_page(self, play, tmp_path, home, monkeypatch, limits):
        monkeypatch.chdir(tmp_path)
        assert play("train", "--model", "Linear", "--epochs", "0.25", *SMALL)[0] == 0
        runs = Runs(home / "runs", limits).of_visitor("whoever sits there")
        assert [run.config["model"] for run in runs] == ["Linear"]
        assert runs[0].weights() is not None and runs[0].log.last["type"] == "done"
        assert list(tmp_path.iterdir()) == [], "nothing where it was called"

    def test_ctrl_c_ends_it_with_the_last_weights_kept(self, play, tmp_path):
        folder = tmp_path / "run"
        before = signal.getsignal(signal.SIGINT)

        def press_ctrl_c():
            wait_for_a_step(folder)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press_ctrl_c, daemon=True).start()
        code, out, _ = play("train", "--model", "Linear", "--epochs", 1000, *SMALL, "--out", folder)
        assert code == 130
        assert "Stopped at step" in out
        assert last_event(folder) == {"type": "stopped", "reason": "visitor"}
        assert load_checkpoint(folder / "last.safetensors").facts["step"] >= 1
        assert signal.getsignal(signal.SIGINT) is before

    def test_ctrl_c_before_the_first_step_leaves_nothing(self, play, tmp_path, monkeypatch):
        before = TrainingDisplay.show

        def show_and_interrupt(display, event):
            before(display, event)
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(TrainingDisplay, "show", show_and_interrupt)
        code, out, _ = play("train", "--model", "Linear", *SMALL, "--out", tmp_path / "run")
        assert code == 130
        assert "Stopped at step 0" in out
        assert not (tmp_path / "run").exists()

    def test_the_time_limit_ends_it_with_the_last_weights_kept(self, play, tmp_path, monkeypatch):
        monkeypatch.setenv("PLAYGROUND_TRAINING_SECONDS", "1")
        code, _, err = play("train", "--model", "Linear", "--epochs", 1000, *SMALL, "--out", tmp_path / "run")
        assert code == 2
        assert "time limit" in err
        assert last_event(tmp_path / "run")["error"]["key"] == "job.time"
        assert (tmp_path / "run" / "last.safetensors").is_file()

    def test_a_full_disk_is_told(self, play, tmp_path, monkeypatch):
        def refuse(log, events):
            log.failure = OSError(28, "No space left on device")
            return False

        monkeypatch.setattr(EventLog, "_write", refuse)
        code, _, err = play("train", "--model", "Linear", *SMALL, "--out", tmp_path / "run")
        assert code == 2
        assert "metrics.jsonl could not be written: No space left on device" in err

    def test_as_a_program_it_stops_at_ctrl_c(self, tmp_path):
        folder = tmp_path / "run"
        arguments = ["train", "--model", "Linear", "--epochs", "1000", *SMALL, "--out", str(folder)]
        environment = {**os.environ, "LANGUAGE": "zh_CN", "PYTHONIOENCODING": "utf-8"}
        program = subprocess.Popen(
            [sys.executable, "-m", "playground", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        wait_for_a_step(folder)
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=60)
        assert program.returncode == 130, err
        assert "步停止。" in out
        assert err == ""
        assert (folder / "last.safetensors").is_file()


class TestPredict:
    @pytest.mark.parametrize("file", ["", "best.safetensors", "last.safetensors", "mnist_best.pth"])
    def test_digit_confidence_second_guess_and_picture(self, play, trained, tmp_path, language, file):
        image = draw_seven(tmp_path / "seven.png")
        code, out, _ = play("predict", image, "--model", trained / file)
        assert code == 0
        first, *picture = out.splitlines()
        assert first.startswith(f"{image}: ")
        assert first.count("%") == 2
        assert {"en": "second guess", "zh": "第二可能是"}[language] in first
        assert len(picture) == 14
        assert any("█" in line for line in picture)

    def test_a_bad_file_does_not_keep_the_others_from_being_read(self, play, trained, tmp_path, language):
        good = draw_seven(tmp_path / "good.jpg", "JPEG")
        blank = tmp_path / "blank.png"
        Image.new("L", (28, 28)).save(blank)
        text = tmp_path / "notes.png"
        text.write_text("no picture")
        torn = tmp_path / "torn.png"
        torn.write_bytes(good.with_name("good.jpg").read_bytes()[:200])
        large = tmp_path / "large.png"
        large.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(12_000_000))
        missing = tmp_path / "missing.png"
        code, out, err = play("predict", missing, text, blank, torn, large, tmp_path, good, "--model", trained)
        assert code == 2
        assert str(good) in out
        told = {
            missing: ("There is no such file", "没有这个文件"),
            text: ("no PNG and no JPEG", "不是 PNG 或 JPEG"),
            blank: ("no ink to read", "没有可以识别的笔迹"),
            torn: ("cut off or damaged", "可能被截断或已损坏"),
            large: ("larger than 12 MB", "超过了 12 MB"),
            tmp_path: ("cannot be read", "无法读取"),
        }
        for (path, texts), line in zip(told.items(), err.splitlines(), strict=True):
            assert line.startswith(f"{path}: ")
            assert texts[language == "zh"] in line

    def test_a_model_that_cannot_be_read_is_told_once(self, play, tmp_path):
        image = draw_seven(tmp_path / "seven.png")
        code, _, err = play("predict", image, image, "--model", tmp_path / "none.safetensors")
        assert code == 2
        assert err.count("There is no file none.safetensors") == 1
        damaged = tmp_path / "damaged.pth"
        damaged.write_bytes(b"nothing")
        assert "damaged" in play("predict", image, "--model", damaged)[2]

    def test_a_folder_without_weights_says_what_it_lacks(self, play, tmp_path):
        _, _, err = play("predict", draw_seven(tmp_path / "seven.png"), "--model", tmp_path)
        assert "holds no weights: expected one of best.safetensors, last.safetensors" in err

    def test_a_picture_in_blocks_and_in_grey(self):
        seen = [[0, 1, 0, 1], [0, 0, 1, 1]]
        assert draw_picture(seen, grey=False).plain == " ▀▄█"
        grey = draw_picture(seen, grey=True)
        assert grey.plain == "▀▀▀▀"
        assert [str(span.style) for span in grey.spans][1] == "#ffffff on #000000"


class TestLessons:
    def test_the_list_names_every_lesson(self, play, language):
        code, out, _ = play("lessons")
        assert code == 0
        for name in LESSONS:
            assert name in out and words.text(language, f"lesson.{name}") in out

    def test_a_lesson_shows_its_failure_and_its_cure(self, play):
        code, out, _ = play("lessons", "run", "zero_grad")
        assert code == 0
        assert words.text("en", "lesson.fact_accuracy") in out and "%" in out
        assert words.text("en", "lesson.not_shown") not in out

    def test_the_code_is_both_programs(self, play):
        code, out, _ = play("lessons", "code", "zero_grad")
        assert code == 0 and out.count("import torch") >= 2
        assert write_program("zero_grad", "cured") in out

    @pytest.mark.parametrize("arguments", [["dance"], ["run", "nothing"]])
    def test_what_is_none_is_refused(self, play, arguments):
        code, _, complaint = play("lessons", *arguments)
        assert code == 2 and arguments[-1] in complaint


class TestFindRate:
    def test_it_draws_the_curve_and_says_a_rate(self, play, language):
        code, out, _ = play("find-rate", "--model", "MLP", "--optimizer", "SGD", "--momentum", "0", "--train-size", "2000")
        assert code == 0
        assert "█" in out and "2/λ = 0." in out
        assert words.text(language, "finder.rate") in out

    def test_an_optimizer_without_a_rate_is_refused(self, play):
        code, _, complaint = play("find-rate", "--model", "MLP", "--optimizer", "LBFGS", "--precision", "fp32")
        assert code == 2 and "LBFGS" in complaint


class TestOtherCommands:
    def test_check_says_what_there_is_and_why(self, play, language):
        code, out, _ = play("check")
        assert code == 0
        assert torch.__version__ in out
        assert words.text(language, "start.device") in out
        if not torch.cuda.is_available():
            assert words.text(language, "start.why_cpu") in out

    def test_check_on_a_machine_with_a_gpu(self, play, monkeypatch):
        from playground.devices import describe_environment

        devices = [{"name": "cuda:0", "type": "cuda", "memory_bytes": 8 * 2**30, "label": "A card"}]
        found = {**describe_environment(), "device": "cuda:0", "devices": devices}
        monkeypatch.setattr("playground.devices.describe_environment", lambda: found)
        out = play("check")[1]
        assert "cuda:0: A card, 8.0 GiB" in out
        assert "cuda:0 is used" in out

    def test_weights_shows_each_shipped_network(self, play, monkeypatch, make_config, tmp_path):
        config = make_config(model="Linear")

        def train_both(report):
            for file in ("first.safetensors", "second.safetensors"):
                for event in train(config, tmp_path):
                    report(types.SimpleNamespace(file=file), event)

        monkeypatch.setattr("playground.command_line.weights.train_shipped_weights", train_both)
        code, out, _ = play("weights")
        assert code == 0
        assert "first.safetensors: 7,850" in out
        assert "second.safetensors: 7,850" in out
        assert out.count("Best test accuracy") == 2

    def test_an_error_of_any_kind_is_written_in_the_readers_language(self, play, monkeypatch, language):
        for error in (InputError("predict.no_image"), NotFoundError("bench.no_record")):

            def fail(*_, error=error):
                raise error

            monkeypatch.setattr("playground.command_line.check.run", fail)
            code, _, err = play("check")
            assert code == 2
            assert error.message(language) in err


class TestBenchmarksOfAModel:
    @pytest.fixture(autouse=True)
    def short(self, monkeypatch):
        monkeypatch.setenv("PLAYGROUND_BENCHMARK_REPEAT_SECONDS", "1")

    @pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.long)], indirect=True)
    @pytest.mark.parametrize(
        "name", [pytest.param(name, marks=pytest.mark.long if name == "scale" else ()) for name in bench_model.NAMES]
    )
    def test_each_prints_what_it_found_and_why(self, play, language, name):
        code, out, err = play(
            "bench", name, "--model", "MLP", "--batch-size", "4", "--steps", "2", "--micro-batches", "1", "2"
        )
        assert code == 0, err
        assert err.strip(), "it says what it does"
        told = [line for line in out.splitlines() if line.endswith("。" if language == "zh" else ".")]
        assert told and not re.search(r"\bbench(_memory)?\.\w+", out), out
        assert "{" not in out

    def test_the_whole_result_as_json(self, play):
        code, out, _ = play("bench", "sweep", "--model", "Linear", "--batch-size", "2", "--json")
        result = json.loads(out)
        assert code == 0 and {row["precision"] for row in result["rows"]} == {"fp32", "bf16", "fp16"}
        assert all(isinstance(sentence, str) for sentence in result["reason"])

    def test_a_model_that_is_no_text_is_refused_and_a_long_spec_is_none_of_a_file(self, play, tmp_path):
        picture = tmp_path / "net.png"
        picture.write_bytes(b"\x89PNG\r\n")
        code, out, err = play("bench", "profiler", "--model", str(picture), "--json")
        assert code == 2 and not out and "cannot be read" in err and "Give a text file" in err
        spec = json.dumps({"name": "Long" * 70, "layers": []})
        code, out, err = play("bench", "profiler", "--model", spec, "--json")
        assert code == 2 and not out and err.startswith("Error: ") and "Traceback" not in err


class TestResume:
    SMALL = "--model Linear --train-size 256 --epochs 2 --threads 1 --precision fp32 --learning-rate 0.01"

    def steps(self, folder):
        events = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        return [(event["step"], event["loss"]) for event in events if event["type"] == "step"]

    def test_a_run_goes_on_from_a_snapshot(self, tmp_path, capsys):
        first, second = tmp_path / "first", tmp_path / "second"
        assert main(["train", *self.SMALL.split(), "--out", str(first)]) == 0
        assert main(["train", "--resume", str(first), "--from", "0", "--out", str(second)]) == 0
        assert self.steps(second) == self.steps(first)
        entry = json.loads((second / "config.json").read_text(encoding="utf-8"))
        parent = json.loads((first / "config.json").read_text(encoding="utf-8"))
        assert entry["origin"] == {"run_id": parent["id"], "step": 0} and entry["config"] == parent["config"]
        third = tmp_path / "third"
        assert main(["train", "--resume", str(first), "--epochs", "3", "--out", str(third)]) == 0
        assert [step for step, _ in self.steps(third)] == [5, 6]
        assert main(["train", *self.SMALL.split(), "--epochs", "3", "--out", str(tmp_path / "whole")]) == 0
        assert self.steps(first) + self.steps(third) == self.steps(tmp_path / "whole")

    def test_what_cannot_be_resumed_is_told(self, tmp_path, capsys):
        first = tmp_path / "first"
        assert main(["train", *self.SMALL.split(), "--out", str(first)]) == 0
        for options, expected in (
            (["--resume", str(tmp_path / "nothing")], "holds no run"),
            (["--from", "3"], "--resume RUN_DIR"),
            (["--resume", str(first)], "nothing is left"),
            (["--resume", str(first), "--from", "3"], "no snapshot of step 3"),
            (["--resume", str(first), "--from", "x"], "got x"),
            (["--resume", str(first), "--from", "0", "--seed", "4"], "seed"),
        ):
            capsys.readouterr()
            assert main(["train", *options, "--out", str(tmp_path / "other")]) != 0
            assert expected in capsys.readouterr().err
            assert not (tmp_path / "other").exists()
