"""The learning rates that were set by hand, in a run's script; and what a script of a fork does not do."""

from __future__ import annotations

from collections.abc import Sequence

# They stand in the script where the training begins.
TRAINING = "\n\n\nmodel.train()\nbest = "


def write_rates(script: str, rates: Sequence[tuple[int, float]]) -> str:
    """A script with the changes (first step, factor on the schedule) that a learner made while the run went.

    The optimizer's own hooks scale the rate around each of its steps, so that the schedule knows nothing of it: as in the
    run itself.
    """
    if not rates:
        return script
    assert script.count(TRAINING) == 1
    changes = ", ".join(f"({step}, {factor!r})" for step, factor in rates)
    lines = [
        "# Set by hand while the run went: from this step on, so many times the learning rate of the schedule.",
        f"FACTORS = [{changes}]",
        "scheduled = []",
        "",
        "",
        "def set_rate(optimizer, args, kwargs):",
        "    scheduled[:] = [group['lr'] for group in optimizer.param_groups]",
        "    for group in optimizer.param_groups:",
        "        group['lr'] *= next((factor for first, factor in reversed(FACTORS) if step + 1 >= first), 1.0)",
        "",
        "",
        "def reset_rate(optimizer, args, kwargs):",
        "    for group, rate in zip(optimizer.param_groups, scheduled):",
        "        group['lr'] = rate",
        "",
        "",
        "optimizer.register_step_pre_hook(set_rate)",
        "optimizer.register_step_post_hook(reset_rate)",
    ]
    block = "\n\n\n" + "\n".join(lines).replace("'", '"')
    return script.replace(TRAINING, block + TRAINING)


def write_origin(script: str, step: int) -> str:
    """A script that says where its run began: it trains from the beginning itself."""
    if not step:
        return script
    note = [
        f"# The run on the page went on from the snapshot of step {step} of another run, which may have had",
        "# other settings until then. This script trains from the beginning with the settings of the run that went on.",
    ]
    return "\n".join([*note, script])
