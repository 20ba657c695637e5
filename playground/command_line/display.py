"""A training run in a terminal: a progress bar that lives, and the course's table of epochs above it."""

from __future__ import annotations

from rich.cells import cell_len
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from playground.command_line.terminal import Terminal, pad_left
from playground.distributed.events import Lost, Processes
from playground.training.events import Done, Download, Epoch, Event, Insight, Started, Step

# Columns of the table: the catalogue's `monitor.column_<name>`, the least width, and how an Epoch fills it.
COLUMNS = (
    ("epoch", 5, lambda epoch: f"{epoch.epoch:g}"),
    ("train_loss", 10, lambda epoch: f"{epoch.loss:.4f}"),
    ("train_accuracy", 9, lambda epoch: f"{epoch.accuracy:.2%}"),
    ("test_loss", 9, lambda epoch: f"{epoch.test_loss:.4f}"),
    ("test_accuracy", 9, lambda epoch: f"{epoch.test_accuracy:.2%}"),
    ("learning_rate", 10, lambda epoch: f"{epoch.learning_rate:.6f}"),
    ("seconds", 7, lambda epoch: f"{epoch.epoch_seconds:.1f} s"),
)
GAP = "  "
# The same for the layers: `insight.column_<name>`, and how a layer's row fills it.
LAYER_COLUMNS = (
    ("layer", lambda row, terminal: f"{row['name']} {row['type']}"),
    ("verdict", lambda row, terminal: terminal.text(f"insight.verdict_{row['verdict']}")),
    ("gradient_norm", lambda row, terminal: _number(row["gradient_norm"])),
    ("gradient_max", lambda row, terminal: _number(row["gradient_max"])),
    ("weight_norm", lambda row, terminal: _number(row["weight_norm"])),
    ("update_ratio", lambda row, terminal: _number(row["update_ratio"])),
    ("dead", lambda row, terminal: "–" if row["units"] is None else f"{row['dead']:.0%} / {row['units']}"),
)


class TrainingDisplay:
    """Shows the events of one run; a context manager, because the bar must leave the terminal as it was.

    Args:
        name: of the model.
    """

    def __init__(self, name: str, terminal: Terminal):
        self.name, self.terminal = name, terminal
        headings = [terminal.text(f"monitor.column_{name}") for name, _, _ in COLUMNS]
        self.widths = [max(width, cell_len(text)) for (_, width, _), text in zip(COLUMNS, headings, strict=True)]
        self.heading = self._line(headings)
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[numbers]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=terminal.output,
            transient=True,
            disable=not terminal.output.is_terminal,
        )
        self.insights: list[Insight] = []  # some thousand at most
        self.task = self.progress.add_task(terminal.text("train.preparing"), total=None, numbers="")

    def __enter__(self) -> TrainingDisplay:
        self.progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.progress.stop()

    def show(self, event: Event) -> None:
        """Draw what happened."""
        # An Epoch is also a Step: the more special one comes first.
        if isinstance(event, Epoch):
            self.terminal.write(self._line([fill(event) for _, _, fill in COLUMNS]))
        elif isinstance(event, Step):
            self.progress.update(self.task, completed=event.step, numbers=self._numbers(event))
        elif isinstance(event, Started):
            self._begin(event)
        elif isinstance(event, Download):
            name = self.terminal.text("train.download", dataset=event.dataset)
            self.progress.update(self.task, description=name, total=100, completed=round(100 * event.share))
        elif isinstance(event, Processes):
            self._introduce(event)
        elif isinstance(event, Lost):
            how, left = event.signal or event.exit_code, event.restarts_left
            self.terminal.say("processes.lost", rank=event.rank, pid=event.pid, how=how, left=left)
        elif isinstance(event, Insight):
            self.insights.append(event)
        elif isinstance(event, Done):
            self.terminal.write()
            if self.insights:
                report_layers(self.insights[-1], len(self.insights), self.terminal)
            if event.reason == "early_stopping":
                self.terminal.say("monitor.state_early", patience=event.patience, epoch=f"{event.best_epoch:g}")
            self.terminal.say("train.best", accuracy=event.test_accuracy, epoch=event.best_epoch)

    def _introduce(self, event: Processes) -> None:
        pids = ", ".join(str(rank["pid"]) for rank in event.ranks)
        self.terminal.say("train.processes", count=len(event.ranks), backend=event.backend, pids=pids)
        if event.sharding != "none":
            shares = ", ".join(f"{rank['parameters']:,}" for rank in event.ranks)
            self.terminal.say("train.processes_sharded", count=len(event.ranks), shares=shares)
        if event.restarts:
            self.terminal.say("processes.again", step=event.from_step + 1)
        if event.trial:
            values = {name: event.trial[name] for name in ("speedup", "gradient_difference")}
            self.terminal.say("train.processes_trial", count=len(event.ranks), **values)

    def _begin(self, event: Started) -> None:
        self.terminal.say(
            "train.begin",
            model=self.name,
            parameters=event.parameters,
            images=event.train_size,
            steps=event.total_steps,
            device=event.device,
            precision=event.precision,
            threads=event.threads,
        )
        self.terminal.write()
        self.terminal.write(self.heading)
        self.terminal.write("─" * cell_len(self.heading))
        running = self.terminal.text("monitor.state_running")
        self.progress.update(self.task, description=running, total=event.total_steps, completed=0)

    def _numbers(self, step: Step) -> str:
        """The batch's loss and accuracy, the speed and the learning rate, each with its name."""
        shown = (
            ("monitor.loss", f"{step.loss:.4f}"),
            ("monitor.accuracy", f"{step.accuracy:.1%}"),
            ("monitor.tile_speed", f"{step.images_per_second:,.0f}"),
            ("monitor.column_learning_rate", f"{step.learning_rate:.2g}"),
        )
        return GAP.join(f"{self.terminal.text(key)} {value}" for key, value in shown)

    def _line(self, cells: list[str]) -> str:
        return GAP.join(pad_left(cell, width) for cell, width in zip(cells, self.widths, strict=True))


def report_layers(insight: Insight, count: int, terminal: Terminal) -> None:
    """The layers at the last measured step, with their verdicts; `count` steps were measured."""
    terminal.say("insight.report", step=insight.step)
    lines = [[terminal.text(f"insight.column_{name}") for name, _ in LAYER_COLUMNS]]
    lines += [[fill(row, terminal) for _, fill in LAYER_COLUMNS] for row in insight.layers]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        terminal.write(GAP.join(pad_left(cell, width) for cell, width in zip(line, widths, strict=True)))
    terminal.say("insight.cost", count=count, share=f"{insight.share:.1%}")
    terminal.write()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
