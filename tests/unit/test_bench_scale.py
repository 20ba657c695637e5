"""Scale: DDP, model parallelism and FSDP on real processes are one and the same training; the planner's bytes are theirs."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from test_distributed import NORMED, PLAIN
from test_distributed_script import torchrun

from playground.bench.benchmarks import BENCHMARKS, read_settings
from playground.bench.planner import STRATEGIES, USABLE, plan_training
from playground.bench.scale import check_scale, describe_scale
from playground.bench.scale_ranks import cut_layers, measure_scale
from playground.bench.scale_script import write_scale_script
from playground.distributed.gang import run_gang
from playground.errors import InputError, LimitError, RuntimeFailure, UnsupportedError
from playground.models import build_model, read_model

BATCH = 16
GiB = 2**30


@pytest.fixture(scope="module")
def measured() -> dict:
    """Two processes, four ways; JSON as the page gets it."""
    ranks = run_gang(measure_scale, 2, read_model(PLAIN).to_text(), BATCH, "Adam", 3)
    return json.loads(json.dumps(describe_scale(ranks, BATCH)))


def row(measured: dict, name: str) -> dict:
    return next(entry for entry in measured["rows"] if entry["strategy"] == name)


def count() -> int:
    return sum(parameter.numel() for parameter in build_model(read_model(PLAIN)).parameters())


def talked(rank: dict) -> dict[str, int]:
    return {entry["name"]: entry["bytes"] for entry in rank["talk"]}


def test_all_ways_are_the_same_training(measured):
    assert row(measured, "alone")["loss"] == pytest.approx(2.3, abs=0.3)
    for name in ("ddp", "model", "fsdp"):
        assert row(measured, name)["loss_difference"] < 1e-6, name
    assert len({rank["pid"] for rank in measured["processes"]}) == 2


def test_what_lies_on_each_process(measured):
    size = 4 * count()
    for rank in row(measured, "ddp")["ranks"]:
        assert (rank["parameters"], rank["gradients"]) == (size, size)
        assert 2 * size <= rank["optimizer"] <= 2 * size + 100
    for name in ("model", "fsdp"):
        ranks = row(measured, name)["ranks"]
        assert sum(rank["parameters"] for rank in ranks) == sum(rank["gradients"] for rank in ranks) == size
    assert [rank["parameters"] for rank in row(measured, "fsdp")["ranks"]] == [size // 2] * 2
    assert [rank["layers"] for rank in row(measured, "model")["ranks"]] != [row(measured, "alone")["ranks"][0]["layers"]] * 2


def test_what_is_sent(measured):
    size = 4 * count()
    for rank in row(measured, "ddp")["ranks"]:
        assert talked(rank)["allreduce"] == size + 4  # and the loss
    for rank in row(measured, "fsdp")["ranks"]:
        assert talked(rank)["allgather_base"] == 2 * size  # for forward, and again for backward
        assert talked(rank)["reduce_scatter_base"] == size
    for rank in row(measured, "model")["ranks"]:
        told = talked(rank)
        assert told["send"] == told["recv"] > 0, "an activation and its gradient have the same size"
    assert row(measured, "alone")["sent_bytes"] == 0


def test_the_planner_says_what_was_measured(measured):
    plan = plan_training(measured["plan"])
    planned = {entry["strategy"]: entry for entry in plan["rows"]}
    for name, ours in (("ddp", "ddp"), ("zero3", "fsdp")):
        rank = row(measured, ours)["ranks"][0]
        for kind in ("parameters", "gradients", "optimizer"):
            assert planned[name]["bytes"][kind] == pytest.approx(rank[kind], abs=100), (name, kind)
    ddp, fsdp = (talked(row(measured, name)["ranks"][0]) for name in ("ddp", "fsdp"))
    # Of n ranks each sends (n - 1) / n of the bytes in each of an all-reduce's two halves, a gather, and a scatter.
    assert planned["ddp"]["sent"] == pytest.approx(2 * 0.5 * ddp["allreduce"], abs=10)
    assert planned["zero3"]["sent"] == pytest.approx(0.5 * (fsdp["allgather_base"] + fsdp["reduce_scatter_base"]))


def test_of_batch_norm_shares_are_another_batch():
    with pytest.raises(InputError):
        check_scale(read_model(NORMED), 2, 2)
    check_scale(read_model(NORMED), 4, 2)


def test_the_planner_chooses_and_says_from_how_many_gpus():
    seven = {"parameters": 7e9, "batch": 8, "gpus": 8, "memory_bytes": 80 * GiB, "activation_bytes": 1e9, "recipe": "mixed"}
    plan = plan_training(seven)
    assert [entry["strategy"] for entry in plan["rows"]] == [strategy.name for strategy in STRATEGIES]
    totals = {entry["strategy"]: entry["total"] for entry in plan["rows"]}
    assert totals["ddp"] == 7e9 * 16 + 1e9
    assert totals["zero1"] == 7e9 * (4 + 12 / 8) + 1e9
    assert totals["zero2"] == 7e9 * (2 + 14 / 8) + 1e9
    assert totals["zero3"] == 7e9 * 16 / 8 + 1e9
    assert plan["chosen"] == "zero1" and not plan["rows"][0]["fits"]
    seventy = plan_training({**seven, "parameters": 70e9})
    assert seventy["chosen"] is None
    least = seventy["least_gpus"]
    fits = [plan_training({**seven, "parameters": 70e9, "gpus": gpus})["rows"][3]["fits"] for gpus in (least - 1, least)]
    assert fits == [False, True]
    assert plan_training({**seven, "activation_bytes": 1e12})["least_gpus"] is None
    assert plan_training({**seven, "gpus": 1})["rows"][0]["sent"] == 0
    assert USABLE < 1


@pytest.mark.parametrize(
    "wrong", [{"gpus": 0}, {"gpus": "8"}, {"parameters": None}, {"memory_bytes": 1e30}, {"batch": True}]
)
def test_the_planner_takes_no_nonsense(wrong, both):
    good = {"parameters": 1e6, "batch": 8, "gpus": 2, "memory_bytes": GiB, "activation_bytes": 0}
    with pytest.raises(InputError) as error:
        plan_training({**good, **wrong})
    assert next(iter(wrong)) in both(error)


def test_what_cannot_be_scaled_is_refused(limits, both):
    spec = read_model(PLAIN)
    for batch, processes in ((15, 2), (2, 2)):
        with pytest.raises(InputError):
            check_scale(spec, batch, processes)
    with pytest.raises(InputError) as few:
        check_scale(read_model("Linear"), 16, 4)
    assert "2" in both(few)
    with pytest.raises(UnsupportedError):
        check_scale(replace(spec, layers=(), code="x"), 16, 2)
    with pytest.raises(LimitError):
        read_settings({"processes": 5}, 16, limits)
    assert BENCHMARKS["scale"].empty["rows"] == []


def test_layers_are_cut_where_the_parameters_are_even():
    model = build_model(read_model("MLP"))
    for parts in (1, 2, 3, 4):
        cut = cut_layers(model, parts)
        assert [name for part in cut for name, _ in part.named_children()] == [name for name, _ in model.named_children()]
        assert all(len(part) for part in cut)


def die(group) -> None:
    import os

    if group.rank:
        os._exit(9)


@pytest.mark.long
def test_a_rank_that_dies_is_told():
    with pytest.raises(RuntimeFailure) as error:
        run_gang(die, 2)
    assert error.value.values["rank"] == 1


@pytest.mark.long
def test_the_script_finds_the_same_bytes_and_losses(measured, tmp_path):
    script = write_scale_script(read_model(PLAIN), BATCH, "Adam", 2)
    (tmp_path / "scale.py").write_text(script, encoding="utf-8")
    process = torchrun("scale.py", folder=tmp_path)
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 0, output
    lines = re.findall(r"(\w+) +rank (\d)  loss ([\d.]+)  parameters (\d+)  gradients (\d+)  optimizer (\d+)", output)
    assert len(lines) == 6, output
    assert len({loss for _, _, loss, *_ in lines}) <= 2, "rounding apart, all ways have one loss"
    for name, rank, _, *sizes in lines:
        ours = row(measured, name)["ranks"][int(rank)]
        assert [int(size) for size in sizes] == [ours["parameters"], ours["gradients"], ours["optimizer"]], name
