"""Stand-ins for the modules that a course imports: tables of what a learner's program may reach, never the modules."""

from __future__ import annotations

import itertools
import math
import sys
import time
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils import data

from playground.errors import RefusedError
from playground.lang.budget import Halt
from playground.lang.ops import OPS
from playground.lang.safe_builtins import Class, stand_in


class Table:
    """What stands for a module: its path as a program writes it, and its names."""

    __slots__ = ("entries", "path")

    def __init__(self, path: str, entries: Mapping[str, Any]):
        self.path, self.entries = path, entries

    def __repr__(self) -> str:
        return f"<module '{self.path}'>"


class Annotation:
    """A name of `typing`: it may be subscripted and means nothing at run time."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __getitem__(self, item: object) -> Annotation:
        return self

    def __or__(self, other: object) -> Annotation:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"typing.{self.name}"


class DataLoader(data.DataLoader):
    """torch's DataLoader without worker processes: a program is one process and stays one."""

    def __init__(self, dataset, batch_size=1, shuffle=False, *, num_workers=0, pin_memory=False, **options):
        allowed = {"drop_last", "collate_fn", "generator", "sampler", "batch_sampler"}
        if unknown := set(options) - allowed:
            raise Halt(RefusedError("lang.refused_argument", name="DataLoader", argument=sorted(unknown)[0]))
        super().__init__(dataset, batch_size, shuffle, num_workers=0, **options)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """torch's own, which writes where `batch_sizes` says: they must be what packing makes of lengths."""
    if not is_packed(sequence):
        raise Halt(RefusedError("lang.refused_argument", name="pad_packed_sequence", argument="batch_sizes"))
    return nn.utils.rnn.pad_packed_sequence(sequence, batch_first, padding_value, total_length)


def is_packed(sequence: Any) -> bool:
    """Whether the sizes of a PackedSequence never rise and together are the length of its data."""
    if not isinstance(sequence, nn.utils.rnn.PackedSequence):
        return False
    sizes = sequence.batch_sizes.tolist()
    falling = all(before >= after for before, after in itertools.pairwise(sizes))
    return bool(sizes) and falling and sizes[-1] >= 1 and sum(sizes) == len(sequence.data)


DTYPES = (
    "float32 float64 float16 bfloat16 float double half int8 int16 int32 int64 uint8 int long short bool complex64 "
    "complex128 "
    "cfloat cdouble"
)
TORCH = (
    "Tensor Size device dtype Generator no_grad enable_grad inference_mode autocast is_grad_enabled set_grad_enabled "
    "finfo iinfo "
    "pi inf nan e strided contiguous_format channels_last preserve_format is_tensor is_floating_point is_complex "
    "numel get_default_dtype "
    "result_type promote_types can_cast broadcast_shapes FloatTensor LongTensor IntTensor DoubleTensor BoolTensor "
    "is_inference_mode_enabled "
    "get_num_threads initial_seed seed"
)
LAYERS = (
    "Module Sequential ModuleList ModuleDict ParameterList Parameter Identity Flatten Unflatten Linear "
    "Bilinear "
    "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d "
    "AvgPool3d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d LPPool2d "
    "MaxUnpool2d "
    "BatchNorm1d BatchNorm2d BatchNorm3d LayerNorm GroupNorm InstanceNorm1d InstanceNorm2d RMSNorm LocalResponseNorm "
    "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout Embedding EmbeddingBag RNN LSTM GRU RNNCell LSTMCell GRUCell "
    "MultiheadAttention Transformer TransformerEncoder TransformerEncoderLayer TransformerDecoder TransformerDecoderLayer "
    "ReLU ReLU6 LeakyReLU PReLU ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Softplus Softsign Softmax LogSoftmax "
    "Softmin Softmax2d "
    "Hardtanh Hardswish Hardsigmoid Threshold GLU LogSigmoid Tanhshrink Softshrink Hardshrink "
    "CrossEntropyLoss NLLLoss MSELoss L1Loss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss KLDivLoss CTCLoss "
    "CosineEmbeddingLoss MarginRankingLoss TripletMarginLoss HingeEmbeddingLoss MultiLabelMarginLoss MultiMarginLoss "
    "PoissonNLLLoss GaussianNLLLoss CosineSimilarity PairwiseDistance Upsample UpsamplingNearest2d UpsamplingBilinear2d "
    "PixelShuffle PixelUnshuffle ZeroPad2d ConstantPad1d ConstantPad2d ReflectionPad1d ReflectionPad2d "
    "ReplicationPad2d Fold Unfold "
    "ChannelShuffle"
)
INIT = (
    "kaiming_normal_ kaiming_uniform_ xavier_normal_ xavier_uniform_ normal_ uniform_ constant_ zeros_ ones_ eye_ dirac_ "
    "orthogonal_ sparse_ trunc_normal_ calculate_gain"
)
OPTIMIZERS = "Optimizer SGD Adam AdamW RMSprop Adagrad Adadelta Adamax NAdam RAdam LBFGS Rprop ASGD"
SCHEDULERS = (
    "LRScheduler StepLR MultiStepLR ExponentialLR CosineAnnealingLR CosineAnnealingWarmRestarts OneCycleLR CyclicLR "
    "LambdaLR "
    "MultiplicativeLR ReduceLROnPlateau LinearLR ConstantLR PolynomialLR SequentialLR ChainedScheduler"
)
NUMPY = (
    "array asarray arange linspace zeros ones full empty eye zeros_like ones_like full_like float16 float32 float64 "
    "int8 int16 int32 "
    "int64 uint8 bool_ pi e inf nan newaxis sqrt exp log log2 log10 sin cos tan tanh abs absolute square "
    "power maximum "
    "minimum where clip round floor ceil sign sum mean std var median min max argmin argmax prod cumsum dot matmul "
    "transpose "
    "reshape concatenate stack vstack hstack expand_dims squeeze sort argsort unique allclose array_equal isnan isinf "
    "isfinite "
    "any all outer count_nonzero diag trace"
)
NUMPY_RANDOM = "seed rand randn randint normal uniform choice permutation shuffle"
MATH = (
    "pi e tau inf nan sqrt exp log log2 log10 log1p expm1 sin cos tan asin acos atan atan2 sinh cosh tanh degrees "
    "radians hypot "
    "floor ceil trunc fabs fmod copysign isnan isinf isfinite isclose isqrt gcd lcm factorial comb perm prod fsum "
    "dist erf gamma pow cbrt"
)
TYPING = (
    "Any Callable Dict FrozenSet Iterable Iterator Generator List Literal Mapping NamedTuple Optional Sequence Set "
    "Tuple Type Union "
    "Final ClassVar"
)


def _pick(module: Any, names: str) -> dict[str, Any]:
    return {name: getattr(module, name) for name in names.split()}


def _ops(prefix: str, module: Any) -> dict[str, Any]:
    """The operations `prefix.name` of the registry."""
    return {op.attribute: getattr(module, op.attribute) for op in OPS.values() if op.name == f"{prefix}.{op.attribute}"}


def _queries(module: Any, names: str) -> dict[str, Any]:
    return _pick(module, names)


@cache
def make_modules() -> Mapping[str, Table]:
    """Every module that `import` may name, by its path."""
    functional = Table("torch.nn.functional", _ops("F", F))
    init = Table("torch.nn.init", _pick(nn.init, INIT))
    packing = _pick(nn.utils.rnn, "pad_sequence pack_padded_sequence")
    rnn = Table("torch.nn.utils.rnn", {**packing, "pad_packed_sequence": pad_packed_sequence})
    nn_utils = Table(
        "torch.nn.utils",
        {
            **_pick(nn.utils, "clip_grad_norm_ clip_grad_value_ parameters_to_vector vector_to_parameters get_total_norm"),
            "rnn": rnn,
        },
    )
    layers = Table("torch.nn", {**_pick(nn, LAYERS), "functional": functional, "init": init, "utils": nn_utils})
    schedulers = Table("torch.optim.lr_scheduler", _pick(optim.lr_scheduler, SCHEDULERS))
    optimizers = Table("torch.optim", {**_pick(optim, OPTIMIZERS), "lr_scheduler": schedulers})
    loading = Table(
        "torch.utils.data",
        {
            **_pick(data, "Dataset TensorDataset Subset ConcatDataset random_split RandomSampler SequentialSampler"),
            "DataLoader": DataLoader,
        },
    )
    utils = Table("torch.utils", {"data": loading})
    derivative = Table("torch.autograd.functional", _pick(torch.autograd.functional, "jacobian hessian vjp jvp"))
    autograd = Table(
        "torch.autograd",
        {**_pick(torch.autograd, "Function grad backward gradcheck"), "functional": derivative},
    )
    cuda = Table(
        "torch.cuda",
        _queries(
            torch.cuda,
            "is_available device_count current_device get_device_name get_device_capability is_bf16_supported synchronize",
        )
        | _queries(torch.cuda, "memory_allocated max_memory_allocated get_device_properties"),
    )
    mps = Table("torch.backends.mps", _queries(torch.backends.mps, "is_available is_built"))
    cudnn = Table("torch.backends.cudnn", _queries(torch.backends.cudnn, "is_available version"))
    backends = Table(
        "torch.backends",
        {"mps": mps, "cudnn": cudnn, "cuda": Table("torch.backends.cuda", {"is_built": torch.backends.cuda.is_built})},
    )
    version = Table("torch.version", {"cuda": torch.version.cuda, "hip": torch.version.hip})
    xpu = Table("torch.xpu", _queries(torch.xpu, "is_available device_count"))
    linalg = Table("torch.linalg", _ops("torch.linalg", torch.linalg))
    fft = Table("torch.fft", _ops("torch.fft", torch.fft))
    special = Table("torch.special", _ops("torch.special", torch.special))
    amp = Table("torch.amp", {"autocast": torch.amp.autocast, "GradScaler": torch.amp.GradScaler})
    root = Table(
        "torch",
        {
            **_pick(torch, DTYPES),
            **_pick(torch, TORCH),
            **_ops("torch", torch),
            "__version__": str(torch.__version__),
            "nn": layers,
            "optim": optimizers,
            "utils": utils,
            "autograd": autograd,
            "cuda": cuda,
            "xpu": xpu,
            "backends": backends,
            "version": version,
            "linalg": linalg,
            "fft": fft,
            "special": special,
            "amp": amp,
        },
    )
    found: dict[str, Table] = {}

    def add(table: Table) -> None:
        found[table.path] = table
        for entry in table.entries.values():
            if isinstance(entry, Table):
                add(entry)

    add(root)
    random = Table("numpy.random", _pick(np.random, NUMPY_RANDOM))
    add(Table("numpy", {**_pick(np, NUMPY), "ndarray": stand_in(np.ndarray), "random": random}))
    add(Table("math", _pick(math, MATH)))
    add(Table("time", _pick(time, "time perf_counter monotonic process_time")))
    add(Table("sys", {"version": sys.version}))
    add(Table("typing", {name: Annotation(name) for name in TYPING.split()}))
    add(Table("collections", {"OrderedDict": OrderedDict, "defaultdict": defaultdict, "Counter": Counter, "deque": deque}))
    return types.MappingProxyType(found)


@cache
def allowed_callables() -> tuple[Mapping[int, str], frozenset[type]]:
    """The functions of all tables by id, with the name that a program writes; and the classes."""
    functions: dict[int, str] = {}
    classes: set[type] = set()
    for table in make_modules().values():
        path = {"torch.nn": "nn", "torch.nn.functional": "F", "torch.nn.init": "nn.init", "torch.optim": "optim"}.get(
            table.path, table.path
        )
        for name, entry in table.entries.items():
            if isinstance(entry, type):
                classes.add(entry)
            elif callable(entry) and not isinstance(entry, (Annotation, Class)):
                functions.setdefault(id(entry), f"{path}.{name}")
    return functions, frozenset(classes)


MODULE_NAMES = (
    "torch torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.nn.utils.rnn torch.optim "
    "torch.optim.lr_scheduler "
    "torch.utils torch.utils.data torch.autograd torch.autograd.functional torch.cuda torch.backends "
    "torch.backends.mps torch.backends.cudnn "
    "torch.backends.cuda torch.version torch.xpu torch.linalg torch.fft torch.special torch.amp numpy numpy.random "
    "math time sys typing "
    "collections"
).split()
