"""The order of a child that works on the model of a config: behind the kernel's walls where it is a learner's code."""

from __future__ import annotations

from typing import Any

from playground.data.datasets import data_home, find_dataset
from playground.jobs.child import Order
from playground.limits import Limits
from playground.models.build import read_model


def order_work(
    work: Any, given: dict[str, Any], config: dict[str, Any], limits: Limits, readable: tuple[str, ...] = ()
) -> Order:
    """
    Args:
        given: the arguments of `work`, beside the limits. readable: files that it reads, beside the images.
    """
    given = {**given, "limits": limits}
    if not read_model(config["model"]).code:
        return Order(work, given, limits.job_memory_bytes)
    images = (str(data_home()), str(find_dataset(config["dataset"]).folder()))
    return Order(work, given, limits.job_memory_bytes, confined=True, readable=(*images, *readable))
