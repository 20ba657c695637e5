"""Modules and builtins that are not offered, asked for by name."""

from .attack import refused

IMPORTS = r"""
#: os
import os

evidence = os.getcwd()
#: os_environ
import os

evidence = dict(os.environ) or os.name
#: os_path
import os.path

evidence = os.path.abspath(".")
#: posix
import posix

evidence = posix.getpid()
#: sys
import sys

evidence = sys.modules["os"].getcwd()
#: sys_getframe
import sys

evidence = sys._getframe().f_globals
#: subprocess
import subprocess

evidence = subprocess.run(["echo", "out"], capture_output=True).stdout
#: socket
import socket

evidence = socket.gethostname()
#: urllib
import urllib.request

evidence = urllib.request.urlopen("file:///etc/passwd").read()
#: http_client !
import http.client

evidence = http.client.HTTPConnection("127.0.0.1", 9).request("GET", "/")
#: importlib
import importlib

evidence = importlib.import_module("os").getcwd()
#: importlib_util
import importlib.util

evidence = importlib.util.find_spec("os").loader
#: builtins
import builtins

evidence = builtins.open
#: ctypes
import ctypes

evidence = ctypes.CDLL(None).getpid()
#: from_os
from os import getcwd

evidence = getcwd()
#: from_os_alias
from os import getpid as square

evidence = square()
#: alias_of_allowed
import os as math

evidence = math.getcwd()
#: star
from os import *

evidence = getcwd()
#: second_of_several
import math, os

evidence = os.getcwd()
#: in_function
def fetch():
    import os

    return os.getcwd()


evidence = fetch()
#: in_class_body
class Holder:
    import os


evidence = Holder.os.getcwd()
#: in_lambda
evidence = (lambda name: __import__(name).getcwd())("os")
#: in_try
try:
    import no_such_module
except ImportError:
    import os

evidence = os.getcwd()
#: dunder_import
evidence = __import__("os").getcwd()
#: dunder_import_fromlist
evidence = __import__("torch.utils.cpp_extension", fromlist=["os"]).os.getcwd()
#: after_future
from __future__ import annotations

import os

evidence = os.getcwd()
#: main
import __main__

evidence = __main__.__dict__
#: the_sandbox_itself
import sys

evidence = [name for name in list(sys.modules) if name.startswith(("_", "torch", "playground"))]
#: relative !
from . import settings

evidence = settings
#: relative_parent !
from ..lang import policy

evidence = policy
#: playground_package !
import playground.lang

evidence = playground.lang
#: restrictedpython
from RestrictedPython import compile_restricted

evidence = compile_restricted("1 + 1", "<test>", "eval")
#: cpp_extension
import torch.utils.cpp_extension

evidence = torch.utils.cpp_extension.os.getcwd()
#: torch_utils_data_utils
from torch.utils.data._utils import worker

evidence = worker.os.getpid()
#: torch_c
from torch._C import _get_tracing_state as state

evidence = state
#: torch_from_os
from torch import os

evidence = os.getcwd()
#: torch_from_sys
from torch import sys as settings

evidence = settings.modules
#: torch_testing_private
import torch.testing._comparison as helpers

evidence = helpers.cmath.__loader__
#: nn_module_torch
from torch.nn.modules.module import torch as whole

evidence = whole.os.getcwd()
#: functional_warnings
from torch.nn.functional import warnings

evidence = warnings.sys.modules
#: numpy_f2py
import numpy.f2py

evidence = numpy.f2py.__file__
#: numpy_private
from numpy.lib import _npyio_impl

evidence = _npyio_impl.os.getcwd()
#: pathlib
from pathlib import Path

evidence = Path("/etc/passwd").read_text()
#: io_open
import io

evidence = io.open("/etc/passwd").read()
#: codecs_open
import codecs

evidence = codecs.open("/etc/passwd").read()
#: linecache
import linecache

evidence = linecache.getlines("/etc/passwd")
#: glob
import glob

evidence = glob.glob("/*")
#: shutil
import shutil

evidence = shutil.disk_usage("/")
#: tempfile
import tempfile

with tempfile.TemporaryDirectory() as folder:
    evidence = folder
#: inspect
import inspect

evidence = inspect.currentframe().f_globals
#: gc
import gc

evidence = [thing for thing in gc.get_objects() if isinstance(thing, dict) and "__builtins__" in thing]
#: types
import types

evidence = types.FunctionType((lambda: __builtins__).__code__, globals())()
#: platform
import platform

evidence = platform.node() or platform.system()
#: signal
import signal

evidence = signal.getsignal(signal.SIGINT)
#: resource
import resource

evidence = resource.getrlimit(resource.RLIMIT_AS)
#: atexit
import atexit

evidence = atexit.register(len, "")
#: sqlite3
import sqlite3

evidence = sqlite3.connect(":memory:").execute("select sqlite_version()").fetchone()
#: faulthandler
import faulthandler

evidence = faulthandler.dump_traceback_later
#: pty
import pty

evidence = pty.openpty()
"""

BUILTINS = r"""
#: open
evidence = open("/etc/passwd").read()
#: open_write
import tempfile

with open(tempfile.mkdtemp() + "/note", "w") as file:
    evidence = file.write("written")
#: eval
evidence = eval("[1, 2]")
#: eval_walk
evidence = eval("().__class__.__mro__[-1].__subclasses__()")
#: exec
exec("evidence = [1]")
#: compile
evidence = compile("1 + 1", "<text>", "eval").co_code
#: getattr
evidence = getattr((), "__class__")
#: getattr_default
evidence = getattr((lambda: 0), "__globals__", None)
#: setattr
import torch

setattr(torch, "_left_behind", [1])
evidence = torch._left_behind
del torch._left_behind
#: delattr
import torch

torch._left_behind = 1
delattr(torch, "_left_behind")
evidence = "_left_behind" not in torch.__dict__
#: vars
import torch

evidence = vars(torch)["os"].getcwd()
#: globals
evidence = globals()["__builtins__"]
#: locals
evidence = locals()["__builtins__"]
#: dir
evidence = dir()
#: input !
evidence = input("password: ")
#: breakpoint !
evidence = breakpoint()
#: memoryview
evidence = memoryview(bytearray(4)).cast("B").nbytes
#: type_three_arguments
evidence = type("Made", (), {"run": lambda self: 1})
#: object_subclasses
evidence = object.__subclasses__()
#: type_subclasses
evidence = type.__subclasses__(type)
#: help !
help("modules")
#: exit !
exit()
#: quit !
quit()
#: copyright
evidence = copyright.__class__._Printer__setup
#: license_file !
license._Printer__filenames = ["/etc/passwd"]
license()
#: print_to_file
import torch

print("to stderr", file=torch.sys.stderr)
evidence = [1]
#: map_eval
evidence = list(map(eval, ["[1]"]))
#: sorted_key_eval
evidence = sorted(["1 + 1", "3"], key=eval)
#: max_key_exec
evidence = max(["1", "len('ab')"], key=eval)
#: filter_eval
evidence = list(filter(eval, ["1", "0"]))
#: alias_of_eval
run = eval
evidence = run("[1]")
#: eval_in_list
evidence = [eval][0]("[1]")
#: eval_in_default
def run(text, how=eval):
    return how(text)


evidence = run("[1]")
#: subscript_builtins
evidence = __builtins__["open"]
#: classmethod_wrapped
evidence = classmethod(eval).__func__("[1]")
#: property_getter
evidence = property(globals).fget()
#: super_walk
class Child:
    def look(self):
        return super().__getattribute__("__class__")


evidence = Child().look()
#: iter_of_callable
evidence = next(iter(globals, None))
#: str_class_call
evidence = str.__class__("Made", (), {})
#: object_getattribute
evidence = object.__getattribute__((), "__class__")
#: type_getattribute
evidence = type.__getattribute__(int, "__subclasses__")
"""

ATTACKS = (*refused("imports", IMPORTS), *refused("builtins", BUILTINS))
