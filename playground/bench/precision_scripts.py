"""Scripts that measure precisions and gradient accumulation with plain torch, outside of the playground."""

from __future__ import annotations

from collections.abc import Sequence

from playground.bench.accumulation import read_micro_batches
from playground.bench.script_head import SAVED_BYTES, SYNCHRONISE, title_name, trainer_part, write_script
from playground.bench.subject import read_count
from playground.models.spec import ModelSpec

MOST_STEPS, MOST_SAMPLES = 1000, 10**6

PRECISION = """

def main():
    # Convolutions of CUDA may round float32 to tf32 unless they are told not to; fp32 shall be fp32.
    torch.backends.cudnn.allow_tf32 = False
    inputs, labels = make_batch()
    trainers = {name: Trainer(model, inputs, labels, dtype, scaled) for name, dtype, scaled in PRECISIONS}
    # In turns, so that a busy moment of the machine falls on all alike. The first step is the warm-up.
    for number in range(STEPS + 1):
        for trainer in trainers.values():
            trainer.step(number)
    base = trainers["fp32"]
    for name, trainer in trainers.items():
        seconds = statistics.median(trainer.times[1:])
        speedup = statistics.median(one / own for one, own in zip(base.times[1:], trainer.times[1:]))
        kept = saved_bytes(trainer.forward, trainer.module)
        difference = trainer.losses[-1] - base.losses[-1]
        print(
            f"{name}  {1000 * seconds:9.3f} ms/step  {speedup:6.2f} x  saved {kept / 2**20:8.3f} MiB  "
            f"first loss {trainer.losses[0]:.6f}  loss {trainer.losses[-1]:.6f}  difference {difference:+.6f}"
        )


if __name__ == "__main__":
    main()
"""

ACCUMULATION = '''
def accumulate(module, inputs, labels, sizes, weights):
    """Add up the gradients of micro-batches, each mean loss times its weight."""
    module.zero_grad(set_to_none=True)
    pieces = zip(inputs.split(sizes), labels.split(sizes), weights)
    for piece, wanted, weight in pieces:
        (batch_loss(module(piece), piece, wanted) * weight).backward()


def gradient(module, inputs, labels, sizes, weights):
    """All gradients in one vector, with Dropout off and BatchNorm on its running statistics."""
    module.eval()
    accumulate(module, inputs, labels, sizes, weights)
    module.train()
    found = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
    return torch.cat([one.double().flatten() for one in found])


def cut(samples, count):
    return [samples // count + (place < samples % count) for place in range(count)]


def main():
    module = model.to(DEVICE).train()
    inputs, labels = make_batch()
    whole = gradient(module, inputs, labels, [BATCH_SIZE], [1.0])
    pieces = {count: cut(BATCH_SIZE, count) for count in MICRO_BATCHES}
    shares = {count: [size / BATCH_SIZE for size in sizes] for count, sizes in pieces.items()}
    # Before the steps that are timed: in training mode they move the running statistics of BatchNorm.
    gradients = {count: gradient(module, inputs, labels, pieces[count], shares[count]) for count in MICRO_BATCHES}
    most, quarter = BATCH_SIZE - BATCH_SIZE // 4, BATCH_SIZE // 4
    if quarter:
        unequal = gradient(module, inputs, labels, [most, quarter], [0.5, 0.5])
        undivided = gradient(module, inputs, labels, cut(BATCH_SIZE, 4), [1.0] * 4)
    times = {count: [] for count in MICRO_BATCHES}
    for turn in range(1 + TURNS):
        for count in MICRO_BATCHES:
            synchronise()
            start = time.perf_counter()
            accumulate(module, inputs, labels, pieces[count], shares[count])
            synchronise()
            times[count].append(time.perf_counter() - start)
    for count in MICRO_BATCHES:
        size = pieces[count][0]
        piece, wanted = inputs[:size].clone(), labels[:size]  # a copy: a slice would keep the whole batch
        kept = saved_bytes(lambda: batch_loss(module(piece), piece, wanted), module)
        error = (gradients[count] - whole).norm() / whole.norm()
        print(
            f"{count:3d} micro-batches  {1000 * statistics.median(times[count][1:]):9.3f} ms  "
            f"saved {kept / 2**20:8.3f} MiB  gradient error {error:.2e}"
        )
    if quarter:
        print(f"unequal last micro-batch  gradient error {(unequal - whole).norm() / whole.norm():.2e}")
        print(f"forgotten division  norm ratio {undivided.norm() / whole.norm():.3f}")


if __name__ == "__main__":
    main()
'''


def write_precision_script(spec: ModelSpec, batch_size: object, steps: object, optimizer: str = "AdamW") -> str:
    """Trains copies of the model in fp32, bf16 and fp16 on a synthetic batch and prints a line for each.

    Args:
        batch_size, steps: from 1 on; a warm-up step comes before. optimizer: of STEPPED.

    Raises:
        InputError, LimitError: no such number.
    """
    batch = read_count("bench.batch_size", batch_size, MOST_SAMPLES)
    count = read_count("bench.steps", steps, MOST_STEPS)
    return write_script(
        spec,
        batch,
        PRECISION,
        title=f"Training steps of {title_name(spec)} in fp32, bf16 and fp16. Needs torch alone.",
        imports=("import copy", "import statistics", "import time"),
        settings=(f"STEPS = {count}",),
        parts=(SYNCHRONISE, SAVED_BYTES, trainer_part(optimizer)),
    )


def write_accumulation_script(spec: ModelSpec, batch_size: object, micro_batches: Sequence[object]) -> str:
    """Cuts one synthetic batch into micro-batches and prints a line for each number of them, then two traps.

    Raises:
        InputError, LimitError: no such number, or more micro-batches than samples.
    """
    batch = read_count("bench.batch_size", batch_size, MOST_SAMPLES)
    counts = read_micro_batches(micro_batches, batch)
    return write_script(
        spec,
        batch,
        ACCUMULATION,
        title=f"One batch of {title_name(spec)} in more and more micro-batches. Needs torch alone.",
        imports=("import statistics", "import time"),
        settings=(f"MICRO_BATCHES = {counts}", "TURNS = 5"),
        parts=(SYNCHRONISE, SAVED_BYTES),
    )
