"""Walks along special attributes, format strings and names that are not what they look like."""

from .attack import refused

DUNDERS = r"""
#: tuple_to_object
evidence = ().__class__.__mro__[-1].__subclasses__()
#: list_bases
evidence = [].__class__.__bases__[0].__subclasses__()
#: string_base
evidence = "".__class__.__base__.__subclasses__()
#: dict_mro_method
evidence = {}.__class__.mro()[1]
#: number_class
evidence = (1).__class__.__class__
#: none_class
evidence = None.__class__.__base__
#: ellipsis_class
evidence = ....__class__.__mro__
#: find_module_lock
for kind in ().__class__.__base__.__subclasses__():
    if kind.__name__ == "_ModuleLock":
        evidence = kind.acquire.__globals__["sys"].modules
#: find_wrap_close
for kind in ().__class__.__base__.__subclasses__():
    if kind.__name__ == "_wrap_close":
        evidence = kind.__init__.__globals__["getcwd"]()
#: find_importer
for kind in ().__class__.__base__.__subclasses__():
    if kind.__name__ == "BuiltinImporter":
        evidence = kind.load_module("posix").getcwd()
#: find_frozen_importer
for kind in ().__class__.__base__.__subclasses__():
    if kind.__name__ == "FrozenImporter":
        evidence = kind.find_spec
#: find_file_loader
for kind in ().__class__.__base__.__subclasses__():
    if kind.__name__ == "FileLoader":
        evidence = kind.get_data(kind("x", "/etc/passwd"), "/etc/passwd")
#: function_globals
def plain():
    return 1


evidence = plain.__globals__
#: lambda_builtins
evidence = (lambda: 0).__builtins__["open"]
#: lambda_globals
evidence = (lambda: 0).__globals__["__builtins__"]
#: method_func
class Thing:
    def method(self):
        return 1


evidence = Thing().method.__func__.__globals__
#: init_globals
class Thing:
    def __init__(self):
        self.x = 1


evidence = Thing.__init__.__globals__
#: instance_dict
class Thing:
    def __init__(self):
        self.x = 1


thing = Thing()
thing.__dict__["y"] = 2
evidence = thing.__dict__
#: class_dict
class Thing:
    x = 1


evidence = Thing.__dict__
#: class_swapped
class First:
    pass


class Second:
    def proof(self):
        return True


thing = First()
thing.__class__ = Second
evidence = thing.proof()
#: builtin_self
evidence = print.__self__.open
#: len_self
evidence = len.__self__.eval("[1]")
#: bound_method_self
evidence = [].append.__self__.__class__
#: math_self
import math

evidence = math.sqrt.__self__.__loader__
#: reduce_ex
evidence = (1).__reduce_ex__(2)[0].__globals__
#: reduce_of_object
evidence = object().__reduce_ex__(2)[0].__globals__["__builtins__"]
#: init_subclass
class Base:
    pass


evidence = Base.__init_subclass__
#: subclass_list
class Base:
    pass


class Child(Base):
    pass


evidence = Base.__subclasses__()
#: doc
evidence = ().__doc__
#: module_name
import torch

evidence = torch.__name__ + torch.__file__
#: module_dict
import torch

evidence = torch.__dict__["os"].getcwd()
#: module_loader
import time

evidence = time.__loader__.load_module("posix").getcwd()
#: module_spec
import math

evidence = math.__spec__.loader
#: module_builtins
import torch.nn as nn

evidence = nn.Linear.forward.__builtins__["open"]
#: module_globals
import torch.nn as nn

evidence = nn.Linear.forward.__globals__
#: annotations_of_function
def plain(x: int):
    return x


evidence = plain.__annotations__
#: qualname_assigned
def plain():
    return 1


plain.__qualname__ = "renamed"
evidence = plain.__qualname__
#: wrapped
import torch

evidence = torch.no_grad.__init__.__globals__
#: getattribute_bound
evidence = ().__getattribute__("__class__")
#: dir_method
evidence = ().__dir__()
#: new
evidence = list.__new__(list).__class__
#: sizeof
evidence = ().__sizeof__()
#: setattr_method
class Thing:
    pass


thing = Thing()
thing.__setattr__("x", [1])
evidence = thing.x
#: type_of_type
evidence = type(type(())).__subclasses__
#: tensor_class
import torch

evidence = torch.ones(1).__class__.__mro__
#: array_class
import numpy as np

evidence = np.ones(1).__class__.__base__.__subclasses__()
#: single_underscore
import torch

evidence = torch.ones(1)._version + 1
#: private_module_state
import torch.nn as nn

evidence = nn.Linear(1, 1)._parameters
#: name_mangled
class Thing:
    def __init__(self):
        self.__secret = [1]


evidence = Thing()._Thing__secret
"""

FORMATTING = r"""
#: class_field
evidence = "{0.__class__}".format(())
#: globals_field
class Thing:
    def __init__(self):
        self.x = 1


evidence = "{0.__init__.__globals__}".format(Thing())
#: keyword_field
evidence = "{x.__class__.__mro__}".format(x=())
#: index_field
def plain():
    return 1


evidence = "{0.__globals__[__builtins__]}".format(plain)
#: module_field
import torch

evidence = "{0.os.name}".format(torch)
#: environment_field
import torch

evidence = "{0.os.environ}".format(torch)
#: nested_field
evidence = "{0:{1.__class__.__name__[0]}>9}".format("x", ())
#: format_map
evidence = "{x.__class__}".format_map({"x": ()})
#: format_map_capture
class Catch:
    def __getitem__(self, name):
        return name.__class__


evidence = "{anything}".format_map(Catch())
#: unbound_format
evidence = str.format("{0.__class__}", ())
#: unbound_format_map
evidence = str.format_map("{x.__class__}", {"x": ()})
#: mapped_format
evidence = list(map("{0.__class__}".format, [()]))
#: sorted_by_format
evidence = sorted([()], key="{0.__class__}".format) and "{0.__class__}".format(())
#: format_taken_first
template = "{0.__class__}".format
evidence = template(())
#: format_by_getattr
evidence = getattr("{0.__class__}", "format")(())
#: format_of_subclass
class Text(str):
    pass


evidence = Text("{0.__class__}").format(())
#: fstring_walk
evidence = f"{().__class__.__mro__}"
#: fstring_globals
evidence = f"{(lambda: 0).__globals__}"
#: fstring_debug
evidence = f"{__builtins__=}"
#: fstring_conversion
evidence = f"{().__class__!r:>80}"
#: fstring_import
evidence = f"{__import__('os').getcwd()}"
#: fstring_nested
evidence = f"{f'{().__class__}'}"
#: formatter
from string import Formatter

evidence = Formatter().format("{0.__class__}", ())
#: formatter_vformat
import string

evidence = string.Formatter().vformat("{x.__class__}", (), {"x": ()})
#: template
import string

evidence = string.Template("$x").substitute.__globals__
#: percent_dict
evidence = "%(__builtins__)s" % globals()
#: percent_name
evidence = getattr((), "__%s__" % "class")
#: percent_capture
class Catch:
    def __getitem__(self, name):
        return name.__class__


evidence = "%(anything)s" % Catch()
#: logging_style
import logging

evidence = logging.StrFormatStyle("{msg.__class__}").format(logging.makeLogRecord({"msg": ()}))
"""

HIDDEN = r"""
#: concatenated
evidence = getattr((), "__cl" + "ass__")
#: joined
evidence = getattr((), "_".join(["", "", "class", "", ""]))
#: reversed
evidence = getattr((), "__ssalc__"[::-1])
#: from_numbers
evidence = getattr((), "".join(map(chr, [95, 95, 99, 108, 97, 115, 115, 95, 95])))
#: hex_escape
evidence = getattr((), "\x5f\x5fclass\x5f\x5f")
#: unicode_escape
evidence = getattr((), "\N{LOW LINE}\u005fclass\u005f_")
#: bytes_decoded
evidence = getattr((), b"__class__".decode())
#: import_from_pieces
evidence = __import__("".join(["o", "s"])).getcwd()
#: str_subclass_name
class Sly(str):
    def startswith(self, *prefix):
        return False


evidence = getattr((), Sly("__class__"))
#: changing_equality
class Sly(str):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("__class__")


evidence = getattr((), Sly("__class__"))
#: mathematical_letters
evidence = 𝒆𝒗𝒂𝒍("[1]")
#: fullwidth_letters
evidence = ｏｐｅｎ("/etc/passwd").read()
#: fullwidth_underscores
evidence = ()._＿class_＿
#: ligature
evidence = (lambda: 0)._＿globals_＿["__builtins__"]
#: superscript_letters
evidence = __impᵒrt__("os").getcwd()
#: unicode_import
import ｏs

evidence = ｏs.getcwd()
#: unicode_guard_name
_getattr_ = [1]
_ｇetattr_ = [2]
evidence = _getattr_ == [2]
#: unicode_keyword_argument
evidence = (lambda **names: names)(_＿class_＿=1)["__class__"] and ().__𝐜lass__
#: continued_line
evidence = ().\
    __class__
#: spaces_around_dot
evidence = () . __class__ . __mro__
#: comment_between
evidence = (
    ()
    # looks like nothing
    .__class__
)
#: semicolons
x = 1; evidence = ().__class__; y = 2
"""

ATTACKS = (*refused("dunder_walks", DUNDERS), *refused("formatting", FORMATTING), *refused("hidden_names", HIDDEN))
