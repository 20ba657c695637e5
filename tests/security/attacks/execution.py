"""Strings and code objects that become running code, and processes."""

from .attack import refused

CODE = r"""
#: function_type
import types

evidence = types.FunctionType(compile("__import__('os').getcwd()", "<made>", "eval"), {})()
#: code_attribute
def plain():
    return 1


evidence = plain.__code__
#: code_replace
def plain():
    return "harmless"


plain.__code__ = plain.__code__.replace(co_consts=(None, "replaced"))
evidence = plain()
#: func_type_of_lambda
kind = type(lambda: 0)
evidence = kind(compile("len('ab')", "<made>", "eval"), {})()
#: code_type_of_lambda
kind = type((lambda: 0).__code__)
evidence = kind.co_consts
#: swapped_closure
def outer():
    secret = [1]

    def inner():
        return secret

    return inner


evidence = outer().__closure__[0].cell_contents
#: swapped_defaults
def plain(text="nothing"):
    return text


plain.__defaults__ = ("swapped",)
evidence = plain()
#: keyword_defaults
def plain(*, text="nothing"):
    return text


plain.__kwdefaults__["text"] = "swapped"
evidence = plain()
#: timeit
import timeit

evidence = timeit.timeit("seen.append(1)", number=1, globals={"seen": []})
#: timeit_namespace
import timeit

seen = []
timeit.timeit("seen.append(__import__('os').getcwd())", number=1, globals={"seen": seen})
evidence = seen
#: code_module
import code

evidence = code.InteractiveInterpreter({"seen": []}).runsource("seen.append(1)") is False
#: runpy
import runpy

evidence = runpy.run_module("this", run_name="not_main")
#: cprofile
import cProfile

seen = []
cProfile.runctx("seen.append(1)", {"seen": seen}, {})
evidence = seen
#: bdb
import bdb

seen = []
bdb.Bdb().run("seen.append(1)", {"seen": seen})
evidence = seen
#: dis
import dis

evidence = dis.Bytecode("1 + 1").codeobj
#: ast_compile
import ast

evidence = eval(compile(ast.parse("[1]", mode="eval"), "<tree>", "eval"))
#: type_hints
import typing


def plain(x: "seen.append(__import__('os').getcwd()) or int"):
    return x


seen = []
typing.get_type_hints(plain)
evidence = seen
#: forward_ref
import typing

evidence = typing.ForwardRef("__import__('os')", is_argument=False).__forward_code__
#: dataclass_make
import dataclasses

evidence = dataclasses.make_dataclass("Made", [("x", "int", 1)])().x
#: attrgetter
import operator

evidence = operator.attrgetter("__class__.__mro__")(())
#: methodcaller
import operator

evidence = operator.methodcaller("__subclasses__")(object)
#: typing_operator
import typing

evidence = typing.operator.attrgetter("__class__")(())
#: reduce_getattr
import functools

evidence = functools.reduce(getattr, ["__class__", "__mro__"], ())
#: partial_eval
from functools import partial

evidence = partial(eval, "[1]")()
#: singledispatch_globals
import functools

evidence = functools.singledispatch(len).register.__globals__
#: resolve_name
import pkgutil

evidence = pkgutil.resolve_name("os:getcwd")()
#: string_formatter_field
import string

evidence = string.Formatter().get_field("0.__class__", ((),), {})[0]
#: ctypes_pyrun
import ctypes

evidence = ctypes.pythonapi.PyRun_SimpleString(b"1 + 1") == 0
#: numpy_runstring
import numpy as np

seen = []
np.testing.runstring("seen.append(1)", {"seen": seen})
evidence = seen
#: benchmark_timer
import torch.utils.benchmark

seen = []
torch.utils.benchmark.Timer("seen.append(__import__('os').getcwd())", globals={"seen": seen}).timeit(1)
evidence = seen
#: fx_exec
import torch.fx.graph_module as graphs

space = {}
graphs._exec_with_source("evidence = [1]", space)
evidence = space["evidence"]
#: jit_compilation_unit
import torch

evidence = torch.jit.CompilationUnit("def double(x: int) -> int:\n    return 2 * x\n").double(2)
#: collect_env
import torch.utils.collect_env

evidence = torch.utils.collect_env.run("echo out")
"""

PROCESSES = r"""
#: os_system
import os

evidence = os.system("true") == 0
#: os_popen
import os

evidence = os.popen("echo out").read()
#: os_fork !
import os

evidence = os.fork()
#: os_spawn
import os

evidence = os.spawnlp(os.P_WAIT, "true", "true") == 0
#: os_exec !
import os

os.execlp("true", "true")
#: os_kill
import os

evidence = os.kill(os.getpid(), 0) is None
#: os_exit !
import os

os._exit(0)
#: parent
import os

evidence = os.getppid() or os.getpid()
#: own_memory
import os

evidence = os.open("/proc/self/mem", os.O_RDONLY)
os.close(evidence)
evidence = [1]
#: descriptors
import os

evidence = os.dup(2)
os.close(evidence)
#: pipe_to_parent
import os

left, right = os.pipe()
evidence = os.write(right, b"forged message")
os.close(left)
os.close(right)
#: thread
import threading

seen = []
thread = threading.Thread(target=seen.append, args=(1,))
thread.start()
thread.join()
evidence = seen
#: raw_thread
import _thread

evidence = _thread.get_ident()
#: multiprocessing !
import multiprocessing

process = multiprocessing.Process(target=print, args=("child",))
process.start()
process.join()
#: thread_pool
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(1) as pool:
    evidence = pool.submit(len, "ab").result()
#: torch_multiprocessing !
import torch

torch.multiprocessing.spawn(print, nprocs=1)
#: torch_threading
import torch

evidence = torch.threading.current_thread()
#: timer_disarmed
import signal

before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
evidence = signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
signal.signal(signal.SIGALRM, before)
#: limits_raised
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
evidence = soft
#: recursion_limit
import sys

before = sys.getrecursionlimit()
sys.setrecursionlimit(before + 1)
evidence = sys.getrecursionlimit()
sys.setrecursionlimit(before)
#: trace_removed
import sys

before = sys.gettrace()
evidence = sys.settrace(None) is None
sys.settrace(before)
#: unix_socket
import socket

left, right = socket.socketpair()
left.send(b"bytes")
evidence = right.recv(8)
left.close()
right.close()
#: asyncio_shell
import asyncio


async def shell():
    process = await asyncio.create_subprocess_shell("true")
    return await process.wait()


evidence = asyncio.run(shell()) == 0
#: module_walk_to_shell
import torch

evidence = torch.os.system("true") == 0
#: data_loader_workers
import torch
from torch.utils.data import DataLoader

loader = DataLoader(
    [1, 2],
    num_workers=1,
    collate_fn=lambda batch: [torch.utils.data.get_worker_info().id + 1],
)
evidence = list(loader)
"""

ATTACKS = (*refused("code_objects", CODE), *refused("processes", PROCESSES))
