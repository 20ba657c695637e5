"""The catalogue: every word that the code asks for is there, in two languages that say the same."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from playground import words
from playground.autograd.presets import PRESETS as GRAPHS
from playground.data import AUGMENTATIONS, DATASETS
from playground.errors import InputError
from playground.exports import EXPORTS
from playground.jobs.kinds import JOB_KINDS
from playground.models import PRESETS
from playground.models.layers import LAYERS
from playground.registry import Topic
from playground.training.config import PRECISIONS
from playground.training.losses import LOSSES
from playground.training.optimizers import OPTIMIZERS
from playground.training.recipes import RECIPES
from playground.training.schedulers import SCHEDULERS
from playground.words import WORDS

ROOT = Path(__file__).resolve().parents[2]
KEY = re.compile(r"[a-z_]+(\.\w+)+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Names that are the same in every language.
NAMES = set(
    """Adam AdamW OneCycle RMSprop SGD LBFGS GradScaler Nesterov PyTorch torchvision Python MNIST FashionMNIST KMNIST EMNIST
    fp32 fp16 bf16 CPU GPU MB English 中文 DDP FSDP ZeRO PID All reduce""".split()
)
REGISTRIES = {
    "recipe": RECIPES,
    "preset": PRESETS,
    "dataset": DATASETS,
    "optimizer": OPTIMIZERS,
    "scheduler": SCHEDULERS,
    "augment": AUGMENTATIONS,
    "loss": LOSSES,
    "graph_preset": GRAPHS,
    "export": EXPORTS,
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def constants(node: ast.AST) -> list[str]:
    """The texts that an expression can be: itself, or both sides of `a if b else c`."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def scan_uses():
    """(file, line, key, names of the values; None where they cannot be seen) of every key that stands in the code."""
    for path in sorted((ROOT / "playground").rglob("*.py")):
        if "words" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = (path.relative_to(ROOT), getattr(node, "lineno", 0))
            if isinstance(node, ast.Call):
                name = called(node)
                values = {keyword.arg for keyword in node.keywords} - {"line"}
                seen = None if None in values else values
                if name == "text":
                    keys = constants(node.args[1]) if len(node.args) > 1 else []
                    # A plain text() may want the template itself.
                    seen = seen or None
                elif name.endswith(("Error", "Failure")):
                    keys = constants(node.args[0]) if node.args else []
                elif name in ("Topic", "Registry"):
                    keys, seen = (constants(node.args[0]) if node.args else []), None
                elif name in ("Measurements", "Newest"):
                    keys, seen = constants(node.args[0]), {"id"}
                else:
                    continue
                for key in keys:
                    if KEY.fullmatch(key):
                        yield *place, key, seen
            elif isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "key":
                        yield from ((*place, text, None) for text in constants(value))
            elif isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["key"]:
                yield from ((*place, text, None) for text in constants(node.value) if KEY.fullmatch(text))
    for path in sorted((ROOT / "assets" / "js").rglob("*.js")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for key in re.findall(r"""\b(?:text|word)\(\s*["']([a-z_]+(?:\.\w+)+)["']""", line):
                yield path.relative_to(ROOT), number, key, None


USES = list(scan_uses())


def test_the_scan_finds_keys_of_every_form():
    keys = {key for _, _, key, _ in USES}
    assert {
        "spec.depth",
        "error.unknown_name_near",
        "run.interrupted",
        "topic.optimizer",
        "data.checksum",
        "lesson.unknown",
    } <= keys


@pytest.mark.parametrize("key", sorted({key for _, _, key, _ in USES}))
def test_every_key_that_the_code_uses_is_there(key):
    places = [f"{path}:{line}" for path, line, used, _ in USES if used == key]
    assert key in WORDS, f"{key} is used in {places}"


def test_every_use_gives_exactly_the_values_that_its_words_name():
    wrong = [
        f"{path}:{line} {key}: gives {sorted(values)}, the words name {sorted(placeholders(WORDS[key][0]))}"
        for path, line, key, values in USES
        if values is not None and key in WORDS and values != placeholders(WORDS[key][0])
    ]
    assert wrong == []


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_say_the_same(key):
    english, chinese = WORDS[key]
    assert english.strip()
    assert chinese.strip()
    assert placeholders(english) == placeholders(chinese)
    if set(re.findall(r"[^\W\d]\w*", chinese)) <= NAMES:
        return
    assert not CHINESE.search(english), "an English text with 中文 in it"
    assert CHINESE.search(chinese), "not translated"
    assert chinese != english, "not translated"


@pytest.mark.parametrize("key", sorted(WORDS))
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_no_braces_are_left_in_what_a_learner_reads(key, language):
    values = dict.fromkeys(placeholders(WORDS[key][0]), 7)
    written = words.text(language, key, **values)
    assert "{{" not in written
    assert "}}" not in written
    assert not re.search(r"\{\w+(:[^}]*)?\}", written)


def test_no_key_is_written_twice():
    written = [
        key.value
        for path in (ROOT / "playground" / "words").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert sorted(written) == sorted(WORDS)


@pytest.mark.parametrize(
    "key",
    [f"{area}.{name}" for area, registry in REGISTRIES.items() for name in registry]
    + [f"precision.{name}" for name in PRECISIONS],
)
def test_every_entry_of_a_registry_has_its_words(key):
    assert key in WORDS


@pytest.mark.parametrize("area", ["optimizer", "loss", "scheduler"])
def test_what_a_run_is_made_of_has_advice_and_a_formula(area):
    for name, entry in REGISTRIES[area].items():
        assert f"{area}_advice.{name}" in WORDS
        # Shown as it is in either language.
        assert entry.formula and not CHINESE.search(entry.formula)
        assert max(map(len, entry.formula.splitlines())) <= 40, "it fits beside the chart"


@pytest.mark.parametrize("registry", [*REGISTRIES.values(), LAYERS, JOB_KINDS], ids=lambda registry: registry.topic)
def test_every_registry_has_a_topic(registry):
    assert registry.topic in WORDS
    for name, entry in registry.items():
        assert entry.name == name


def test_a_value_that_is_an_error_is_written_in_the_same_language():
    inner = InputError("spec.depth", maximum=8)
    outer = InputError("checkpoint.spec", name="a.safetensors", reason=inner)
    assert "nested more than 8 deep" in outer.message("en")
    assert "嵌套超过 8 级" in outer.message("zh")
    assert "优化器" in words.text("zh", "error.unknown_name", topic=Topic("topic.optimizer"), name="x", names="y")


def test_an_unknown_key_or_language_is_a_loud_bug():
    with pytest.raises(KeyError):
        words.text("en", "no.such_key")
    with pytest.raises(ValueError, match="not in tuple"):
        words.text("fr", "error.internal")
