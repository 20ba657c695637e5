"""Policy: what of Python a learner's program may say, and which run-time guard stands before each thing that it does.

RestrictedPython's transformer refuses every kind of node that it does not know. This subclass decides on names, imports and
definitions, and turns each call, operator, subscript and attribute into the call of a guard (`playground.lang.guards`) with
the number of the expression, so that a guard can tell where in the text it is.
"""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer

from playground.errors import RefusedError

# Methods with two underscores that a learner's class may define. None of them hands an interpreter's object to the learner.
SPECIAL_METHODS = frozenset(
    "__init__ __len__ __getitem__ __setitem__ __contains__ __call__ __repr__ __str__ __iter__ __next__ __eq__ __ne__ __lt__ "
    "__le__ __gt__ __ge__ __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __matmul__ __pow__ "
    "__neg__ __bool__".split()
)
SPECIAL_ATTRIBUTES = frozenset(("__init__", "__name__", "__version__", "__call__", "__len__", "__getitem__", "__repr__"))
SPECIAL_NAMES = frozenset(("__name__",))
OPERATORS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
}
REFUSED_NODES = (
    "AsyncFunctionDef AsyncFor AsyncWith Await Match TryStar Interactive Expression FunctionType TypeAlias TemplateStr"
).split()


@dataclass(frozen=True)
class Span:
    """A loop of the program's text: the line of its head, the lines of what is done in each turn."""

    line: int
    first: int
    last: int


class Policy(RestrictingNodeTransformer):
    """One use per program; `number` gives each expression its number before the tree is changed.

    Args:
        modules: names that `import` may name.
        names: the built-in names that a program may read.
        stored: every name that the program itself binds somewhere.

    Raises:
        RefusedError: from `visit`, with the line.
    """

    def __init__(self, modules: Iterable[str], names: Iterable[str], stored: frozenset[str]):
        super().__init__()
        self.modules, self.names, self.stored = frozenset(modules), frozenset(names), stored
        self._in_class = False

    # Names

    def error(self, node: ast.AST, info: str) -> None:
        raise RefusedError("lang.refused_syntax", line=getattr(node, "lineno", None), what=info.rstrip("."))

    def not_allowed(self, node: ast.AST) -> None:
        raise RefusedError("lang.refused_statement", line=getattr(node, "lineno", None), what=type(node).__name__)

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        if name is None or name == "_":
            return
        if allow_magic_methods and self._in_class and name in SPECIAL_METHODS:
            return
        # Two leading underscores are Python's own; one on each side is how the guards are called.
        if name.startswith("__") or (name.startswith("_") and name.endswith("_")):
            raise RefusedError("lang.refused_name", line=node.lineno, name=name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in SPECIAL_NAMES:
            return node
        self.check_name(node, node.id)
        unknown = isinstance(node.ctx, ast.Load) and node.id not in self.stored and node.id not in self.names
        if unknown and hasattr(builtins, node.id):
            raise RefusedError("lang.refused_builtin", line=node.lineno, name=node.id)
        return node

    def inject_print_collector(self, node: Any, position: int = 0) -> None:
        """`print` is an ordinary name here, bound to a bounded function."""

    def visit_Global(self, node: ast.Global) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:  # type: ignore[override]
        for name in node.names:
            self.check_name(node, name)
        return node

    # Expressions

    def visit_Call(self, node: ast.Call) -> ast.AST:
        own = "super" in self.stored
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not own and not node.args and not node.keywords:
            return node  # it reads the calling frame, so no guard may stand between; what it gives is guarded as any object
        number = _number(node)
        node = self.node_contents_visit(node)
        for keyword in node.keywords:
            self.check_name(node, keyword.arg)
        node.args = [
            ast.Starred(_guard("_star_", argument.value), ast.Load()) if isinstance(argument, ast.Starred) else argument
            for argument in node.args
        ]
        return _at(node, ast.Call(_name("_call_"), [ast.Constant(number), node.func, *node.args], node.keywords))

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        return self.node_contents_visit(node)

    def _guard_starred(self, node: Any) -> ast.AST:
        node = self.node_contents_visit(node)
        if isinstance(node.ctx, ast.Load) if hasattr(node, "ctx") else True:
            node.elts = [
                ast.Starred(_guard("_star_", part.value), ast.Load()) if isinstance(part, ast.Starred) else part
                for part in node.elts
            ]
        return ast.fix_missing_locations(node)

    visit_List = visit_Tuple = visit_Set = _guard_starred  # type: ignore[assignment]

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        number, sign = _number(node), OPERATORS[type(node.op)]
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        return _at(node, _guard("_operate_", ast.Constant(number), ast.Constant(sign), node.left, node.right))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        number = _number(node)
        node.left = self.visit(node.left)
        node.comparators = [self.visit(part) for part in node.comparators]
        sign = OPERATORS.get(type(node.ops[0]))
        if len(node.ops) > 1 or sign is None:  # a chain compares plain values; `in` and `is` make no tensor
            return node
        return _at(node, _guard("_operate_", ast.Constant(number), ast.Constant(sign), node.left, node.comparators[0]))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        number = _number(node)
        node.operand = self.visit(node.operand)
        if isinstance(node.op, ast.Not) or isinstance(node.operand, ast.Constant):
            return node
        return _at(node, _guard("_sign_", ast.Constant(number), ast.Constant(OPERATORS[type(node.op)]), node.operand))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        number, name = _number(node), node.attr
        if name == "__name__" and isinstance(node.value, ast.Attribute) and node.value.attr == "__class__":
            inner = self.visit(node.value.value)
            return _at(node, _guard("_getattr_", ast.Constant(number), inner, ast.Constant("__class__.__name__")))
        dunder = name.startswith("__") and name not in SPECIAL_ATTRIBUTES
        if (
            dunder
            or name in INSPECT_ATTRIBUTES
            or (name.startswith("_") and name.endswith("_") and not name.startswith("__"))
        ):
            raise RefusedError("lang.refused_attribute_name", line=node.lineno, name=name)
        node.value = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            return _at(node, _guard("_getattr_", ast.Constant(number), node.value, ast.Constant(name)))
        if name.startswith("__"):
            raise RefusedError("lang.refused_attribute_name", line=node.lineno, name=name)
        node.value = _at(node, _guard("_write_", ast.Constant(number), node.value))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        number = _number(node)
        node.value, node.slice = self.visit(node.value), self._index(node.slice)
        if isinstance(node.ctx, ast.Load):
            return _at(node, _guard("_getitem_", ast.Constant(number), node.value, node.slice))
        node.value = _at(node, _guard("_write_", ast.Constant(number), node.value))
        return node

    def _index(self, node: ast.expr) -> ast.expr:
        """An index as a value: a slice becomes slice(start, stop, step)."""
        if isinstance(node, ast.Slice):
            parts = [
                ast.Constant(None) if part is None else self.visit(part) for part in (node.lower, node.upper, node.step)
            ]
            return _at(node, ast.Call(_name("_slice_"), parts, []))  # type: ignore[return-value]
        if isinstance(node, ast.Tuple) and any(isinstance(part, ast.Slice) for part in node.elts):
            node.elts = [self._index(part) for part in node.elts]
            return node
        return self.visit(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        value = self.visit(node.value)
        spec = self.visit(node.format_spec) if node.format_spec is not None else ast.Constant("")
        call = _guard("_format_", value, ast.Constant(node.conversion), spec)
        return _at(node, ast.FormattedValue(call, -1, None))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return self.node_contents_visit(node)

    # Statements

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """The annotation is dropped: nothing here reads it."""
        self._check_annotation(node.annotation)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return self.visit(ast.copy_location(ast.Assign([node.target], node.value), node))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        number, sign = ast.Constant(_number(node)), ast.Constant(OPERATORS[type(node.op)])
        value = self.visit(node.value)
        target = node.target
        if isinstance(target, ast.Name):
            self.check_name(node, target.id)
            call = _guard("_inplace_", number, sign, ast.Name(target.id, ast.Load()), value)
            return _at(node, ast.Assign([target], call))
        place = ast.Constant(target.attr) if isinstance(target, ast.Attribute) else self._index(target.slice)
        if isinstance(target, ast.Attribute) and target.attr.startswith("__"):
            raise RefusedError("lang.refused_attribute_name", line=node.lineno, name=target.attr)
        kind = ast.Constant(isinstance(target, ast.Attribute))
        call = _guard("_augment_", number, sign, kind, self.visit(target.value), place, value)
        return _at(node, ast.Expr(call))

    def visit_For(self, node: ast.For) -> Any:
        return self._count_turns(self.guard_iter(node))

    def visit_While(self, node: ast.While) -> Any:
        node = self.node_contents_visit(node)
        node.body.insert(0, _at(node, ast.Expr(_guard("_tick_"))))
        return self._count_turns(node)

    def _count_turns(self, node: Any) -> list[ast.stmt]:
        number = ast.Constant(node.pp_loop)
        node.body.insert(0, _at(node, ast.Expr(_guard("_turn_", number))))
        return [_at(node, ast.Expr(_guard("_begin_", number))), node]

    def visit_withitem(self, node: ast.withitem) -> Any:
        node = self.node_contents_visit(node)
        node.context_expr = _at(node.context_expr, _guard("_context_", node.context_expr))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        """A bare `except:` would also catch the end of a program that has reached a limit."""
        self.check_name(node, node.name)
        if node.type is None:
            node.type = ast.copy_location(ast.Name("Exception", ast.Load()), node)
        return self.node_contents_visit(node)

    def visit_Import(self, node: ast.Import) -> Any:
        found = []
        for alias in node.names:
            self._check_module(node, alias.name)
            top = alias.name.split(".")[0]
            target = alias.asname or top
            self.check_name(node, target)
            module = alias.name if alias.asname else top
            found.append(_at(node, ast.Assign([ast.Name(target, ast.Store())], _guard("_import_", ast.Constant(module)))))
        return found

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module == "__future__" and all(alias.name == "annotations" for alias in node.names):
            return None
        if node.level:
            raise RefusedError("lang.refused_import", line=node.lineno, name="." * node.level + (node.module or ""))
        self._check_module(node, node.module or "")
        found = []
        for alias in node.names:
            if alias.name == "*":
                raise RefusedError("lang.refused_star", line=node.lineno, name=node.module)
            target = alias.asname or alias.name
            self.check_name(node, target)
            call = _guard("_import_", ast.Constant(node.module), ast.Constant(alias.name))
            found.append(_at(node, ast.Assign([ast.Name(target, ast.Store())], call)))
        return found

    def _check_module(self, node: ast.AST, name: str) -> None:
        if name not in self.modules:
            raise RefusedError("lang.refused_import", line=node.lineno, name=name)  # type: ignore[attr-defined]

    # Definitions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        self.check_name(node, node.name, allow_magic_methods=True)
        self.check_function_argument_names(node)
        self._check_annotation(node.returns)
        node.returns = None
        for argument in _arguments(node.args):
            self._check_annotation(argument.annotation)
            argument.annotation = None
        in_class, self._in_class = self._in_class, False
        decorators = [_at(part, _guard("_decorate_", self.visit(part))) for part in node.decorator_list]
        node.decorator_list = []
        node = self.node_contents_visit(node)
        node.decorator_list = decorators
        self._in_class = in_class
        node.body.insert(0, _at(node, ast.Expr(_guard("_tick_"))))
        return node

    def _check_annotation(self, annotation: ast.expr | None) -> None:
        """It is never evaluated; but what may not be said may not be said there either."""
        if annotation is not None:
            self.visit(copy.deepcopy(annotation))

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.check_function_argument_names(node)
        return self.node_contents_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.check_name(node, node.name)
        if node.keywords:
            raise RefusedError("lang.refused_class_keyword", line=node.lineno, name=node.keywords[0].arg or "**")
        in_class, self._in_class = self._in_class, True
        decorators = [_at(part, _guard("_decorate_", self.visit(part))) for part in node.decorator_list]
        node.decorator_list = []
        node = self.node_contents_visit(node)
        node.decorator_list = decorators
        self._in_class = in_class
        node.keywords = [ast.keyword("metaclass", ast.Name("_class_", ast.Load()))]
        return ast.fix_missing_locations(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        self.check_name(node, node.target.id)
        node.value = self.visit(node.value)
        return node


def _refuse(self: Policy, node: ast.AST) -> Any:
    self.not_allowed(node)


for _kind in REFUSED_NODES:
    setattr(Policy, f"visit_{_kind}", _refuse)


def number_expressions(tree: ast.Module) -> list[ast.AST]:
    """Give every expression (and augmented assignment) a number, kept on the node; the list has the nodes in that order."""
    nodes: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.AugAssign)):
            node.pp_number = len(nodes)  # type: ignore[union-attr]
            nodes.append(node)
    return nodes


def number_loops(tree: ast.Module) -> list[Span]:
    """Give every loop a number, kept on the node; the list has their places in that order, outer ones first."""
    spans: list[Span] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While)):
            node.pp_loop = len(spans)  # type: ignore[union-attr]
            # The condition of a while belongs to the turn before it; what a for goes through is made before the first.
            first = node.lineno if isinstance(node, ast.While) else node.body[0].lineno
            spans.append(Span(node.lineno, first, node.body[-1].end_lineno or first))
    return spans


def stored_names(tree: ast.Module) -> frozenset[str]:
    """Every name that the program binds: by assignment, definition, import, argument, except, global."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return frozenset(found)


def written_attributes(tree: ast.Module) -> frozenset[str]:
    """Every attribute that the program assigns to somewhere, and every method that its classes define."""
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            found.update(part.name for part in node.body if isinstance(part, (ast.FunctionDef, ast.ClassDef)))
            for part in node.body:
                found.update(
                    name.id for name in ast.walk(part) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
                )
    return frozenset(found)


def _number(node: ast.AST) -> int:
    return getattr(node, "pp_number", -1)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _guard(name: str, *arguments: Any) -> ast.Call:
    return ast.Call(_name(name), list(arguments), [])


def _at(old: ast.AST, new: Any) -> Any:
    ast.copy_location(new, old)
    return ast.fix_missing_locations(new)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    more = [part for part in (arguments.vararg, arguments.kwarg) if part is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]
