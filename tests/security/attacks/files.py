"""Files by way of torch, and pickles."""

from .attack import refused

TORCH_FILES = r"""
#: save
import torch
import tempfile

path = tempfile.mkdtemp() + "/x.pt"
torch.save([1], path)
evidence = torch.load(path)
#: save_null
import torch

torch.save([1], "/dev/null")
evidence = [1]
#: load_path
import torch

try:
    evidence = torch.load("/etc/passwd")
except Exception as error:
    evidence = type(error)
#: load_anything
import torch

try:
    evidence = torch.load("/etc/passwd", weights_only=False)
except Exception as error:
    evidence = type(error)
#: load_mmap
import torch

try:
    evidence = torch.load("/etc/passwd", mmap=True)
except Exception as error:
    evidence = type(error)
#: from_file
import torch

evidence = torch.from_file("/etc/passwd", shared=False, size=8, dtype=torch.uint8).sum()
#: from_file_shared
import torch
import tempfile

path = tempfile.mkdtemp() + "/shared"
torch.from_file(path, shared=True, size=4).fill_(1.0)
evidence = torch.from_file(path, shared=False, size=4).sum()
#: storage_from_file
import torch

evidence = torch.UntypedStorage.from_file("/etc/passwd", False, 8)[0]
#: typed_storage_from_file
import torch

evidence = torch.FloatStorage.from_file("/etc/passwd", False, 2)
#: share_memory
import torch

evidence = torch.ones(1).share_memory_().is_shared()
#: hub_load !
import torch

torch.hub.load("nobody/nothing", "model")
#: hub_load_local
import torch
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/hubconf.py", "w") as file:
    file.write("def found():\n    return [1]\n")
evidence = torch.hub.load(folder, "found", source="local")
#: hub_directory
import torch

evidence = torch.hub.get_dir()
#: hub_download
import torch
import tempfile

target = tempfile.mkdtemp() + "/copy"
torch.hub.download_url_to_file("file:///etc/passwd", target, progress=False)
evidence = torch.hub.os.path.getsize(target)
#: hub_state_dict !
import torch

torch.hub.load_state_dict_from_url("http://127.0.0.1:9/x.pth")
#: model_zoo
import torch.utils.model_zoo

evidence = torch.utils.model_zoo.load_url
#: jit_load
import torch

try:
    torch.jit.load("/etc/passwd")
except Exception as error:
    evidence = type(error)
#: jit_save
import torch
import tempfile

path = tempfile.mkdtemp() + "/x.pt"
torch.jit.save(torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1)), path)
evidence = torch.jit.load(path)
#: jit_script_module_save
import torch

evidence = torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1)).save_to_buffer()
#: package
import torch.package
import tempfile

with torch.package.PackageExporter(tempfile.mkdtemp() + "/x.pt") as exporter:
    exporter.save_source_string("planted", "x = [1]")
    evidence = exporter
#: package_importer
import torch.package

try:
    torch.package.PackageImporter("/etc/passwd")
except Exception as error:
    evidence = type(error)
#: ops_load_library
import torch

try:
    torch.ops.load_library("/nowhere/evil.so")
except OSError as error:
    evidence = error
#: classes_load_library
import torch

try:
    torch.classes.load_library("/nowhere/evil.so")
except OSError as error:
    evidence = error
#: cpp_extension !
import torch.utils.cpp_extension

torch.utils.cpp_extension.load_inline("evil", "int run() { return 1; }", functions=["run"])
#: onnx_export !
import torch
import tempfile

torch.onnx.export(torch.nn.Linear(1, 1), torch.ones(1), tempfile.mkdtemp() + "/x.onnx")
#: profiler_trace
import torch
import tempfile

with torch.profiler.profile() as profile:
    torch.ones(1) + 1
path = tempfile.mkdtemp() + "/trace.json"
profile.export_chrome_trace(path)
evidence = torch.os.path.getsize(path)
#: summary_writer !
from torch.utils.tensorboard import SummaryWriter
import tempfile

writer = SummaryWriter(tempfile.mkdtemp())
#: file_store
import torch.distributed
import tempfile

store = torch.distributed.FileStore(tempfile.mkdtemp() + "/store", 1)
store.set("x", "1")
evidence = store.get("x")
#: tcp_store !
import torch.distributed

store = torch.distributed.TCPStore("127.0.0.1", 9, 1, False)
#: init_process_group !
import torch.distributed

torch.distributed.init_process_group("gloo", init_method="tcp://127.0.0.1:9", rank=0, world_size=2)
#: file_reader
import torch

try:
    torch._C.PyTorchFileReader("/etc/passwd")
except RuntimeError as error:
    evidence = error
#: export_save
import torch
import tempfile

evidence = torch.export.save
#: image_folder !
from torchvision.datasets import ImageFolder

evidence = ImageFolder("/etc")
#: optimizer_state_to_file
import torch

net = torch.nn.Linear(1, 1)
torch.save(torch.optim.SGD(net.parameters(), lr=0.1).state_dict(), "/dev/null")
evidence = [1]
"""

PICKLING = r"""
#: loads
import pickle

evidence = pickle.loads(b"cos\ngetcwd\n(tR.")
#: dumps
import pickle

evidence = pickle.dumps([1])
#: pickle_c
import _pickle

evidence = _pickle.loads(b"cos\ngetpid\n(tR.")
#: reduce_call
import pickle


def plain():
    return eval


evidence = pickle.loads(b"cbuiltins\neval\n(S'[1]'\ntR.")
#: find_class
import pickle
import io

evidence = pickle.Unpickler(io.BytesIO(b"")).find_class("os", "getcwd")()
#: marshal
import marshal

evidence = eval(marshal.loads(marshal.dumps(compile("[1]", "<made>", "eval"))))
#: shelve
import shelve

shelf = shelve.Shelf({})
shelf["x"] = [1]
evidence = shelf["x"]
#: copyreg
import copyreg

evidence = copyreg.__newobj__(list).__class__
#: copyreg_table
import copyreg

evidence = [copyreg.dispatch_table]
#: deepcopy
import copy


class Sly:
    def __reduce__(self):
        return (eval, ("[1]",))


evidence = copy.deepcopy(Sly())
#: copy_reduce_ex
import copy


class Sly:
    def __reduce_ex__(self, protocol):
        return (eval, ("[1]",))


evidence = copy.copy(Sly())
#: copy_replaced_reduce
import copy


class Sly:
    pass


Sly.__reduce__ = lambda self: (eval, ("[1]",))
evidence = copy.deepcopy(Sly())
#: tensor_reduce
import torch

evidence = torch.ones(1).__reduce_ex__(2)[0].__globals__
#: rebuild
import torch

evidence = torch._utils._rebuild_tensor_v2.__globals__
#: save_object
import io
import torch

buffer = io.BytesIO()
torch.save({"x": [1]}, buffer)
evidence = buffer.getvalue()
#: load_bytes
import io
import torch

text = b"\x80\x02cos\ngetcwd\n)R."
evidence = torch.serialization.pickle.load(io.BytesIO(text))
#: load_bytes_anything
import io
import torch

buffer = io.BytesIO()
torch.save([1], buffer)
buffer.seek(0)
evidence = torch.load(buffer, weights_only=False)
#: pickle_module_argument
import io
import torch


class Fake:
    Unpickler = None
    __name__ = "fake"


try:
    torch.load(io.BytesIO(b"\x80\x02."), weights_only=False, pickle_module=Fake)
except Exception as error:
    evidence = type(error)
#: safe_globals
import torch

torch.serialization.add_safe_globals([eval])
evidence = torch.serialization.get_safe_globals()
torch.serialization.clear_safe_globals()
#: weights_only_unpickler
import torch

evidence = torch._weights_only_unpickler.Unpickler
#: module_setstate
import torch

net = torch.nn.Linear(1, 1)
net.__setstate__({"forward": [1]})
evidence = net.__dict__["forward"]
#: generator_state
import torch

evidence = torch.Generator().__reduce__()
#: json_hook
import json

evidence = json.loads('{"x": 1}', object_hook=lambda found: eval("[1]"))
#: numpy_allow_pickle
import io
import numpy as np

buffer = io.BytesIO()
np.save(buffer, np.array([[1], None], dtype=object), allow_pickle=True)
buffer.seek(0)
evidence = np.load(buffer, allow_pickle=True)[0]
#: show_pickle
import torch.utils.show_pickle

evidence = torch.utils.show_pickle.DumpUnpickler
#: multiprocessing_reduction
from multiprocessing.reduction import ForkingPickler

evidence = ForkingPickler.dumps([1])
"""

ATTACKS = (*refused("torch_files", TORCH_FILES), *refused("pickling", PICKLING))
