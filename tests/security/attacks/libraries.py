"""Modules reached through other modules, and what numpy and torch would let change."""

from .attack import refused

MODULE_WALKS = r"""
#: torch_os
import torch

evidence = torch.os.getcwd()
#: torch_sys
import torch

evidence = torch.sys.modules["subprocess"]
#: torch_builtins
import torch

evidence = torch.builtins.open
#: torch_importlib
import torch

evidence = torch.importlib.import_module("os").getcwd()
#: torch_ctypes
import torch

evidence = torch.ctypes.CDLL(None).getpid()
#: torch_torch
import torch

evidence = torch.torch.os.getcwd()
#: torch_inspect
import torch

evidence = torch.inspect.getsource(torch.typename)
#: torch_hub_os
import torch

evidence = torch.hub.os.getcwd()
#: torch_serialization_os
import torch

evidence = torch.serialization.os.getcwd()
#: torch_serialization_pickle
import torch

evidence = torch.serialization.pickle.loads(b"(lp0\nI1\na.")
#: torch_serialization_io
import torch

evidence = torch.serialization.io.open("/etc/passwd").read()
#: torch_serialization_tarfile
import torch

evidence = torch.serialization.tarfile.bltn_open("/etc/passwd").read()
#: torch_storage_copy
import torch

evidence = torch.storage.copy.deepcopy.__globals__
#: torch_jit_builtins
import torch

evidence = torch._jit_internal.builtins.eval("[1]")
#: torch_cuda_os
import torch

evidence = torch.cuda.os.getcwd()
#: torch_functional_itertools
import torch

evidence = next(torch.functional.itertools.count(1))
#: torch_overrides
import torch

evidence = torch.overrides.functools.reduce(getattr, ["__class__"], ())
#: torch_distributions_warnings
import torch

evidence = torch.distributions.distribution.warnings.sys.modules
#: torch_data_worker
import torch

evidence = torch.utils.data._utils.worker.os.getpid()
#: torch_data_loader_os
import torch

evidence = torch.utils.data.dataloader.os.getcwd()
#: torch_tensor_math
import torch

evidence = torch._tensor_str.math.__loader__
#: torch_textwrap
import torch

evidence = torch.textwrap.re.enum.sys.modules
#: torch_as_variable
import torch

tools = torch
evidence = tools.os.getcwd()
#: torch_in_list
import torch

evidence = [torch][0].os.getcwd()
#: torch_in_dict
import torch

evidence = {"t": torch}["t"].sys.path
#: torch_through_function
import torch


def same(x):
    return x


evidence = same(torch).os.getcwd()
#: nn_module_torch
import torch.nn as nn

evidence = nn.modules.module.torch.os.getcwd()
#: nn_module_warnings
import torch.nn as nn

evidence = nn.modules.module.warnings.sys.modules
#: nn_module_inspect
import torch.nn as nn

evidence = nn.modules.module.inspect.currentframe()
#: nn_module_weakref
import torch.nn as nn

evidence = nn.modules.module.weakref.sys.modules
#: nn_init_warnings
import torch.nn as nn

evidence = nn.init.warnings.sys.modules
#: nn_init_globals
import torch.nn as nn

evidence = nn.Module.__init__.__globals__["torch"].os.getcwd()
#: nn_forward_globals
import torch.nn as nn

evidence = nn.Linear.forward.__globals__["F"]
#: nn_parametrize_copyreg
import torch.nn as nn

evidence = nn.utils.parametrize.copyreg.dispatch_table
#: functional_torch
import torch.nn.functional as F

evidence = F.torch.os.getcwd()
#: functional_importlib
import torch.nn.functional as F

evidence = F.importlib.import_module("os").getcwd()
#: functional_warnings
import torch.nn.functional as F

evidence = F.warnings.sys.modules["os"].getcwd()
#: functional_numpy
import torch.nn.functional as F

evidence = F.np.memmap
#: functional_globals
import torch.nn.functional as F

evidence = F.relu.__globals__
#: optimizer_torch
from torch.optim import sgd

evidence = sgd.torch.os.getcwd()
#: optimizer_globals
import torch.optim as optim

evidence = optim.SGD.step.__globals__
#: from_optim_import
from torch.optim import optimizer

evidence = optimizer.functools.reduce(getattr, ["__class__"], ())
#: dataset_module
from torch.utils.data import dataset

evidence = dataset.bisect or dataset.__builtins__
#: typing_sys
import typing

evidence = typing.sys.modules["os"].getcwd()
#: typing_contextlib
import typing

evidence = typing.contextlib.os.getcwd()
#: typing_types
import typing

evidence = typing.types.FunctionType
#: math_loader
import math

evidence = math.__loader__.path
#: random_os
import random

evidence = random._os.getcwd()
#: collections_sys
import collections

evidence = collections._sys.modules
#: dataclasses_sys
import dataclasses

evidence = dataclasses.sys.modules
#: time_loader
import time

evidence = time.__loader__
#: copy_builtins
import copy

evidence = copy.__builtins__["open"]
#: numpy_npyio
import numpy as np

evidence = np.lib._npyio_impl.os.getcwd()
#: numpy_utils
import numpy as np

evidence = np.lib._utils_impl.os.getcwd()
#: numpy_records
import numpy as np

evidence = np._core.records.os.getcwd()
#: numpy_ctypeslib
import numpy as np

evidence = np.ctypeslib.ctypes.CDLL(None).getpid()
#: numpy_masked_builtins
import numpy as np

evidence = np.ma.core.builtins.open
#: numpy_globals
import numpy as np

evidence = np.linspace.__globals__ if hasattr(np.linspace, "__globals__") else np.linspace.__wrapped__
#: numpy_f2py
import numpy as np

evidence = np.f2py.crackfortran.os.getcwd()
#: matplotlib_walk !
import matplotlib.pyplot as plt

evidence = plt.os.getcwd()
"""

NUMPY = r"""
#: load
import numpy as np

try:
    evidence = np.load("/etc/passwd", allow_pickle=True)
except Exception as error:
    evidence = type(error)
#: save
import numpy as np
import tempfile

path = tempfile.mkdtemp() + "/a.npy"
np.save(path, np.ones(1))
evidence = np.load(path)
#: fromfile
import numpy as np

evidence = np.fromfile("/etc/passwd", dtype="u1", count=8).sum()
#: memmap
import numpy as np

evidence = np.memmap("/etc/passwd", mode="r").sum()
#: tofile
import numpy as np

np.ones(1).tofile("/dev/null")
evidence = [1]
#: dump
import numpy as np

np.ones(1).dump("/dev/null")
evidence = [1]
#: dumps
import numpy as np

evidence = np.ones(1).dumps()
#: savetxt
import numpy as np

np.savetxt("/dev/null", np.ones(1))
evidence = [1]
#: genfromtxt
import numpy as np

evidence = np.genfromtxt("/etc/passwd", dtype=str, delimiter="\n").size
#: loadtxt
import numpy as np

evidence = np.loadtxt("/etc/passwd", dtype=str, delimiter="\x01").size
#: fromregex
import numpy as np

evidence = np.fromregex("/etc/passwd", r"(\w+)", [("word", "U9")]).size
#: data_source
import numpy as np

evidence = np.lib.npyio.DataSource(None).open("/etc/passwd").read()
#: vectorize
import numpy as np

evidence = np.vectorize(eval)(np.array(["1 + 1"])).sum()
#: frompyfunc
import numpy as np

evidence = np.frompyfunc(eval, 1, 1)("[1]")
#: apply_along_axis
import numpy as np

evidence = np.apply_along_axis(lambda row: (lambda: 0).__globals__ and 1, 0, np.ones((2, 2))).sum()
#: fromfunction
import numpy as np

evidence = np.fromfunction(lambda i: (lambda: 0).__globals__, (2,))
#: fromiter
import numpy as np

evidence = np.fromiter((g.gi_frame.f_lineno for g in [(n for n in [1])]), dtype=int).sum()
#: object_array
import numpy as np

evidence = np.array([np], dtype=object)[0].lib._npyio_impl.os.getcwd()
#: piecewise
import numpy as np

evidence = np.piecewise(np.ones(1), [np.ones(1) > 0], [lambda x: len(eval("[1]"))]).sum()
#: seterrcall
import numpy as np

before = np.seterrcall(lambda *parts: None)
evidence = np.geterrcall()
np.seterrcall(before)
#: errstate_call
import numpy as np

seen = []
with np.errstate(divide="call", call=lambda *parts: seen.append((lambda: 0).__globals__)):
    np.ones(1) / np.zeros(1)
evidence = seen
#: print_options
import numpy as np

with np.printoptions(formatter={"float": lambda x: str(eval("[1]"))}):
    evidence = str(np.ones(1))
#: array2string
import numpy as np

evidence = np.array2string(np.ones(1), formatter={"float": lambda x: str(eval("[1]"))})
#: load_library
import numpy as np

try:
    np.ctypeslib.load_library("no_such_library", "/nowhere")
except OSError as error:
    evidence = error
#: show_config
import numpy as np

evidence = np.show_config(mode="dicts")
#: info
import numpy as np

evidence = np.info(np.ones) is None
#: setbufsize
import numpy as np

before = np.setbufsize(8192)
evidence = before
np.setbufsize(before)
#: dtype_metadata
import numpy as np

evidence = np.dtype("f4", metadata={"x": eval("[1]")}).metadata["x"]
#: record_field
import numpy as np

evidence = np.rec.array([(1,)], dtype=[("x", "i4")]).__class__.__mro__
#: test_runner
import numpy as np

evidence = np.test.__class__
#: setflags
import numpy as np

array = np.ones(1)
array.setflags(write=False)
evidence = not array.flags.writeable
#: polynomial_walk
import numpy as np

evidence = np.polynomial.polyutils.operator.attrgetter("__class__")(())
#: random_state
import numpy as np

evidence = np.random.RandomState(0).get_state()
#: testing_assert
import numpy as np

evidence = np.testing.assert_raises.__globals__
"""

TORCH_STATE = r"""
#: default_dtype
import torch

before = torch.get_default_dtype()
torch.set_default_dtype(torch.float64)
evidence = torch.ones(1).dtype == torch.float64
torch.set_default_dtype(before)
#: num_threads
import torch

before = torch.get_num_threads()
torch.set_num_threads(before)
evidence = before
#: default_device
import torch

torch.set_default_device("cpu")
evidence = torch.get_default_device()
#: cuda_device !
import torch

torch.cuda.set_device(0)
#: deterministic
import torch

before = torch.are_deterministic_algorithms_enabled()
torch.use_deterministic_algorithms(before)
evidence = [before]
#: float32_precision
import torch

torch.set_float32_matmul_precision(torch.get_float32_matmul_precision())
evidence = torch.get_float32_matmul_precision()
#: flush_denormal
import torch

evidence = [torch.set_flush_denormal(False)]
#: warn_always
import torch

torch.set_warn_always(False)
evidence = [1]
#: backend_flag
import torch

before = torch.backends.cudnn.benchmark
torch.backends.cudnn.benchmark = True
evidence = torch.backends.cudnn.benchmark
torch.backends.cudnn.benchmark = before
#: backend_flag_mkldnn
import torch

with torch.backends.mkldnn.flags(enabled=False):
    evidence = not torch.backends.mkldnn.enabled
#: manual_seed_replaced
import torch

before = torch.manual_seed
torch.manual_seed = lambda seed: None
evidence = torch.manual_seed is not before
torch.manual_seed = before
#: relu_replaced
import torch

before = torch.relu
torch.relu = lambda x: x
evidence = torch.relu(-1)
torch.relu = before
#: module_forward
import torch.nn as nn

before = nn.Linear.forward
nn.Linear.forward = lambda self, x: [1]
evidence = nn.Linear(1, 1).forward(0)
nn.Linear.forward = before
#: module_call
import torch.nn as nn

before = nn.Module.__call__
nn.Module.__call__ = lambda self, x: [1]
evidence = nn.Linear(1, 1)(0)
nn.Module.__call__ = before
#: tensor_add
import torch

before = torch.Tensor.add
torch.Tensor.add = lambda self, other: [1]
evidence = torch.ones(1).add(1)
torch.Tensor.add = before
#: tensor_operator
import torch

before = torch.Tensor.__add__
torch.Tensor.__add__ = lambda self, other: [1]
evidence = torch.ones(1) + 1
torch.Tensor.__add__ = before
#: functional_attribute
import torch.nn.functional as F

before = F.cross_entropy
F.cross_entropy = len
evidence = F.cross_entropy("ab")
F.cross_entropy = before
#: math_attribute
import math

before = math.pi
math.pi = 3
evidence = math.pi == 3
math.pi = before
#: numpy_attribute
import numpy as np

before = np.pi
np.pi = 3
evidence = np.pi == 3
np.pi = before
#: nested_module
import torch

before = torch.nn.functional.relu
torch.nn.functional.relu = len
evidence = torch.nn.functional.relu("ab")
torch.nn.functional.relu = before
#: new_attribute
import torch

torch.left_behind = [1]
evidence = torch.left_behind
del torch.left_behind
#: by_subscript
import torch

torch.__dict__["left_behind"] = [1]
evidence = torch.left_behind
del torch.left_behind
#: by_augmented
import math

before = math.pi
math.pi += 1
evidence = math.pi
math.pi = before
#: by_for_target
import torch

for torch.left_behind in [1]:
    evidence = torch.left_behind
del torch.left_behind
#: by_with_target
import torch

with torch.no_grad() as torch.left_behind:
    evidence = hasattr(torch, "left_behind")
del torch.left_behind
#: by_del
import math

before = math.tau
del math.tau
evidence = not hasattr(math, "tau")
math.tau = before
#: by_tuple_target
import torch

torch.left_behind, other = [1], 2
evidence = torch.left_behind
del torch.left_behind
#: by_star_target
import torch

other, *torch.left_behind = 1, 2
evidence = torch.left_behind
del torch.left_behind
#: by_comprehension_target
import torch

[1 for torch.left_behind in [1]]
evidence = torch.left_behind
del torch.left_behind
#: by_import
import torch.nn as nn


def plant():
    nn.Linear.left_behind = [1]


plant()
evidence = nn.Linear.left_behind
del nn.Linear.left_behind
#: by_alias
import torch.nn as nn

kind = nn.Linear
kind.left_behind = [1]
evidence = nn.Linear.left_behind
del nn.Linear.left_behind
#: by_setattr
import torch.nn as nn

setattr(nn.Linear, "left_behind", [1])
evidence = nn.Linear.left_behind
del nn.Linear.left_behind
#: by_dict_update
import torch

vars(torch).update(left_behind=[1])
evidence = torch.left_behind
del torch.left_behind
#: on_function
import torch

torch.nn.functional.relu.left_behind = [1]
evidence = torch.nn.functional.relu.left_behind
del torch.nn.functional.relu.left_behind
#: by_augmented_subscript
import torch

torch.__dict__["left_behind"] = 1
torch.__dict__["left_behind"] += 1
evidence = torch.left_behind
del torch.left_behind
#: sys_modules
import sys

sys.modules["left_behind"] = [1]
import left_behind

evidence = left_behind
del sys.modules["left_behind"]
#: anomaly_mode
import torch

torch.autograd.set_detect_anomaly(False)
evidence = [1]
#: global_hook
import torch

handle = torch.nn.modules.module.register_module_forward_hook(lambda *parts: None)
evidence = handle
handle.remove()
"""

ATTACKS = (
    *refused("module_walks", MODULE_WALKS),
    *refused("numpy_side_doors", NUMPY),
    *refused("torch_state", TORCH_STATE),
)
