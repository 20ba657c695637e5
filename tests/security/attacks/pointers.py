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

ATTACKS = refused("pointers", POINTERS)
