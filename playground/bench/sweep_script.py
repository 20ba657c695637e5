"""write_sweep_script: the sweep over batch sizes and widths as a program that needs torch alone."""

from __future__ import annotations

from dataclasses import replace

from playground.bench.precision_sweep import sweep_batches, sweep_widths
from playground.bench.script_head import SYNCHRONISE, own_source, title_name, trainer_part, write_script
from playground.bench.widths import widen
from playground.limits import Limits
from playground.models.source import class_name, model_source
from playground.models.spec import ModelSpec

SECONDS, TURNS = 20, 5

SWEEP = '''

def expect(found, width, batch):
    """Seconds of a step, by the next smaller one: it grows with the batch, and with the square of the width."""
    smaller = [(batch / b * (width / w) ** 2, seconds) for (w, b), seconds in found.items() if w <= width and b <= batch]
    factor, seconds = min(smaller, default=(0, 0))
    return factor * seconds


def measure(module, batch, found, width, share):
    """The median of each precision over some turns; a precision whose step would take too long is left out."""
    inputs, labels = make_batch(batch)
    trainers = {}
    for name, dtype, scaled in PRECISIONS:
        expected = expect(found[name], width, batch)
        if 3 * expected > share:
            found[name][width, batch] = expected
            continue
        trainers[name] = Trainer(module, inputs, labels, dtype, scaled)
        trainers[name].step(0)  # the warm-up
    end = time.perf_counter() + share
    for turn in range(TURNS):
        for trainer in trainers.values():
            trainer.step(1 + turn)
        if time.perf_counter() > end:
            break
    return {name: statistics.median(trainer.times[1:]) for name, trainer in trainers.items()}


def main():
    # Convolutions of CUDA may round float32 to tf32 unless they are told not to; fp32 shall be fp32.
    torch.backends.cudnn.allow_tf32 = False
    for width, module in MODELS.items():
        print(f"width x{width}: {sum(one.numel() for one in module.parameters())} parameters")
    found = {name: {} for name, _, _ in PRECISIONS}
    sizes = [(width, batch) for width in MODELS for batch in BATCHES]
    end = time.perf_counter() + SECONDS
    for place, (width, batch) in enumerate(sizes):
        share = (end - time.perf_counter()) / (len(sizes) - place)
        try:
            seconds = measure(MODELS[width], batch, found, width, share)
        except (RuntimeError, ValueError) as error:  # BatchNorm wants more than one sample
            print(f"width x{width}  batch {batch:5d}  refused: {error}")
            continue
        line = f"width x{width}  batch {batch:5d}"
        for name, taken in seconds.items():
            found[name][width, batch] = taken
            speedup = f"{seconds['fp32'] / taken:6.2f} x" if "fp32" in seconds else ""
            line += f"  {name} {1000 * taken:9.3f} ms {speedup}"
        print(line)


if __name__ == "__main__":
    main()
'''


def write_sweep_script(spec: ModelSpec, batch_size: int, optimizer: str, limits: Limits) -> str:
    """A complete program: training steps of the model in fp32, bf16 and fp16, at several batch sizes and widths, one line
    each. It has a time box, too.

    Raises:
        InputError: no such optimizer.
    """
    widths = sweep_widths(spec)
    sources, names = [own_source(spec)], ["1: model"]
    for width in widths[1:]:
        wider = widen(spec, width)
        assert wider is not None
        name = class_name(replace(spec, name=wider.name))
        text = model_source(wider)
        sources.append("\n" + text[text.index(f"class {name}(nn.Module):") :])  # classes of ours stand there already
        names.append(f"{width}: {name}()")
    sources.append(f"MODELS = {{{', '.join(names)}}}")
    return write_script(
        spec,
        batch_size,
        SWEEP,
        title=f"From which batch size and width on lower precisions pay for {title_name(spec)}. Needs torch alone.",
        imports=("import copy", "import statistics", "import time"),
        settings=(
            f"BATCHES = {sweep_batches(batch_size, limits.batch_size)}",
            f"SECONDS = {SECONDS}  # the time box",
            f"TURNS = {TURNS}",
        ),
        parts=(SYNCHRONISE, trainer_part(optimizer)),
        source="\n".join(sources),
    )
