"""Frames of generators, coroutines and tracebacks, and what exceptions carry."""

from .attack import refused

FRAMES = r"""
#: generator_back
def walk():
    yield generator.gi_frame.f_back


generator = walk()
evidence = next(generator).f_globals
#: generator_own_globals
generator = (number for number in [1])
evidence = generator.gi_frame.f_globals
#: generator_expression_back
generator = (generator.gi_frame.f_back for _ in [1])
evidence = [*generator][0].f_builtins
#: climb_to_the_top
def walk():
    frame = generator.gi_frame
    while frame.f_back:
        frame = frame.f_back
    yield frame


generator = walk()
evidence = [frame for frame in generator][0].f_globals
#: generator_locals
def walk():
    secret = [1]
    yield secret


generator = walk()
next(generator)
evidence = generator.gi_frame.f_locals
#: generator_code
evidence = (number for number in [1]).gi_code
#: generator_delegate
def inner():
    yield 1


def outer():
    yield from inner()


generator = outer()
next(generator)
evidence = generator.gi_yieldfrom.gi_frame
#: generator_running
generator = (number for number in [1])
evidence = [generator.gi_running, generator.gi_frame.f_lineno]
#: generator_throw
def walk():
    try:
        yield 1
    except ValueError as error:
        yield error.__traceback__.tb_frame.f_back


generator = walk()
next(generator)
evidence = generator.throw(ValueError()).f_globals
#: generator_by_getattr
generator = (number for number in [1])
evidence = getattr(generator, "gi_frame").f_globals
#: generator_by_format
generator = (number for number in [1])
evidence = "{0.gi_frame.f_globals}".format(generator)
#: generator_by_map
import operator

evidence = list(map(operator.attrgetter("gi_frame.f_globals"), [(n for n in [1])]))
#: coroutine
async def wait():
    return 1


coroutine = wait()
evidence = coroutine.cr_frame.f_globals
coroutine.close()
#: coroutine_code
async def wait():
    return 1


coroutine = wait()
evidence = coroutine.cr_code
coroutine.close()
#: async_generator
async def walk():
    yield 1


evidence = walk().ag_frame.f_globals
#: async_comprehension
async def walk():
    return [x async for x in walk()]


coroutine = walk()
evidence = coroutine.cr_frame
coroutine.close()
#: coroutine_send
async def wait():
    return [1]


try:
    wait().send(None)
except StopIteration as stop:
    evidence = stop.value
#: getframe
import sys

evidence = sys._getframe(0).f_builtins
#: current_frames
import sys

evidence = list(sys._current_frames().values())[0].f_globals
#: inspect_stack
import inspect

evidence = inspect.stack()[0].frame.f_globals
#: traceback_walk_stack
import traceback


def plain():
    return [frame for frame, line in traceback.walk_stack(None)]


evidence = plain() or traceback.extract_stack()
#: frame_by_torch
import torch

evidence = torch.sys._getframe(0).f_globals
#: frame_by_torch_inspect
import torch

evidence = torch.inspect.currentframe().f_globals
#: frame_trace
def walk():
    yield generator.gi_frame


generator = walk()
frame = next(generator)
frame.f_trace = print
evidence = frame.f_trace
#: frame_locals_written
generator = (number for number in [1])
generator.gi_frame.f_globals["left_behind"] = [1]
evidence = left_behind
"""

EXCEPTIONS = r"""
#: traceback_frame
try:
    1 / 0
except ZeroDivisionError as error:
    evidence = error.__traceback__.tb_frame.f_globals
#: traceback_back
def fail():
    raise ValueError


try:
    fail()
except ValueError as error:
    evidence = error.__traceback__.tb_next.tb_frame.f_back
#: exc_info
import sys

try:
    1 / 0
except ZeroDivisionError:
    evidence = sys.exc_info()[2].tb_frame.f_builtins
#: with_traceback
try:
    1 / 0
except ZeroDivisionError as error:
    evidence = error.with_traceback(error.__traceback__)
#: with_traceback_plain
evidence = ValueError("x").with_traceback(None)
#: attribute_error_object
import torch

try:
    torch.nn.no_such_thing
except AttributeError as error:
    evidence = error.obj.__dict__
#: attribute_error_refused_object
def guarded():
    return "{0.__class__.no_such_thing}".format(())


try:
    guarded()
except AttributeError as error:
    evidence = error.obj
#: attribute_error_of_formatter
import string

try:
    string.Formatter().get_field("0.__class__.no_such", ((),), {})
except AttributeError as error:
    evidence = error.obj
#: name_error_name
try:
    __class__
except NameError as error:
    evidence = getattr((), error.name)
#: key_error_args
try:
    {}["__class__"]
except KeyError as error:
    evidence = getattr((), error.args[0])
#: context
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError
except ValueError as error:
    evidence = error.__context__
#: cause
try:
    raise ValueError from KeyError("inner")
except ValueError as error:
    evidence = error.__cause__
#: context_of_the_guard
try:
    ().__class__.no_such_thing
except Exception as error:
    evidence = error.__context__ or error.__traceback__
#: import_error_path
try:
    from os import no_such_name
except ImportError as error:
    evidence = error.path
#: stop_iteration_value
def walk():
    return (lambda: 0).__globals__
    yield


try:
    next(walk())
except StopIteration as stop:
    evidence = stop.value
#: exception_group
try:
    raise ExceptionGroup("several", [ValueError("one")])
except* ValueError as group:
    evidence = group.exceptions[0].__traceback__ or [group.exceptions]
#: exception_group_confusion !
class Odd(Exception):
    def __init__(self):
        self.args = (ExceptionGroup,)

    def split(self, condition):
        return 1, 2


try:
    raise Odd
except* Odd as group:
    evidence = group
#: exception_group_split_callback
seen = []
ExceptionGroup("several", [ValueError()]).split(lambda error: seen.append(error.__class__))
evidence = seen
#: exception_class_walk
evidence = ValueError.__mro__[-1].__subclasses__()
#: exception_reduce
evidence = ValueError("x").__reduce__()
#: exception_setstate
error = ValueError("x")
error.__setstate__({"left_behind": [1]})
evidence = error.left_behind
#: unraisable
import sys

before = sys.unraisablehook
sys.unraisablehook = print
evidence = sys.unraisablehook is print
sys.unraisablehook = before
#: excepthook
import sys

before = sys.excepthook
sys.excepthook = print
evidence = sys.excepthook is print
sys.excepthook = before
#: raised_in_torch
import torch

try:
    torch.ones(2) @ torch.ones(3)
except RuntimeError as error:
    evidence = error.__traceback__.tb_frame
#: traceback_by_match
try:
    1 / 0
except ZeroDivisionError as error:
    match error:
        case Exception(__traceback__=trace):
            evidence = trace.tb_frame
"""

ATTACKS = (*refused("frames", FRAMES), *refused("exceptions", EXCEPTIONS))
