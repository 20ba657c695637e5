"""Names: the guards that the policy writes into a program, taken over or taken away."""

from .attack import refused

SCOPES = r"""
#: assign_getattr
_getattr_ = lambda thing, name: thing
evidence = _getattr_
#: assign_getitem
_getitem_ = lambda thing, index: thing
evidence = _getitem_
#: assign_getiter
_getiter_ = lambda thing: thing
evidence = _getiter_
#: assign_write
_write_ = lambda thing: thing
evidence = _write_
#: assign_print
_print_ = lambda *parts: None
evidence = _print_
#: assign_call
_call_ = lambda function, *parts: function(*parts)
evidence = _call_
#: assign_apply
_apply_ = lambda function, *parts: function(*parts)
evidence = _apply_
#: assign_tick
_tick_ = lambda: None
evidence = _tick_
#: assign_unpack
_iter_unpack_sequence_ = _unpack_sequence_ = lambda thing, *rest: thing
evidence = _unpack_sequence_
#: assign_inplace
_inplacevar_ = lambda how, left, right: left
evidence = _inplacevar_
#: assign_metaclass
__metaclass__ = type
evidence = __metaclass__
#: assign_builtins
__builtins__ = __builtins__ or {}
evidence = __builtins__
#: assign_import
__import__ = lambda name, *rest: name
evidence = __import__("os")
#: assign_module_name
__name__ = "playground.lang"
evidence = __name__
#: assign_file
__file__ = "/etc/passwd"
evidence = __file__
#: assign_debug_like
__loader__ = [1]
evidence = __loader__
#: read_guard
_getattr_ = getattr
evidence = _getattr_((), "__class__")
#: subscript_builtins
__builtins__["left_behind"] = [1]
evidence = left_behind
del __builtins__["left_behind"]
#: global_builtins
def plant():
    global __builtins__
    __builtins__ = {"open": [1]}


before = __builtins__
plant()
evidence = __builtins__["open"] if isinstance(__builtins__, dict) else 0
__builtins__ = before
#: global_guard
def plant():
    global _getattr_
    _getattr_ = [1]


plant()
evidence = _getattr_
#: nonlocal_guard
def outer():
    _getattr_ = 0

    def inner():
        nonlocal _getattr_
        _getattr_ = [1]

    inner()
    return _getattr_


evidence = outer()
#: local_guard
def plain():
    _getattr_ = lambda thing, name: [1]
    return _getattr_(1, "x")


evidence = plain()
#: delete_guard
_write_ = [1]
kept = _write_
del _write_
evidence = kept
#: delete_builtins
before = __builtins__
del __builtins__
evidence = [1]
__builtins__ = before
#: import_as_guard
import math as _getattr_

evidence = _getattr_.pi
#: import_from_as_guard
from math import sqrt as _getiter_

evidence = _getiter_(4)
#: import_as_builtins
import torch as __builtins__

evidence = __builtins__
#: for_target
for _getattr_ in [[1]]:
    evidence = _getattr_
#: for_tuple_target
for x, _write_ in [(0, [1])]:
    evidence = _write_
#: for_star_target
for x, *_getiter_ in [(0, 1)]:
    evidence = _getiter_
#: with_target
import torch

with torch.no_grad() as _getattr_:
    evidence = [_getattr_]
#: except_target
try:
    1 / 0
except ZeroDivisionError as _getattr_:
    evidence = _getattr_
#: function_name
def _getattr_(thing, name):
    return [name]


evidence = _getattr_(1, "x")
#: async_function_name
async def _write_():
    return 1


evidence = _write_
#: class_name
class _getitem_:
    pass


evidence = _getitem_
#: argument
def plain(_getattr_):
    return _getattr_


evidence = plain([1])
#: argument_default
def plain(x, _write_=lambda thing: thing):
    return _write_(x)


evidence = plain([1])
#: star_argument
def plain(*_getattr_):
    return _getattr_


evidence = plain(1)
#: double_star_argument
def plain(**_getattr_):
    return _getattr_


evidence = plain(x=1)
#: keyword_only_argument
def plain(*, _getiter_):
    return _getiter_


evidence = plain(_getiter_=[1])
#: positional_only_argument
def plain(_getattr_, /):
    return _getattr_


evidence = plain([1])
#: lambda_argument
evidence = (lambda _getattr_: _getattr_)([1])
#: lambda_star_argument
evidence = (lambda *_write_: _write_)(1)
#: comprehension_target
evidence = [_getattr_ for _getattr_ in [1]]
#: comprehension_tuple_target
evidence = {_key_: _write_ for _key_, _write_ in [(1, 2)]}
#: walrus
evidence = (_getattr_ := [1])
#: walrus_in_comprehension
evidence = [_write_ := x for x in [1]] and _write_
#: augmented
_tick_ = 1
_tick_ += 1
evidence = _tick_
#: annotated
_getattr_: list = [1]
evidence = _getattr_
#: star_target
x, *_getattr_ = 1, 2
evidence = _getattr_
#: tuple_target
(x, (_write_, y)) = 1, ([1], 2)
evidence = _write_
#: list_target
[_getiter_, y] = [1], 2
evidence = _getiter_
#: chained_target
x = _getattr_ = [1]
evidence = _getattr_
#: class_body_guard
class Holder:
    _getattr_ = lambda thing, name: [1]
    evidence = _getattr_(1, "x")


evidence = Holder.evidence
#: class_cell
class Holder:
    def look(self):
        return __class__


evidence = Holder().look()
#: dunder_debug
evidence = [__debug__]
#: dunder_spec
__spec__ = None
evidence = [__spec__]
#: global_of_builtin
def plant():
    global len
    len = lambda thing: [1]


_kept_ = 1
plant()
evidence = len("")
del len
#: printed
printed = [1]
evidence = [printed, __builtins__]
#: function_called_print_guard
def _print_(*parts):
    return parts


evidence = _print_(1)
#: keyword_names_from_dict
evidence = (lambda **names: names)(**{"_getattr_": 1, "__builtins__": 2})["__builtins__"] and __builtins__
"""

ATTACKS = refused("scopes", SCOPES)
