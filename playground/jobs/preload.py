"""What the fork server holds ready, so that a child has it at once and shares its memory pages.

Only modules and arrays: torch must not compute here (no OpenMP threads, no CUDA context), or its children would hang.
"""

import gc

import torch  # noqa: F401
import torchvision  # noqa: F401

import playground.autograd.session
import playground.data.explorer.loader_measure
import playground.data.explorer.styles
import playground.data.explorer.work
import playground.data.own.work
import playground.digits.work
import playground.distributed.launcher
import playground.evaluation.work
import playground.exports.work
import playground.lessons.work
import playground.models.work
import playground.tensors.work
import playground.training.work
import playground.uploads.work  # noqa: F401
from playground.data import DATASETS, load_images
from playground.errors import PlaygroundError

for _dataset in DATASETS.values():
    if _dataset.embedded:
        try:
            load_images(_dataset.name)
        except PlaygroundError as error:
            # The child that needs the data meets the same error and tells it to its learner.
            print(error)

# A collection in a child would write to each of these objects, and so copy every page of them.
gc.collect()
gc.freeze()
