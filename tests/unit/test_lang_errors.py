"""Errors of a learner's program: kind, line and words in both languages; limits that nothing in the program can catch."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest
import torch

from playground.errors import LimitError, PlaygroundError, ShapeError
from playground.lang.budget import Budget
from playground.lang.interpreter import Interpreter
from playground.lang.program import Program
from playground.limits import read_limits
from playground.tensors.trace import run_tensors

LIMITS = read_limits(public=True, environment={})
SMALL = {"program_steps": 3000, "program_seconds": 4.0}


def fail(source: str, **caps: Any) -> PlaygroundError:
    """The error that a program ends with, whether it came before it ran or while it did."""
    try:
        interpreter = Interpreter(Program(source), replace(LIMITS, **caps))
    except PlaygroundError as error:
        return error
    error = interpreter.run()
    assert error is not None, f"nothing went wrong in {source!r}"
    return error


def check(error: PlaygroundError, kind: str, line: int | None, english: str, chinese: str, both) -> None:
    assert (error.kind, error.line) == (kind, line), str(error)
    assert english in error.message("en")
    assert chinese in both(error)


SYNTAX = {
    "bracket": ("x = 1\ny = torch.ones(3", 2, "'(' was never closed (column 15)"),
    "colon": ("for i in range(3)\n    pass", 1, "expected ':'"),
    "quote": ("x = 'abc", 1, "unterminated string literal"),
    "indent": ("if True:\nx = 1", 2, "expected an indented block"),
    "unindent": ("if True:\n        x = 1\n    y = 2", 3, "unindent does not match"),
    "operator": ("x = 1\nx = = 2", 2, "invalid syntax"),
    "print": ("print 3", 1, "Missing parentheses in call to 'print'"),
    "assignment": ("x + 1 = 2", 1, "cannot assign to expression"),
    "return": ("x = 1\nreturn x", 2, "'return' outside function"),
    "break": ("\nbreak", 2, "'break' outside loop"),
    "argument twice": ("def f(a, a): pass", 1, "duplicate argument 'a'"),
    "zero in front": ("x = 08", 1, "leading zeros"),
    "full-width bracket": ("x = torch.ones（3)", 1, "invalid character '（'"),
    "Chinese comma": ("x = [1，2]", 1, "invalid character '，'"),
}


@pytest.mark.parametrize("name", SYNTAX)
def test_what_is_not_python(name, both):
    source, line, english = SYNTAX[name]
    check(fail(source), "syntax", line, english, "这不是合法的 Python", both)


CHINESE_SYNTAX = {
    "bracket": "括号 '(' 没有闭合(第 15 列)",
    "colon": "语句块的开头行末尾缺少 ':'",
    "quote": "字符串没有结束",
    "indent": "这里需要缩进",
    "unindent": "同一语句块的各行应从同一列开始",
    "operator": "此处的写法有误",
    "print": "请写成 print(…)",
    "zero in front": 'Python 的原文(英文)是"leading zeros',
    "full-width bracket": "字符 '(' 是全角的,Python 需要半角的 '('",
    "Chinese comma": "字符 ',' 是全角的,Python 需要半角的 ','",
}


@pytest.mark.parametrize("name", CHINESE_SYNTAX)
def test_what_is_not_python_is_told_in_chinese(name, both):
    error = fail(SYNTAX[name][0])
    assert CHINESE_SYNTAX[name] in both(error)
    # A job hands its error on as plain JSON or through a pipe.
    assert pickle.loads(pickle.dumps(error)).message("zh") == error.message("zh")


@pytest.mark.parametrize("source", [5, None, ["x = 1"], b"x = 1", {"code": "x"}])
def test_what_is_no_text(source, both):
    result, error = run_tensors(source, 0, LIMITS)
    check(error, "syntax", None, f"a {type(source).__name__} came", "程序应是一段文本", both)
    assert (result["steps"], result["printed"], result["script"]) == ([], "", "")


def test_null_bytes(both):
    check(fail("x = 1\x00"), "syntax", None, "null bytes", "空字节", both)


SHAPES = {
    "matrix product": (
        "a = torch.ones(3, 4)\nb = torch.ones(3, 5)\nc = a @ b",
        3,
        "in a @ b the left has shape (3, 4), the right (3, 5)",
        "左边的形状是 (3, 4),右边是 (3, 5)",
    ),
    "Linear": (
        "x = torch.ones(5, 8)\nnn.Linear(10, 3)(x)",
        2,
        "that is 8, and in_features is 10",
        "它是 8,而 in_features 是 10",
    ),
    "batch of products": (
        "torch.ones(3, 4, 5) @ torch.ones(4, 6)",
        1,
        "the left has shape (3, 4, 5), the right (4, 6)",
        "左边的形状是 (3, 4, 5)",
    ),
    "matrix and vector": ("torch.ones(3, 4) @ torch.ones(3)", 1, "shape (3, 4), the right (3,),", "右边是 (3,)"),
    "dot": ("torch.dot(torch.ones(2), torch.ones(3))", 1, "they have 2 and 3 elements", "分别有 2 和 3 个元素"),
    "bmm": ("torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 3, 4))", 1, "should begin with [2, 4]", "应以 [2, 4] 开头"),
    "view": ("x = torch.ones(2, 3).T\nx.view(6)", 2, "in x.view(6) that is impossible", "在 x.view(6) 中做不到"),
    "reshape": ("torch.ones(6).reshape(4, 2)", 1, "asks for [4, 2], and the tensor has 6 elements", "而张量有 6 个元素"),
    "view of another size": ("torch.ones(2).view(3, -1)", 1, "asks for [3, -1]", "要求 [3, -1]"),
    "broadcasting": (
        "x = torch.ones(2, 3)\n\ny = x - torch.ones(2)",
        3,
        "are (2, 3) float32, (2,) float32, and dimension 1 has 3 on one side and 2 on the other",
        "第 1 维一边是 3,另一边是 2",
    ),
    "in place": ("x = torch.ones(2)\nx += torch.ones(3)", 2, "dimension 0 has 2 on one side and 3", "一边是 2,另一边是 3"),
    "cat": ("torch.cat([torch.ones(2, 3), torch.ones(2, 4)])", 1, "joined along dimension 0", "沿第 0 维拼接"),
    "stack": ("torch.stack([torch.ones(2), torch.ones(3)])", 1, "To join along an old dimension, use cat", "请用 cat"),
    "dim": ("torch.ones(2, 3).sum(dim=5)", 1, "names dimension 5", "维度编号是 -2 到 1"),
    "channels": ("nn.Conv2d(3, 8, 3)(torch.ones(1, 1, 9, 9))", 1, "fits an input with 3 channels", "3 个通道"),
    "mask": ("torch.ones(3)[torch.ones(4).bool()]", 1, "The shape of the mask [4]", "中的形状不匹配"),
    "too many indices": ("torch.ones(3)[0, 0]", 1, "too many indices for tensor of dimension 1", "中的形状不匹配"),
    "batch of a loss": (
        "F.cross_entropy(torch.ones(3, 5), torch.zeros(4).long())",
        1,
        "The shapes do not fit in F.cross_entropy(torch.ones(3, 5), torch.zeros(4).long())",
        "(3, 5) float32, (4,) int64",
    ),
    "in a function": (
        "def f(a, b):\n    return a @ b\n\nf(torch.ones(2, 3), torch.ones(2, 3))",
        2,
        "in a @ b",
        "在 a @ b 中",
    ),
    "in an f-string": ("x = torch.ones(3)\nprint(f'{x @ torch.ones(2)}')", 2, "in x @ torch.ones(2)", "x @ torch.ones(2)"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit(name, both):
    source, line, english, chinese = SHAPES[name]
    check(fail(source), "shape", line, english, chinese, both)


DTYPES = {
    "matrix product": ("torch.ones(2, 2) @ torch.ones(2, 2).long()", 1, "float32, (2, 2) int64"),
    "Linear": ("x = torch.ones(1, 2).long()\nnn.Linear(2, 2)(x)", 2, "the operands are (1, 2) int64"),
    "loss": ("F.cross_entropy(torch.ones(3, 5), torch.zeros(3, dtype=torch.int32))", 1, "(3,) int32"),
    "mean": ("torch.arange(3).mean()", 1, "could not infer output dtype"),
    "embedding": ("nn.Embedding(4, 2)(torch.ones(2))", 1, "scalar types: Long, Int"),
    "in place": ("x = torch.arange(2)\nx += 1.5", 2, "can't be cast to the desired output type Long"),
    "where": ("torch.where(torch.ones(2), 1, 2)", 1, "condition to be a boolean tensor"),
    "softmax": ("torch.arange(2).softmax(0)", 1, "not implemented for 'Long'"),
    "index": ("torch.ones(3)[torch.ones(1)]", 1, "used as indices must be long"),
    "one-hot": ("F.one_hot(torch.ones(2))", 1, "index tensor of type LongTensor"),
    "convolution": ("nn.Conv2d(1, 1, 1)(torch.ones(1, 1, 2, 2).double())", 1, "should be the same"),
    "subtracting bools": ("torch.ones(2).bool() - torch.ones(2).bool()", 1, "two bool tensors is not supported"),
    "gradient": ("torch.arange(2).requires_grad_()", 1, "can require gradients"),
}


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes_that_do_not_fit(name, both):
    source, line, english = DTYPES[name]
    check(fail(source), "dtype", line, english, "中的 dtype 不匹配", both)


OWN_WORDS = {
    "own exception": ("class Oops(Exception):\n    pass\nraise Oops('my words')", 3, "Oops: my words"),
    "of Python's kind": ("raise KeyError('my words')", 1, "KeyError: 'my words'"),
    "over two lines": ("x = 1\nraise ValueError(\n    'my words')", 2, "ValueError: my words"),
    "assert": ("assert 1 == 2, 'not equal'", 1, "AssertionError: not equal"),
    "bare assert": ("x = 1\nassert x == 2", 2, "AssertionError: –"),
    "raised in except": (
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('worse')",
        4,
        "ValueError: worse",
    ),
}


@pytest.mark.parametrize("name", OWN_WORDS)
def test_what_a_program_raises_keeps_its_own_words(name, both):
    source, line, english = OWN_WORDS[name]
    check(
        fail(source),
        "runtime",
        line,
        f"The program ended with {english}",
        f"程序以 {english.replace(': ', ' 结束:', 1)}",
        both,
    )


RARE = {
    "text": ("'a'.join([1])", 1, "TypeError: sequence item 0: expected str instance, int found"),
    "root": ("math.sqrt(-1)", 1, "ValueError: math domain error"),
}


@pytest.mark.parametrize("name", RARE)
def test_what_is_rare_is_quoted_as_pythons_message(name, both):
    source, line, english = RARE[name]
    check(fail(source), "runtime", line, f"The program ended with {english}", "Python 的原文(英文):", both)


PYTHON = {
    "division": ("1 / 0", 1, "This divides by 0", "这里除以了 0"),
    "remainder": ("x = 5\nx % 0", 2, "This divides by 0", "对 0 取余"),
    "in a function": ("def f(n):\n    return 1 / n\nx = 1\nf(0)", 2, "This divides by 0", "这里除以了 0"),
    "raised again": ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise", 2, "This divides by 0", "这里除以了 0"),
    "key": ("d = {'a': 1}\nd['b']", 2, "The key 'b' is not there", "没有键 'b'"),
    "list index": ("x = [1]\n\nx[3]", 3, "beyond the end of this list", "超出了这个 list 的末尾"),
    "tuple index": ("(1, 2)[2]", 1, "beyond the end of this tuple", "这个 tuple 的末尾"),
    "text index": ("'ab'[2]", 1, "beyond the end of this string", "这个 string 的末尾"),
    "list assignment": ("x = [1]\nx[3] = 2", 2, "beyond the end of this list", "这个 list 的末尾"),
    "pop": ("[1].pop(7)", 1, "beyond the end of this list", "这个 list 的末尾"),
    "pop of nothing": ("[].pop()", 1, "This list is empty", "这个 list 是空的"),
    "missing argument": ("def f(a, b):\n    pass\nf(1)", 3, "f() leaves out b.", "调用 f() 时缺少参数 b"),
    "missing arguments": ("def f(a, b, c):\n    pass\nf()", 3, "f() leaves out a, b, c.", "缺少参数 a, b, c"),
    "missing by name": ("def f(*, a):\n    pass\nf()", 3, "f() leaves out a.", "缺少参数 a"),
    "class": ("class A:\n    def __init__(self, a):\n        pass\nA()", 4, "The call of A() leaves out a.", "调用 A() 时"),
    "layer": ("nn.Linear(3)", 1, "The call of Linear() leaves out out_features.", "缺少参数 out_features"),
    "too many": ("def f(a):\n    pass\nf(1, 2)", 3, "f() takes 1, and 2 came", "给了 2 个"),
    "too many of some": ("def f(a, b=1):\n    pass\nf(1, 2, 3)", 3, "f() takes 1–2, and 3 came", "给了 3 个"),
    "method": (
        "class A:\n    def g(self):\n        pass\nA().g(1)",
        4,
        "g() takes 1, and 2 came (in a method, self",
        "self 也算一个",
    ),
    "operation": ("torch.ones(2).sum(3, 4, 5)", 1, "sum() takes 1–2, and 3 came", "给了 3 个"),
    "unknown name": ("def f(a):\n    pass\nf(1, b=2)", 3, "f() has no parameter b", "f() 没有参数 b"),
    "twice": ("def f(a):\n    pass\nf(1, a=2)", 3, "f() is given a twice", "收到了两次 a"),
    "number and text": ("1 + 'a'", 1, "+ does not go with int on the left and str on the right", "左边是 int,右边是 str"),
    "text and number": ("'a' + 1", 1, "+ does not go with str on the left and int on the right", "左边是 str,右边是 int"),
    "list and number": ("[1] + 1", 1, "with list on the left and int on the right", "左边是 list,右边是 int"),
    "power": ("2 ** 'a'", 1, "** does not go with int", "** 的左边是 int"),
    "in place": ("x = 1\nx -= 'a'", 2, "-= does not go with int", "-= 的左边是 int"),
    "tensor and text": (
        "x = torch.ones(2)\nx + 'a'",
        2,
        "Tensor on the left and str on the right",
        "左边是 Tensor,右边是 str",
    ),
    "None": ("def f():\n    pass\nf() + 1", 3, "Is a return missing in a function", "少了 return"),
    "no gradient yet": (
        "w = torch.ones(2, requires_grad=True)\nw.grad * 2",
        2,
        "a gradient not there yet",
        "梯度还没有算出来",
    ),
    "order": ("1 < 'a'", 1, "< cannot compare int with str", "< 不能比较 int 与 str"),
    "sign": ("-'a'", 1, "- has no meaning for str", "- 不能用于 str"),
    "repeat": ("[1] * 1.5", 1, "whole number of times only; float came", "收到的是 float"),
    "too few values": ("a, b = [1]", 1, "2 names on the left of =, and only 1 values", "右边只有 1 个值"),
    "too many values": ("a, b = 1, 2, 3", 1, "2 names on the left of =, and more values", "右边的值更多"),
    "rows of a tensor": ("a, b = torch.ones(3)", 1, "2 names on the left of =, and more values", "右边的值更多"),
    "unpacking a number": ("a, b = 5", 1, "int holds no elements", "int 里没有可以逐个取出的元素"),
    "loop over a number": ("for i in 5:\n    pass", 1, "for i in range(n)", "请写 for i in range(n)"),
    "int": ("int('a')", 1, "int() reads a whole number, and 'a' is none", "而 'a' 不是整数"),
    "int with a point": ("int('3.5')", 1, "needs float() first", "请先用 float()"),
    "int of a list": ("int([1])", 1, "int() takes a number or a text, and list came", "收到的是 list"),
    "float": ("float('a')", 1, "float() reads a number such as 2.5", "而 'a' 不是数"),
    "float of None": ("float(None)", 1, "float() takes a number or a text, and NoneType came", "收到的是 NoneType"),
    "length": ("len(5)", 1, "int has no length", "int 没有长度"),
    "text as an index": ("[1, 2]['a']", 1, "a whole number or a slice such as 1:3; str came", "这里是 str"),
    "range of a float": ("range(1.5)", 1, "A whole number is needed here, and float came", "这里需要整数,收到的是 float"),
    "list as a key": ("{[1]: 2}", 1, "A list can change", "不能作字典的键"),
    "maximum of nothing": ("max([])", 1, "max() was given nothing", "序列是空的"),
    "truth": ("if torch.ones(2):\n    pass", 1, "A condition needs one yes or no", "请使用 .all() 或 .any()"),
    "local before it is bound": (
        "def f():\n    x += 1\nx = 1\nf()",
        2,
        "Inside this function x is a name of its own",
        "还没有值",
    ),
    "file": ("torch.load('a.pth')", 1, "No file a.pth was saved", "没有保存过文件 a.pth"),
}


@pytest.mark.parametrize("name", PYTHON)
def test_what_python_refuses_is_told_in_both_languages(name, both):
    source, line, english, chinese = PYTHON[name]
    error = fail(source)
    check(error, "runtime", line, english, chinese, both)
    assert "Error" not in error.message("zh"), "nothing is left in Python's own words"


EVERYBODY_MEETS = {
    "name": ("x = 1\nprint(weights)", 2, "There is no weights here. Give it a value", "这里没有 weights"),
    "misspelt name": ("total = 1\nprint(totl)", 2, "Did you mean total?", "您想写的是 total 吗"),
    "misspelt module": ("y = troch.ones(2)", 1, "Did you mean torch?", "您想写的是 torch 吗"),
    "name in a function": ("def f():\n    return lr * 2\nf()", 2, "There is no lr here", "这里没有 lr"),
    "attribute": ("torch.ones(2).zzz", 1, "Tensor has no zzz. The catalogue", "Tensor 没有 zzz"),
    "misspelt method": ("torch.ones(2).sumn()", 1, "Tensor has no sumn. Did you mean sum?", "您想写的是 sum 吗"),
    "misspelt function": ("torch.one(2)", 1, "torch has no one. Did you mean ones?", "您想写的是 ones 吗"),
    "tensor index": ("x = torch.ones(2)\nx[5]", 2, "In x[5] the index 5 is too far: dimension 0 has 2 elements", "超出范围"),
    "gather": ("torch.ones(2).gather(0, torch.tensor([7]))", 1, "index 7 is too far", "下标 7 超出范围"),
    "item": ("torch.ones(2, 2).item()", 1, "it has 4", "有 4 个元素"),
    "leaf in place": ("x = torch.ones(2, requires_grad=True)\nx += 1", 2, "with torch.no_grad():", "叶子张量"),
    "backward twice": (
        "x = torch.ones(1, requires_grad=True)\ny = (x * x).sum()\ny.backward()\ny.backward()",
        4,
        "retain_graph=True",
        "已经释放",
    ),
    "no gradient": ("y = torch.ones(1)\ny.backward()", 2, "finds no graph", "找不到计算图"),
    "not a scalar": (
        "y = torch.ones(2, requires_grad=True) * 2\ny.backward()",
        2,
        "Take its sum() or mean()",
        "从一个数开始",
    ),
}


@pytest.mark.parametrize("name", EVERYBODY_MEETS)
def test_what_everybody_meets_is_explained(name, both):
    source, line, english, chinese = EVERYBODY_MEETS[name]
    check(fail(source), "runtime", line, english, chinese, both)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a GPU")
def test_a_gpu_that_is_not_there(both):
    check(fail("x = torch.ones(2).to('cuda')"), "runtime", 1, "no GPU that torch can use", "没有 torch 可用的 GPU", both)


OPERATIONS = {
    "target": ("F.cross_entropy(torch.ones(1, 3), torch.tensor([7]))", 1, "Target 7 is out of bounds"),
    "ragged": ("torch.tensor([[1, 2], [3]])", 1, "expected sequence of length 2 at dim 1 (got 1)"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_an_operation_refuses(name, both):
    source, line, english = OPERATIONS[name]
    check(fail(source), "runtime", line, english, "失败:PyTorch 的原文(英文)", both)


REFUSED = {
    "open": ("x = 1\nopen('a')", 2, "open is not offered here"),
    "eval": ("eval('1')", 1, "eval is not offered here"),
    "getattr": ("getattr(1, 'a')", 1, "getattr is not offered here"),
    "os": ("import os", 1, "os cannot be imported here"),
    "from os": ("from os import path", 1, "os cannot be imported here"),
    "relative": ("from . import x", 1, "cannot be imported here"),
    "hidden part of torch": ("import torch.utils.cpp_extension", 1, "torch.utils.cpp_extension cannot be imported"),
    "star": ("from torch import *", 1, "from torch import * is not offered"),
    "dunder name": ("__import__('os')", 1, "The name __import__ is kept"),
    "guard's name": ("_call_ = 1", 1, "The name _call_ is kept"),
    "class": ("\n().__class__", 2, "The attribute __class__ leads into Python's own inside"),
    "dict": ("def f(x):\n    return x.__dict__", 2, "The attribute __dict__"),
    "torch.os": ("torch.os", 1, "torch has os, but the playground does not offer it"),
    "method": ("torch.ones(2).data_ptr()", 1, "Tensor has data_ptr, but the playground does not offer it"),
    "writing torch": ("torch.ones = 1", 1, "ones of torch may not be changed here"),
    "writing a function": ("def f(): pass\nf.x = 1", 2, "x of function may not be changed here"),
    "async": ("async def f(): pass", 1, "AsyncFunctionDef is not part"),
    "match": ("match 1:\n    case 1: pass", 1, "Match is not part"),
    "metaclass": ("class A(metaclass=type): pass", 1, "metaclass= came"),
    "base": ("class A(int): pass", 1, "A class cannot be built on int"),
    "type": ("type('A', (), {})", 1, "it makes no classes here"),
    "decorator": ("@print\ndef f(): pass", 1, "@print is not offered"),
    "with": ("with torch.ones(2): pass", 1, "Tensor came"),
    "format": ("'{0.a}'.format(1)", 1, "0.a"),
    "percent": ("'%*d' % (3, 4)", 1, "A * in a % format"),
    "argument": ("print('a', file=3)", 1, "print does not take file here"),
    "path": ("torch.save({}, '../a')", 1, "../a is none"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name, both):
    source, line, english = REFUSED[name]
    error = fail(source)
    assert error.line == line or (error.line is None and line == 1), error.line
    check(error, "refused", error.line, english, "", both)
    chinese = error.message("zh")
    assert chinese != error.message("en") and any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


@pytest.mark.parametrize("handler", ["except Exception:", "except:", "except (Exception, ValueError):", "finally:"])
@pytest.mark.parametrize("reach", ["open_it = torch.ones(1).data_ptr", "[1] * 10**9", "torch.zeros(10**9)"])
def test_a_refusal_or_a_limit_ends_a_program_whatever_it_catches(handler, reach):
    interpreter = Interpreter(Program(f"try:\n    {reach}\n{handler}\n    print('on')\nprint('and on')"), LIMITS)
    error = interpreter.run()
    assert error is not None and error.kind in ("refused", "limit")
    assert interpreter.output.text.getvalue() == ""


LIMITED = {
    "steps": ("while True:\n    pass", SMALL, 1, "more than 3,000 loop turns and calls", "超过了 3,000 次"),
    "calls": ("def f(): pass\nfor i in range(2900):\n    f()", SMALL, None, "more than 3,000 loop turns", "3,000"),
    "seconds": (
        "while True:\n    pass",
        {"program_seconds": 0.1, "program_steps": 10**9},
        1,
        "ran for more than 0.1 seconds",
        "运行超过了 0.1 秒",
    ),
    "seconds of operations": (
        "x = torch.ones(400, 400)\nwhile True:\n    y = x @ x",
        {"program_seconds": 0.2},
        None,
        "ran for more than 0.2 seconds",
        "运行超过了 0.2 秒",
    ),
    "bytes": ("x = 1\ntorch.zeros(200, 10**6)", {}, 2, "make 800 MB of tensors; a program may have 268 MB", "产生 800 MB"),
    "bytes beyond counting": ("torch.zeros(10**10, 10**10)", {}, 1, "> 1e18 bytes", "268 MB"),
    "bytes of a repeat": ("torch.ones(3).repeat(10**9)", {}, 1, "make 12 GB of tensors", "产生 12 GB"),
    "bytes of a broadcast": ("torch.ones(10**5, 1) * torch.ones(10**5)", {}, 1, "make 40 GB of tensors", "产生 40 GB"),
    "operations": (
        "a = torch.ones(1000, 1000)\nfor i in range(9):\n    a @ a",
        {"program_operations": 10**9},
        3,
        "a program may take 1.0e+09",
        "一个程序最多可用 1.0e+09 次",
    ),
    "recursion": ("def f(n):\n    return f(n + 1)\nf(0)", {}, 2, "more than about 833 times deep", "超过了约 833 层"),
    "digits": ("9**9**9", {}, 1, "about 4.67e+08 digits; 60206 is the most", "约 4.67e+08 位"),
    "shift": ("1 << 10**9", {}, 1, "about 3.01e+08 digits", "60206 位"),
    "product": ("x = 10**40000\nfor i in range(9):\n    x = x * x", {}, 3, "digits; 60206 is the most", "60206 位"),
    "range": ("for i in range(10**9):\n    pass", {}, 1, "A loop over 1,000,000,000 numbers", "循环 1,000,000,000 次"),
    "range in a call": ("\nsum(range(10**8))", {}, 2, "A loop over 100,000,000 numbers", "100,000,000"),
    "list": ("[1] * 10**9", {}, 1, "a sequence of 1.0e+09 items", "1.0e+09"),
    "text": ("'a'.ljust(10**9)", {}, 1, "a sequence of 1.0e+09 items", "1.0e+09"),
    "width": ("f'{1:1000000000}'", {}, 1, "A width or precision of 1000000000", "1000000000 太大"),
    "factorial": ("math.factorial(10**6)", {}, 1, "math.factorial of 1.0e+06 is a giant", "1.0e+06 太大"),
    "nesting": ("(" * 300 + ")" * 300, {}, 1, "nested too deeply", "嵌套得太深"),
}


@pytest.mark.parametrize("name", LIMITED)
def test_limits_say_which_and_how_much(name, both):
    source, caps, line, english, chinese = LIMITED[name]
    error = fail(source, **caps)
    check(error, "limit", line or error.line, english, chinese, both)
    assert error.line is not None


def test_a_text_that_is_too_long(both):
    with pytest.raises(LimitError, match=r"A program may have 50,000 bytes; this one has 50,001") as error:
        Program("#" * 50_001)
    assert "这一个有 50,001 字节" in both(error)


ESCAPES = {
    "except Exception": "try:\n    while True: pass\nexcept Exception:\n    print('on')\nprint('on')",
    "bare except": "try:\n    while True: pass\nexcept:\n    print('on')\nprint('on')",
    "finally": "try:\n    while True: pass\nfinally:\n    print('on')\n    while True: pass",
    "finally that raises": "try:\n    while True: pass\nfinally:\n    1 / 0",
    "finally that returns": "def f():\n    try:\n        while True: pass\n    finally:\n        return 1\nf()\nprint('on')",
    "finally that continues": "while True:\n    try:\n        while True: pass\n    finally:\n        continue",
    "bare except at the end": "try:\n    while True: pass\nexcept:\n    x = 1",
    "finally that returns at the end": "def f():\n    try:\n        while True: pass\n    finally:\n        return 1\nf()",
    "finally that breaks": "for i in [1]:\n    try:\n        while True: pass\n    finally:\n        break",
    "a loop around": "for i in range(99):\n    try:\n        while True: pass\n    except Exception:\n        print('on')",
    "functions around": (
        "def again():\n    try:\n        while True: pass\n    except Exception:\n        print('on')\n"
        "    finally:\n        again()\nagain()"
    ),
    "a generator": (
        "def g():\n    try:\n        while True:\n            yield 1\n    finally:\n        print('on')\nfor i in g(): pass"
    ),
    "an else": "try:\n    pass\nexcept Exception:\n    pass\nelse:\n    while True: pass",
    "a named exception": "try:\n    while True: pass\nexcept Exception as error:\n    print(error)\nprint('on')",
}


@pytest.mark.parametrize("name", ESCAPES)
def test_no_program_escapes_its_limit(name):
    interpreter = Interpreter(Program(ESCAPES[name]), replace(LIMITS, **SMALL))
    error = interpreter.run()
    assert isinstance(error, LimitError)
    assert "3,000 loop turns" in str(error)
    assert interpreter.output.text.getvalue() == ""


@pytest.mark.parametrize(
    "end", ["1 / 0", "torch.ones(2) @ torch.ones(3)", "torch.zeros(10**9)", "while True: pass", "torch.hub", "x = open"]
)
def test_what_was_computed_and_printed_until_then_is_kept(end):
    source = f"print('before')\ny = torch.ones(2) + 1\nif y.sum() > 0:\n    {end}\nprint('after')"
    result, error = run_tensors(source, 0, replace(LIMITS, **SMALL))
    assert error is not None
    if end == "x = open":  # seen before anything runs
        assert (result["printed"], result["steps"]) == ("", [])
        return
    assert error.line == 4
    assert result["printed"] == "before\n"
    assert [step["op"] for step in result["steps"][:4]] == ["torch.ones", "Tensor.__add__", "Tensor.sum", "Tensor.__gt__"]
    assert result["steps"][1]["values"] == [2.0, 2.0]


def test_what_is_printed_beyond_the_limit_is_dropped():
    interpreter = Interpreter(Program("for i in range(10):\n    print('x' * 99)"), replace(LIMITS, program_print_bytes=250))
    assert interpreter.run() is None
    assert interpreter.output.text.getvalue() == (("x" * 99 + "\n") * 3)[:250]
    assert interpreter.output.dropped == 750


MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return self.layer(x)

net = Net()

def turns(n):
    i = 0
    while i < n:
        i += 1
    return i

def broken(x):
    return x @ torch.ones(7)
"""


def test_a_program_is_pickled_and_rebuilt():
    program = pickle.loads(pickle.dumps(Program(MODEL)))
    assert program.source == MODEL
    one, other = Interpreter(Program(MODEL), LIMITS), Interpreter(program, LIMITS)
    assert one.run(3) is None and other.run(3) is None
    x = torch.ones(1, 2)
    assert torch.equal(one.call(one.namespace["net"], x), other.call(other.namespace["net"], x))


def test_a_long_program_is_pickled_although_it_is_longer_than_usual():
    program = Program("#" * 60_000 + "\nx = 1", 100_000)
    assert pickle.loads(pickle.dumps(program)).source == program.source


def test_functions_of_a_program_are_called_many_times_each_with_its_own_budget(both):
    interpreter = Interpreter(Program(MODEL), replace(LIMITS, **SMALL))
    assert interpreter.run() is None
    turns, net = interpreter.namespace["turns"], interpreter.namespace["net"]
    for _ in range(5):  # together more than the limit
        assert interpreter.call(turns, 900) == 900
    with pytest.raises(LimitError, match="more than 3,000 loop turns") as error:
        interpreter.call(turns, 10_000)
    assert error.value.line in (14, 15)
    assert interpreter.call(turns, 900) == 900
    with pytest.raises(LimitError, match="more than 10 loop turns"):
        interpreter.call(turns, 100, budget=Budget(10, 1.0, 10**6, 10**6))
    assert interpreter.call(turns, 100, budget=Budget(1000, 1.0, 10**6, 10**6)) == 100
    with pytest.raises(LimitError, match="make 12 MB of tensors; a program may have 1 MB"):
        interpreter.call(net, torch.ones(10**6, 2), budget=Budget(1000, 1.0, 10**6, 10**9))
    with pytest.raises(ShapeError, match=r"in x @ torch.ones\(7\)") as shape_error:
        interpreter.call(interpreter.namespace["broken"], torch.ones(3))
    assert shape_error.value.line == 19
    assert "点积要求两个向量长度相同" in both(shape_error)
    x = torch.rand(4, 2)
    assert torch.equal(interpreter.call(net, x), net.layer(x))


@pytest.mark.parametrize(
    ("source", "imports"),
    [
        ("print(torch.pi)", ["import torch"]),
        ("print(nn.ReLU()(torch.ones(1)))", ["import torch", "import torch.nn as nn"]),
        ("print(F.relu(torch.ones(1)))", ["import torch", "import torch.nn.functional as F"]),
        ("print(np.zeros(2))", ["import torch", "import numpy as np"]),
        ("print(math.floor(2.5))", ["import torch", "import math"]),
        ("print(optim.SGD([torch.ones(1)], 0.1).defaults['lr'])", ["import torch", "import torch.optim as optim"]),
        ("import torch.nn as nn\nprint(nn.Identity()(3))", ["import torch"]),
        ("F = 3\nprint(F)", ["import torch"]),
    ],
)
def test_usual_imports_are_implied_and_written_down(source, imports):
    result, error = run_tensors(source, 0, LIMITS)
    assert error is None
    before, after = result["script"].split("torch.manual_seed(0)\n")
    own = source.split("\n")
    assert [line for line in before.split("\n") if line and line not in own] == imports
    # The program's own imports stand before the seed, all its other lines after it.
    written = [line for line in (before + after).split("\n") if line and line not in imports]
    assert written == own
    assert not any(line.startswith("import") for line in after.split("\n"))


@pytest.fixture
def every_warning():
    """What PyTorch says once per process, said again: in use each program has a process of its own."""
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(before)


@pytest.mark.usefixtures("every_warning")
def test_warnings_of_torch_reach_the_learner():
    source = "x = torch.arange(3.0)\n\ny = x.T\nfor i in range(3):\n    F.softmax(x)"
    result, error = run_tensors(source, 0, LIMITS)
    assert error is None
    assert [entry["line"] for entry in result["warnings"]] == [3, 5]
    assert "x.T` on tensors of dimension other than 2" in result["warnings"][0]["message"]
    assert "Implicit dimension choice for softmax" in result["warnings"][1]["message"]
