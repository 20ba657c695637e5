"""Classes that change how classes, operators and protocols work."""

from .attack import refused

METACLASSES = r"""
#: type_call
evidence = type("Made", (list,), {"__add__": lambda self, other: other})() + [1]
#: type_of_int_call
evidence = type(int)("Made", (), {})
#: type_subclass
class Meta(type):
    pass


evidence = Meta("Made", (), {})
#: keyword
class Meta(type):
    def shout(cls):
        return "loud"


class Made(metaclass=Meta):
    pass


evidence = Made.shout()
#: keyword_lambda
class Made(metaclass=lambda name, bases, space: space):
    pass


evidence = Made
#: keyword_print
class Made(metaclass=lambda *parts, **names: parts[2]["__module__"]):
    pass


evidence = Made
#: prepare
class Meta(type):
    @classmethod
    def __prepare__(meta, name, bases):
        return {"planted": [1]}


class Made(metaclass=Meta):
    pass


evidence = Made.planted
#: subscript_calls_eval
class Meta(type):
    __getitem__ = lambda cls, text: eval(text)


class Run(metaclass=Meta):
    pass


evidence = Run["__import__('os').getcwd()"]
#: attribute_calls
class Meta(type):
    def __getattr__(cls, name):
        return name


class Made(metaclass=Meta):
    pass


evidence = Made.anything
#: instance_check
class Meta(type):
    def __instancecheck__(cls, thing):
        return True


class Anything(metaclass=Meta):
    pass


evidence = isinstance(1, Anything)
#: subclass_hook
import abc


class Anything(abc.ABC):
    @classmethod
    def __subclasshook__(cls, other):
        return True


evidence = issubclass(int, Anything)
#: init_subclass_keyword
seen = []


class Base:
    def __init_subclass__(cls, what=None):
        seen.append(what)


class Child(Base, what="captured"):
    pass


evidence = seen
#: mro_entries
class Trick:
    def __mro_entries__(self, bases):
        return (list,)


class Made(Trick()):
    pass


evidence = issubclass(Made, list)
#: set_name
seen = []


class Watch:
    def __set_name__(self, owner, name):
        seen.append(owner)


class Made:
    field = Watch()


evidence = seen
#: class_getitem
class Made:
    def __class_getitem__(cls, item):
        return [item]


evidence = Made["x"]
#: descriptor
class Watch:
    def __get__(self, thing, owner):
        return owner


class Made:
    field = Watch()


evidence = Made().field
#: bases_assigned
class First:
    pass


class Second(First):
    pass


class Third:
    found = [1]


Second.__bases__ = (Third,)
evidence = Second.found
#: mro_override
class Meta(type):
    def mro(cls):
        return [cls, list, object]


class Made(list, metaclass=Meta):
    pass


evidence = Made.__mro__
#: slots
class Made:
    __slots__ = ("x",)


evidence = Made.x.__set__
#: star_bases
bases = (().__class__,)


class Made(*bases):
    pass


evidence = Made.__base__
#: double_star_keywords
class Made(**{"metaclass": type}):
    pass


evidence = Made.__class__
#: new_class
import types

evidence = types.new_class("Made", (), {}, lambda space: space.update(x=1)).x
#: named_tuple
from collections import namedtuple

evidence = namedtuple("Made", "x")._make([1])
#: enum
import enum

evidence = enum.Enum("Made", "A B").A.__class__
#: module_as_base
import types


class Fake(types.ModuleType):
    pass


evidence = Fake("torch")
#: build_class
evidence = __build_class__(lambda: None, "Made")
#: build_class_replaced
import builtins

before = builtins.__build_class__
builtins.__build_class__ = lambda *parts, **names: [1]


class Made:
    pass


builtins.__build_class__ = before
evidence = Made
"""

SPECIAL_METHODS = r"""
#: getattr
class Open:
    def __getattr__(self, name):
        return name


evidence = Open().anything
#: getattribute
class Open:
    def __getattribute__(self, name):
        return name


evidence = Open().anything
#: setattr
seen = []


class Open:
    def __setattr__(self, name, value):
        seen.append(name)


Open().x = 1
evidence = seen
#: delete_hook
seen = []


class Late:
    def __del__(self):
        seen.append(1)


late = Late()
del late
evidence = seen
#: class_property
class Liar:
    @property
    def __class__(self):
        return int


evidence = isinstance(Liar(), int)
#: reduce
class Sly:
    def __reduce__(self):
        return (list, ("ab",))


evidence = Sly().__reduce__()
#: call
class Run:
    def __call__(self, text):
        return eval(text)


evidence = Run()("[1]")
#: add_is_eval
class Run:
    __add__ = lambda self, text: eval(text)


evidence = Run() + "[1]"
#: operator_assigned_later
class Run:
    pass


Run.__matmul__ = lambda self, text: eval(text)
evidence = Run() @ "[1]"
#: getitem_is_eval
class Run:
    pass


Run.__getitem__ = lambda self, text: eval(text)
evidence = Run()["[1]"]
#: missing
class Run(dict):
    def __missing__(self, name):
        return eval(name)


evidence = Run()["[1]"]
#: enter_exit_traceback
class Catch:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.trace = trace
        return True


catch = Catch()
with catch:
    1 / 0
evidence = catch.trace.tb_frame.f_globals
#: exit_lambda
class Catch:
    pass


seen = []
Catch.__enter__ = lambda self: self
Catch.__exit__ = lambda self, *parts: seen.append(parts[2].tb_frame) or True
with Catch():
    1 / 0
evidence = seen
#: exit_stack
import contextlib

seen = []
with contextlib.ExitStack() as stack:
    stack.push(lambda *parts: seen.append(parts[2].tb_frame) or True)
    1 / 0
evidence = seen
#: eq_captures
seen = []


class Catch:
    def __eq__(self, other):
        seen.append(other.__class__)
        return True


Catch() == ()
evidence = seen
#: contains_captures
seen = []


class Catch:
    def __contains__(self, other):
        seen.append(other.__class__.__mro__)
        return True


() in Catch()
evidence = seen
#: right_operand_captures
class Catch:
    def __radd__(self, other):
        return other.__class__


evidence = () + Catch()
#: hash_captures
seen = []


class Catch:
    def __hash__(self):
        seen.append((lambda: 0).__globals__)
        return 1


{Catch(): 1}
evidence = seen
#: index
import torch


class Sly:
    def __index__(self):
        return seen.append((lambda: 0).__globals__) or 1


seen = []
torch.ones(3)[Sly()]
evidence = seen
#: index_changes
class Sly:
    calls = []

    def __index__(self):
        self.calls.append(1)
        return len(self.calls)


sly = Sly()
evidence = [range(9)[sly], range(9)[sly]]
#: float_hook
import math


class Sly:
    def __float__(self):
        return 4.0


evidence = math.sqrt(Sly())
#: format
class Sly:
    def __format__(self, spec):
        return spec


evidence = f"{Sly():anything}"
#: str_returns_subclass
class Text(str):
    def __str__(self):
        return "__doc__"


evidence = getattr((), str(Text("__class__")))
#: length_hint
seen = []


class Sly:
    def __iter__(self):
        return iter([1])

    def __length_hint__(self):
        seen.append(1)
        return 1


list(Sly())
evidence = seen
#: array
import numpy as np


class Sly:
    def __array__(self, dtype=None, copy=None):
        return np.ones(3)


evidence = np.array(Sly()).sum()
#: array_interface
import numpy as np

source = np.arange(1, 5)


class Forged:
    __array_interface__ = {"shape": (4,), "typestr": "<i8", "version": 3, "data": source.__array_interface__["data"]}


evidence = np.array(Forged()).sum()
#: array_interface_foreign !
import numpy as np


class Forged:
    __array_interface__ = {"shape": (4,), "typestr": "<i8", "version": 3, "data": (4096, False)}


evidence = np.array(Forged())
#: array_ufunc
import numpy as np


class Catch:
    def __array_ufunc__(self, function, method, *parts, **names):
        return function


evidence = np.ones(1) + Catch()
#: array_function
import numpy as np


class Catch:
    def __array_function__(self, function, types, parts, names):
        return [function]


evidence = np.concatenate([Catch()])
#: cuda_array_interface !
import torch


class Forged:
    __cuda_array_interface__ = {"shape": (4,), "typestr": "<f4", "version": 2, "data": (4096, False)}


evidence = torch.as_tensor(Forged(), device="cuda")
#: torch_function
import torch


class Catch:
    @classmethod
    def __torch_function__(cls, function, types, parts=(), names=None):
        return [function]


evidence = torch.add(Catch(), 1)
#: torch_function_of_tensor
import torch


class Catch(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, parts=(), names=None):
        return [function]


evidence = torch.ones(1).as_subclass(Catch) + 1
#: torch_dispatch
import torch
from torch.utils._python_dispatch import TorchDispatchMode

seen = []


class Watch(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, parts=(), names=None):
        seen.append(function)
        return function(*parts, **(names or {}))


with Watch():
    torch.ones(1) + 1
evidence = seen
#: fspath
class Sly:
    def __fspath__(self):
        return "/etc/passwd"


evidence = open(Sly()).read()
#: deepcopy_hook
import copy


class Sly:
    def __deepcopy__(self, memo):
        return [memo]


evidence = copy.deepcopy(Sly())
#: dlpack
import torch


class Forged:
    def __dlpack__(self, **names):
        return torch.ones(2).__dlpack__()

    def __dlpack_device__(self):
        return (1, 0)


evidence = torch.from_dlpack(Forged()).sum()
#: instance_of_module_call
import torch.nn as nn


class Net(nn.Module):
    def __call__(self, text):
        return eval(text)


evidence = Net()("[1]")
#: module_getattr
import torch.nn as nn


class Net(nn.Module):
    def __getattr__(self, name):
        return [name]


evidence = Net().anything
#: module_setstate
import torch.nn as nn

net = nn.Linear(1, 1)
net.__setstate__({"planted": [1]})
evidence = net.__dict__["planted"]
#: iter_endless_class
class Forever:
    def __iter__(self):
        return self

    def __next__(self):
        return self.__class__


evidence = next(iter(Forever()))
"""

DECORATORS = r"""
#: eval_text
@eval
@(lambda cls: "__import__('os').getcwd()")
class evidence:
    pass
#: exec_text
@exec
@(lambda cls: "evidence = [1]")
class Nothing:
    pass
#: decorator_import
@__import__("atexit").register
def late():
    return 1


evidence = late
#: decorator_getattr
@(lambda function: function.__globals__)
def evidence():
    return 1
#: decorator_chain
@list
@vars
@(lambda cls: __import__("torch"))
class evidence:
    pass
#: decorator_subscript
@[eval][0]
@(lambda function: "[1]")
def evidence():
    return 1
#: default_import
def plain(folder=__import__("os").getcwd()):
    return folder


evidence = plain()
#: default_walk
def plain(kinds=().__class__.__base__.__subclasses__()):
    return kinds


evidence = plain()
#: keyword_default
def plain(*, how=eval):
    return how("[1]")


evidence = plain()
#: lambda_default
evidence = (lambda how=eval: how("[1]"))()
#: annotation
seen = []


def plain(x: seen.append(__import__("os").getcwd())):
    return x


evidence = seen
#: return_annotation
seen = []


def plain() -> seen.append(().__class__):
    return 1


evidence = seen
#: variable_annotation
seen = []
x: seen.append(__import__("os").getcwd()) = 1
evidence = seen
#: bare_annotation
seen = []
x: seen.append(().__class__)
evidence = seen
#: class_annotation
seen = []


class Holder:
    x: seen.append(__import__("os").getcwd())


evidence = seen
#: attribute_annotation
import torch

torch.left_behind: int = 1
evidence = torch.left_behind
del torch.left_behind
#: star_annotation
seen = []


def plain(*parts: seen.append(eval), **names: seen.append(exec)):
    return parts


evidence = seen
#: comprehension_iterable
evidence = [kind for kind in ().__class__.__base__.__subclasses__()]
#: comprehension_condition
evidence = [1 for x in [1] if eval("[1]")]
#: comprehension_key
evidence = {eval("1"): value for value in [1]}
#: generator_argument
evidence = list(eval(text) for text in ["[1]"])
#: nested_comprehension
evidence = [[g.gi_frame for g in [(n for n in [1])]] for _ in [1]]
#: walrus
evidence = [how := eval, how("[1]")]
#: walrus_in_comprehension
evidence = [found := __builtins__ for _ in [1]] and found
#: walrus_in_default
def plain(x=(how := eval)):
    return x


evidence = how("[1]")
#: walrus_in_subscript
evidence = {"x": [1]}[(name := "x")] and (name := eval)("[1]")
#: conditional
evidence = (eval if True else len)("[1]")
#: slice_bounds
evidence = [1, 2][eval("0") : __import__("os").getpid()]
#: assert_message
try:
    assert False, __import__("os").getcwd()
except AssertionError as error:
    evidence = str(error)
#: raise_expression
try:
    raise eval("ValueError('made')")
except ValueError as error:
    evidence = str(error)
#: except_expression
try:
    1 / 0
except eval("ZeroDivisionError"):
    evidence = [1]
#: with_expression
with __import__("tempfile").TemporaryDirectory() as folder:
    evidence = folder
#: return_of_yield
def walk():
    found = yield (lambda: 0).__globals__
    return found


evidence = next(walk())
#: star_arguments
evidence = (lambda *parts: parts)(*eval("[1]"))
#: keyword_arguments
evidence = (lambda **names: names)(**globals())
"""

MATCH = r"""
#: class_of_tuple
match (1,):
    case tuple(__class__=found):
        evidence = found
#: function_globals
match lambda: 0:
    case object(__globals__=found):
        evidence = found
#: nested_walk
match ():
    case object(__class__=object(__base__=found)):
        evidence = found.__subclasses__()
#: module_attribute
import torch

match torch:
    case object(os=found):
        evidence = found.getcwd()
#: module_attribute_nested
import torch

match torch:
    case object(os=object(getcwd=found)):
        evidence = found()
#: generator_frame
match (number for number in [1]):
    case object(gi_frame=object(f_globals=found)):
        evidence = found
#: format_method
match "{0.__class__}":
    case str(format=found):
        evidence = found(())
#: mapping_capture
match {"x": [1]}:
    case {"x": __builtins__}:
        evidence = __builtins__
#: mapping_rest
match {"x": [1], "y": 2}:
    case {"y": 2, **__rest__}:
        evidence = __rest__
#: sequence_star
match [1, 2]:
    case [1, *_getattr_]:
        evidence = _getattr_
#: capture_guard
match [1]:
    case _getattr_:
        evidence = _getattr_
#: as_guard
match [1]:
    case [1] as _write_:
        evidence = _write_
#: value_pattern
import torch

match torch.os.name:
    case torch.os.name:
        evidence = [1]
#: match_args
class Sly:
    __match_args__ = ("__class__",)


match Sly():
    case Sly(found):
        evidence = found
#: guard_clause
match 1:
    case x if eval("[1]"):
        evidence = [1]
#: or_pattern
match ():
    case int() | object(__class__=_):
        evidence = [1]
#: tensor_pointer
import torch

match torch.ones(1):
    case torch.Tensor(data_ptr=found):
        evidence = found()
#: builtin_self
match print:
    case object(__self__=found):
        evidence = found.open
#: subject_expression
match __import__("os").getcwd():
    case found:
        evidence = found
"""

BORROWED = r"""
#: super_of_array_writes_file
import numpy as np


class Named:
    tofile = 1


super(np.float64, np.float64(1.5)).tofile("/dev/null")
evidence = [1]
#: super_of_tensor_address
import torch
import torch.nn as nn


class Named:
    data_ptr = 1


evidence = super(nn.Parameter, nn.Parameter(torch.ones(1))).data_ptr()
#: super_of_tensor_storage
import torch
import torch.nn as nn


class Named:
    untyped_storage = 1


evidence = super(nn.Parameter, nn.Parameter(torch.ones(1))).untyped_storage().nbytes()
#: super_of_class
import torch
import torch.nn as nn

if len("") == 1:
    nn.Named.record_stream = 1
evidence = super(nn.Parameter, nn.Parameter).record_stream
#: forward_is_ndarray
import numpy as np
import torch.nn as nn

layer = nn.Module()
layer.forward = np.ndarray
evidence = layer((1,), "u1", b"\x07").sum()
#: class_forward_is_ndarray
import numpy as np
import torch.nn as nn


class Layer(nn.Module):
    forward = np.ndarray


evidence = Layer()((1,), "u1", b"\x07").sum()
#: forward_is_type_of_array
import numpy as np
import torch.nn as nn

layer = nn.Module()
layer.forward = type(np.ones(1))
evidence = layer((1,), "u1", b"\x07").sum()
#: forward_is_type
import torch.nn as nn

layer = nn.Module()
layer.forward = type(nn.Linear)
evidence = layer("Made", (str,), {"__getattr__": lambda self, name: name})("x")
#: listed_type_is_called
import torch
import torch.nn as nn

weight = nn.Parameter(torch.ones(1))
optimizer = torch.optim.SGD([weight], lr=1.0)
try:
    torch.optim.lr_scheduler.LambdaLR(optimizer, [type(lambda: 0)])
except TypeError as error:
    evidence = error
#: nested_in_map
import numpy as np
import torch.nn as nn


class Layer(nn.Module):
    pass


layer = Layer()
layer.forward = map
evidence = list(layer(type(np.ones(1)), [(1,)]))
#: keyword_unwraps_class
import numpy as np
import torch.nn as nn

layer = nn.Module()
layer.forward = dict(dtype=np.ndarray)["dtype"]
evidence = layer((1,), "u1", b"\x07").sum()
#: decorator_returns_library_function
import torch
import torch.nn as nn

seen = []


class Net(nn.Module):
    def _apply(self, given, recurse=True):
        def swap(function):
            return given

        @swap
        def convert():
            pass

        seen.append(convert(torch.ones(2)))
        return self


Net().double()
evidence = seen
"""

ATTACKS = (
    *refused("borrowed_classes", BORROWED),
    *refused("metaclasses", METACLASSES),
    *refused("special_methods", SPECIAL_METHODS),
    *refused("decorators_defaults", DECORATORS),
    *refused("match_patterns", MATCH),
)
