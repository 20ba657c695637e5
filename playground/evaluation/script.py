"""The script that evaluates saved weights: it runs without this package, and gives the numbers of the report."""

from __future__ import annotations

import inspect
from typing import Any

from playground.data import find_dataset
from playground.evaluation.metrics import calibrate, class_metrics, count_confusion, principal_components
from playground.evaluation.report import BINS, MISTAKES, PROJECTED
from playground.training.config import TrainingConfig
from playground.training.evaluate import EVALUATION_BATCH
from playground.training.script import device_line, imports_of, load_function, normalise_function, written_model
from playground.training.script_training import AUTOCAST

TITLE = '''"""How good saved weights are: precision, recall, calibration, mistakes, and the last features in two dimensions.

It needs torch and torchvision, and mnist_best.pth beside it: the training script writes it, and so does the Weights tab.
"""
'''
RUN = """
linears = {module: name for name, module in model.named_modules() if isinstance(module, nn.Linear)}
last = {}


def see(module, inputs):
    last["layer"], last["input"] = linears[module], inputs[0]


for module in linears:
    module.register_forward_pre_hook(see)

count = len(test_labels)
stride = max(1, count // PROJECTED)
logits, features = [], []
with torch.no_grad()AUTOCAST:
    for start in range(0, count, BATCH):
        last.clear()
        batch = normalise(test_images[start : start + BATCH].float().div_(255))
        logits.append(model(batch).float())
        if last and len(last["input"]) == len(batch):  # one vector for each image
            features.append(last["input"].flatten(1)[-start % stride :: stride].double())
has_features = len(features) == len(logits)
logits, labels = torch.cat(logits).cpu(), test_labels.cpu()

class_count = logits.shape[1]
answered = logits.isfinite().all(dim=1)
confidence, answers = logits.double().softmax(dim=1).max(dim=1)
answers = torch.where(answered, answers, -1)
right = answers == labels
confusion = count_confusion(labels, answers, class_count)
support = torch.bincount(labels, minlength=class_count)
precision, recall, f1 = class_metrics(confusion, support)
print(f"accuracy {int(right.sum()) / count:.4f} of {count} test images")
for label in range(class_count):
    numbers = f"precision {precision[label]:.6f}  recall {recall[label]:.6f}  F1 {f1[label]:.6f}"
    print(f"class {label}  {numbers}  images {support[label]}")
print("confusion matrix, rows = labels:")
print("\\n".join(" ".join(f"{cell:5d}" for cell in row) for row in confusion.tolist()))

counts, mean_confidence, accuracy, ece = calibrate(confidence[answered], right[answered], BINS)
for place in range(BINS):
    if counts[place]:
        means = f"confidence {mean_confidence[place]:.6f}  accuracy {accuracy[place]:.6f}"
        print(f"bin {place:2d}  images {counts[place]}  {means}")
print(f"expected calibration error {ece:.6f}")

wrong = (answered & ~right).nonzero().flatten()
worst = wrong[confidence[wrong].argsort(descending=True, stable=True)[:MISTAKES]]
for index in worst.tolist():
    print(f"mistake {index}  label {labels[index]}  answer {answers[index]}  confidence {confidence[index]:.6f}")

if has_features:
    points, explained = principal_components(torch.cat(features)[:PROJECTED].cpu())
    print(f"explained variance {explained[0]:.6f} {explained[1]:.6f} of the input of {last['layer']}")
else:
    print("no Linear layer sees one vector for each image: no projection")
"""


def write_report_script(config: TrainingConfig, precision: str) -> str:
    """The script of a run's report.

    Args:
        precision: fp32, bf16 or fp16: what the run was trained and is evaluated in.
    """
    model, dataset = written_model(config), find_dataset(config.dataset)
    autocast = f", torch.autocast(device.type, {AUTOCAST[precision]})" if precision in AUTOCAST else ""
    settings = [
        *([f"SEED = {config.seed}"] if "SEED" in model.source else []),
        f"BATCH = {EVALUATION_BATCH}",
        f"BINS = {BINS}  # of the calibration curve",
        f"MISTAKES = {MISTAKES}  # at most so many are listed",
        f"PROJECTED = {PROJECTED}  # images, evenly chosen",
        device_line(config),
    ]
    weights = [
        f"model = {model.make}.to(device)",
        'model.load_state_dict(torch.load("mnist_best.pth", map_location=device, weights_only=True))',
        "model.eval()",
    ]
    parts = [
        "\n".join(settings),
        "\n".join(load_function(dataset)),
        "\n".join(normalise_function(dataset)),
        model.source.strip("\n"),
        *map(_plain_function, (count_confusion, class_metrics, calibrate, principal_components)),
        "test_images, test_labels = load(train=False)\n" + "\n".join(weights) + RUN.replace("AUTOCAST", autocast),
    ]
    body = "\n\n\n".join(part.strip("\n") for part in parts)
    return "\n".join([TITLE, "\n".join(imports_of(body)).strip(), "", body]) + "\n"


def _plain_function(function: Any) -> str:
    """Our own function as it stands, without annotations; of its docstring what comes before the arguments."""
    _, doc, body = inspect.getsource(function).split('"""')
    names = ", ".join(inspect.signature(function).parameters)
    told = doc.partition("    Args:")[0].rstrip()
    end = "\n    " if "\n" in told else ""
    return f'def {function.__name__}({names}):\n    """{told}{end}"""{body}'
