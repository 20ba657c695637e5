"""Addresses, and memory read or written where it does not belong to the tensor."""

from .attack import refused

POINTERS = r"""
#: data_ptr
import torch

evidence = torch.ones(1).data_ptr()
#: data_ptr_to_ctypes
import torch
import ctypes

x = torch.ones(1)
evidence = ctypes.string_at(x.data_ptr(), 4)
#: untyped_storage
import torch

evidence = torch.ones(1).untyped_storage().data_ptr()
#: typed_storage
import torch

evidence = torch.ones(1).storage().data_ptr()
#: storage_read
import torch

view = torch.tensor([0, 7], dtype=torch.uint8)[:1]
evidence = view.untyped_storage()[1]
#: storage_resized
import torch

x = torch.ones(1)
x.untyped_storage().resize_(64)
evidence = x.untyped_storage().nbytes()
#: as_strided_past_view
import torch

view = torch.tensor([0.0, 7.0])[:1]
evidence = torch.as_strided(view, (2,), (1,))[1].data_ptr()
#: set_storage
import torch

secret = torch.tensor([7.0])
x = torch.zeros(1)
x.set_(secret.untyped_storage(), 0, (1,), (1,))
evidence = x.sum()
#: data_assigned_class
import torch

evidence = torch.ones(1).data.__class__
#: resize
import torch

evidence = torch.ones(1).resize_(4).numel()
#: resize_as
import torch

evidence = torch.ones(1).resize_as_(torch.ones(4)).numel()
#: numpy_ctypes
import numpy as np

evidence = np.ones(1).ctypes.data
#: tensor_numpy_ctypes
import torch

evidence = torch.ones(1).numpy().ctypes.data
#: array_interface
import numpy as np

evidence = np.ones(1).__array_interface__["data"][0]
#: array_struct
import numpy as np

evidence = np.ones(1).__array_struct__
#: array_data
import numpy as np

evidence = np.ones(1).data.nbytes
#: array_base
import torch

evidence = torch.ones(1).numpy().base.__class__
#: data_setter
import numpy as np

x = np.zeros(2)
x.data[0:1] = np.ones(1).data
evidence = x.sum()
#: torch_frombuffer
import torch

evidence = torch.frombuffer(bytearray(b"\x01\x02"), dtype=torch.uint8).sum()
#: torch_frombuffer_of_string
import torch

evidence = torch.frombuffer(memoryview(b"read only").cast("B"), dtype=torch.uint8).sum()
#: numpy_frombuffer
import numpy as np

evidence = np.frombuffer(b"\x01\x02", dtype="u1").sum()
#: numpy_ndarray_buffer
import numpy as np

evidence = np.ndarray((2,), dtype="u1", buffer=b"\x01\x02").sum()
#: numpy_as_strided
import numpy as np

base = np.arange(1, 9)
evidence = np.lib.stride_tricks.as_strided(base[:1], (8,), (8,)).sum()
#: numpy_as_strided_far !
import numpy as np

evidence = np.lib.stride_tricks.as_strided(np.ones(1), (10**9,), (4096,)).sum()
#: numpy_strides_assigned
import numpy as np

x = np.arange(8)[:4]
x.strides = (16,)
evidence = x.sum()
#: ctypes_cast
import ctypes

box = ctypes.c_long(7)
evidence = ctypes.cast(ctypes.addressof(box), ctypes.POINTER(ctypes.c_long))[0]
#: ctypes_object
import ctypes

thing = [1]
evidence = ctypes.cast(id(thing), ctypes.py_object).value
#: ctypes_null !
import ctypes

ctypes.string_at(0)
#: dlpack
import torch
import torch.utils.dlpack

evidence = torch.utils.dlpack.to_dlpack(torch.ones(1))
#: dlpack_method
import torch

evidence = torch.ones(1).__dlpack__()
#: from_dlpack
import torch
import numpy as np

evidence = torch.from_dlpack(np.ones(1)).sum() and torch.ones(1).__dlpack_device__()
#: storage_from_pointer
import torch

x = torch.ones(1)
evidence = torch._C._construct_storage_from_data_pointer(x.data_ptr(), x.device, 4).nbytes()
#: storage_from_foreign_pointer !
import torch

evidence = torch._C._construct_storage_from_data_pointer(4096, torch.device("cpu"), 4)[0]
#: storage_from_buffer
import torch

evidence = torch.UntypedStorage.from_buffer(b"\x01\x02", dtype=torch.uint8)[0]
#: make_subclass
import torch


class Sly(torch.Tensor):
    pass


evidence = torch.Tensor._make_subclass(Sly, torch.ones(1)).sum()
#: wrapper_subclass
import torch


class Sly(torch.Tensor):
    @classmethod
    def __torch_dispatch__(cls, function, types, parts=(), names=None):
        return 1


evidence = torch.Tensor._make_wrapper_subclass(Sly, (10**9,)).numel()
#: sparse_unchecked !
import torch

wild = torch.sparse_coo_tensor(torch.tensor([[10**9]]), torch.ones(1), (4,), check_invariants=False)
evidence = wild.to_dense()
#: sparse_unchecked_private !
import torch

wild = torch._sparse_csr_tensor_unsafe(torch.tensor([0, 1]), torch.tensor([10**9]), torch.ones(1), (1, 4))
evidence = wild.to_dense()
#: sparse_invariants_off
import torch

torch.sparse.check_sparse_tensor_invariants.disable()
evidence = not torch.sparse.check_sparse_tensor_invariants.is_enabled()
#: unsafe_index
import torch

evidence = torch.ops.aten._unsafe_index(torch.ones(4), [torch.tensor([1])]).sum()
#: unsafe_view
import torch

evidence = torch.ops.aten._unsafe_view(torch.ones(4), [2, 2]).sum()
#: swap_tensors
import torch

a, b = torch.ones(1), torch.zeros(1)
torch.utils.swap_tensors(a, b)
evidence = b.sum()
#: reshape_of_base
import torch

evidence = torch.ones(4)[:1]._base.sum()
#: shared_handle
import torch

evidence = torch.ones(1).untyped_storage()._share_filename_cpu_()
#: version_counter
import torch

x = torch.ones(1)
torch._C._autograd._unsafe_set_version_counter((x,), (7,))
evidence = x._version
#: uninitialised_storage
import torch

evidence = torch.UntypedStorage(64).nbytes()
#: legacy_constructor
import torch

evidence = torch.FloatTensor(torch.FloatStorage(4)).numel()
#: bytes_address
import ctypes

evidence = ctypes.c_char_p(b"text").value
#: mmap
import mmap

area = mmap.mmap(-1, 4096)
evidence = area.write(b"x")
#: array_module
import array

evidence = array.array("b", [1]).buffer_info()
#: struct_into
import struct

buffer = bytearray(4)
struct.pack_into("i", buffer, 0, 7)
evidence = buffer
"""

KERNELS = r"""
#: pool_indices !
import torch
import torch.nn.functional as F

x = torch.ones(1, 1, 4, 4, requires_grad=True)
y, places = F.max_pool2d(x, 2, return_indices=True)
places.data.fill_(3 * 10**7)
y.sum().backward()
#: pool_indices_numpy !
import torch
import torch.nn.functional as F

x = torch.ones(1, 1, 4, 4, 4, requires_grad=True)
y, places = F.max_pool3d(x, 2, return_indices=True)
places.numpy()[:] = 3 * 10**7
y.sum().backward()
#: pool_indices_adaptive !
import torch
import torch.nn.functional as F

x = torch.ones(1, 1, 4, 4, requires_grad=True)
y, places = F.adaptive_max_pool2d(x, 2, return_indices=True)
places.data.fill_(3 * 10**7)
y.sum().backward()
#: bag_indices !
import torch
import torch.nn.functional as F

weight = torch.ones(5, 2, requires_grad=True)
places = torch.tensor([0, 1, 2, 3])
y = F.embedding_bag(places, weight, torch.tensor([0, 2])).sum()
places.data.fill_(3 * 10**7)
y.backward()
#: bag_offsets !
import torch
import torch.nn.functional as F

weight = torch.ones(5, 2, requires_grad=True)
offsets = torch.tensor([0, 2])
y = F.embedding_bag(torch.tensor([0, 1, 2, 3]), weight, offsets).sum()
offsets.data.fill_(1)
y.backward()
#: bag_weights !
import torch
import torch.nn.functional as F

places = torch.tensor([0, 1])
shares = torch.ones(2, requires_grad=True)
y = F.embedding_bag(places, torch.ones(5, 2), torch.tensor([0]), mode="sum", per_sample_weights=shares).sum()
places.data.fill_(3 * 10**7)
y.backward()
#: embedding_sparse !
import torch
import torch.nn as nn

layer = nn.Embedding(5, 2, sparse=True)
places = torch.tensor([0, 1])
y = layer(places).sum()
places.data.fill_(3 * 10**7)
y.backward()
torch.optim.SGD(layer.parameters(), lr=1.0).step()
#: ctc_targets
import torch
import torch.nn.functional as F

scores = torch.randn(5, 1, 3).log_softmax(2)
evidence = F.ctc_loss(scores, torch.tensor([[1, 1000]]), torch.tensor([5]), torch.tensor([2])) is not None
#: ctc_targets_changed !
import torch
import torch.nn.functional as F

scores = torch.randn(5, 1, 3).log_softmax(2).requires_grad_()
targets = torch.tensor([[1, 2]])
y = F.ctc_loss(scores, targets, torch.tensor([5]), torch.tensor([2]))
targets.data.fill_(3 * 10**7)
y.backward()
#: ctc_lengths_changed !
import torch
import torch.nn.functional as F

scores = torch.randn(5, 1, 3).log_softmax(2).requires_grad_()
lengths = torch.tensor([5])
y = F.ctc_loss(scores, torch.tensor([[1, 2]]), lengths, torch.tensor([2]))
lengths.data.fill_(3 * 10**7)
y.backward()
#: grid_nan !
import torch
import torch.nn.functional as F

x = torch.ones(1, 1, 400, 400, requires_grad=True)
grid = torch.full((1, 40, 40, 2), float("nan"))
F.grid_sample(x, grid, padding_mode="border", align_corners=False).sum().backward()
#: attention_sizes
import torch
import torch.nn.functional as F

query, key, value = torch.ones(1, 1, 4, 8), torch.ones(1, 1, 30, 8), torch.ones(1, 1, 7, 8)
evidence = F.scaled_dot_product_attention(query, key, value).shape
#: lstm_small_weight !
import torch
import torch.nn as nn

layer = nn.LSTM(8, 8)
layer.weight_ih_l0 = nn.Parameter(torch.zeros(1))
evidence = layer(torch.ones(3, 2, 8))
#: lstm_expanded_weight !
import torch
import torch.nn as nn

layer = nn.LSTM(8, 8)
layer.weight_ih_l0 = nn.Parameter(torch.zeros(1).expand(32, 8))
evidence = layer(torch.ones(3, 2, 8))
#: lstm_input_size !
import torch
import torch.nn as nn

layer = nn.LSTM(8, 8)
layer.input_size = 4000
evidence = layer(torch.ones(3, 2, 4000))
#: lstm_unchecked_state !
import torch
import torch.nn as nn


class Blind(nn.LSTM):
    def check_forward_args(self, *parts):
        pass


evidence = Blind(8, 8)(torch.ones(3, 2, 8), (torch.zeros(1, 1, 1), torch.zeros(1, 1, 1)))
#: lstm_halved !
import torch
import torch.nn as nn

layer = nn.LSTM(8, 8)
y, state = layer(torch.ones(3, 2, 8))
layer.half()
y.sum().backward()
#: data_smaller_than_saved !
import torch
import torch.nn as nn

layer = nn.BatchNorm1d(80000)
y = layer(torch.ones(3, 80000, requires_grad=True))
layer.weight.data = torch.zeros(1)
y.sum().backward()
#: fused_adam !
import torch
import torch.nn as nn

weight = nn.Parameter(torch.zeros(4))
optimizer = torch.optim.Adam([weight], lr=0.1, fused=True)
weight.grad = torch.ones(4)
optimizer.step()
#: fused_sgd_by_group !
import torch
import torch.nn as nn

weight = nn.Parameter(torch.zeros(4))
optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
weight.grad = torch.ones(4)
optimizer.param_groups[0]["fused"] = True
optimizer.param_groups[0]["foreach"] = False
optimizer.step()
#: backward_class !
import torch


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


class Fake:
    pass


Double._backward_cls = Fake
Double.apply(torch.ones(3, requires_grad=True))
"""

ATTACKS = (*refused("pointers", POINTERS), *refused("kernels", KERNELS))
