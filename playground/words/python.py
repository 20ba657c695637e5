"""Words of Python's own errors, the ones that everybody meets."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # Parts of lang.syntax
    "lang.syntax_rare": ("{message}", "Python 的原文（英文）是“{message}”"),
    "lang.syntax_open": ("'{sign}' was never closed", "括号 '{sign}' 没有闭合"),
    "lang.syntax_unmatched": ("'{sign}' closes no bracket", "'{sign}' 没有对应的左括号"),
    "lang.syntax_colon": ("expected ':' at the end of the head of a block", "语句块的开头行末尾缺少 ':'"),
    "lang.syntax_quote": ("unterminated string literal: a quote is missing", "字符串没有结束，缺少引号"),
    "lang.syntax_indent": (
        "expected an indented block: the lines inside begin further to the right",
        "这里需要缩进：语句块内的行要向右缩进",
    ),
    "lang.syntax_indented": (
        "unexpected indent: this line begins too far to the right",
        "不应有的缩进：这一行过于靠右",
    ),
    "lang.syntax_unindent": (
        "unindent does not match any line above: lines of one block begin at the same column",
        "缩进与上面的行都不一致：同一语句块的各行应从同一列开始",
    ),
    "lang.syntax_call": (
        "Missing parentheses in call to '{name}': write {name}(…)",
        "调用 '{name}' 时缺少括号：请写成 {name}(…)",
    ),
    "lang.syntax_equal": ("a comparison is written with ==, not with =", "比较要写 ==，不是 ="),
    "lang.syntax_assign": ("cannot assign to {what}: left of = stands a name", "= 左边是 {what}，不能赋值，这里应是名称"),
    "lang.syntax_invalid": ("invalid syntax: something is out of place or missing here", "此处的写法有误：多了或少了什么"),
    "lang.syntax_full_width": (
        "invalid character '{sign}': it is full-width; Python wants '{plain}'",
        "字符 '{sign}' 是全角的，Python 需要半角的 '{plain}'",
    ),
    "lang.missing_argument": (
        "The call of {function}() leaves out {names}. Give a value for each.",
        "调用 {function}() 时缺少参数 {names}。请为每个参数给出值。",
    ),
    "lang.extra_argument": (
        "Arguments by place: {function}() takes {most}, and {got} came (in a method, self counts as one). Leave some "
        "out, or give them by name.",
        "按位置给出的参数：{function}() 接受 {most} 个，这里给了 {got} 个（方法中的 self 也算一个）。"
        "请去掉多余的，或按名称给出。",
    ),
    "lang.unknown_argument": (
        "{function}() has no parameter {name}. Look for a slip in its spelling, or leave it out.",
        "{function}() 没有参数 {name}。请检查拼写，或把它去掉。",
    ),
    "lang.double_argument": (
        "{function}() is given {name} twice: once by its place and once by its name. Leave one out.",
        "{function}() 收到了两次 {name}：一次按位置，一次按名称。请去掉一个。",
    ),
    "lang.operand_types": (
        "{sign} does not go with {left} on the left and {right} on the right. Convert one of them, for example with "
        "int(), float(), str() or torch.tensor().",
        "{sign} 的左边是 {left}，右边是 {right}，两者不能这样运算。请转换其中一个，例如用 int()、float()、str() 或 "
        "torch.tensor()。",
    ),
    "lang.operand_none": (
        "{sign} has {left} on the left and {right} on the right, and NoneType is the type of None, which is no value to "
        "compute with. Is a return missing in a function, or a gradient not there yet?",
        "{sign} 的左边是 {left}，右边是 {right}；NoneType 是 None 的类型，None 不能参与运算。"
        "是不是函数里少了 return，或者梯度还没有算出来？",
    ),
    "lang.compare_types": (
        "{sign} cannot compare {left} with {right}. Convert one of them first, for example with int() or float().",
        "{sign} 不能比较 {left} 与 {right}。请先转换其中一个，例如用 int() 或 float()。",
    ),
    "lang.operand_type": (
        "{sign} has no meaning for {right}. It needs a number or a tensor.",
        "{sign} 不能用于 {right}。它需要一个数或张量。",
    ),
    "lang.repeat_type": (
        "A list or a text can be repeated a whole number of times only; {right} came. Elements are multiplied in a "
        "tensor: torch.tensor(values) * factor.",
        "列表或文本只能重复整数次，这里收到的是 {right}。若要逐元素相乘，请用张量：torch.tensor(values) * factor。",
    ),
    "lang.zero": (
        "This divides by 0 (or takes a remainder by it). Print the divisor in the line above to see where its 0 comes from.",
        "这里除以了 0（或对 0 取余）。请在上一行用 print 看看除数为什么是 0。",
    ),
    "lang.key": (
        "The key {name} is not there. print(list(d)) shows a dict's keys, and d.get(key) gives None for a missing one.",
        "没有键 {name}。print(list(d)) 可以显示字典的所有键，d.get(key) 在键不存在时返回 None。",
    ),
    "lang.sequence_index": (
        "The index is beyond the end of this {kind}. With n elements it runs from 0 to n - 1, or from the end with -1; "
        "len() tells n.",
        "下标超出了这个 {kind} 的末尾。有 n 个元素时，下标从 0 到 n - 1，也可以用 -1 从末尾数起；len() 给出 n。",
    ),
    "lang.pop_empty": (
        "This {kind} is empty, so nothing can be taken out of it. Look at len() first.",
        "这个 {kind} 是空的，取不出任何元素。请先用 len() 查看。",
    ),
    "lang.unpack_few": (
        "There are {wanted} names on the left of =, and only {got} values on the right. Each name needs one value.",
        "= 左边有 {wanted} 个名称，右边只有 {got} 个值。每个名称都需要一个值。",
    ),
    "lang.unpack_many": (
        "There are {wanted} names on the left of =, and more values on the right. Add names, or collect the rest "
        "with *rest.",
        "= 左边有 {wanted} 个名称，右边的值更多。请增加名称，或用 *rest 收下其余的值。",
    ),
    "lang.int_text": (
        "int() reads a whole number, and {name} is none. A text with a decimal point needs float() first.",
        "int() 读取整数，而 {name} 不是整数。带小数点的文本请先用 float()。",
    ),
    "lang.float_text": (
        "float() reads a number such as 2.5 or 1e-3, and {name} is none.",
        "float() 读取 2.5 或 1e-3 这样的数，而 {name} 不是数。",
    ),
    "lang.number_type": (
        "{function}() takes a number or a text, and {kind} came. Take one element out of it first.",
        "{function}() 接受数或文本，这里收到的是 {kind}。请先从中取出一个元素。",
    ),
    "lang.whole_number": (
        "A whole number is needed here, and {kind} came. int(x) makes one of a number.",
        "这里需要整数，收到的是 {kind}。int(x) 可以把数变成整数。",
    ),
    "lang.not_iterable": (
        "{kind} holds no elements to go through one by one. A loop over numbers is written for i in range(n).",
        "{kind} 里没有可以逐个取出的元素。按次数循环请写 for i in range(n)。",
    ),
    "lang.no_length": (
        "{kind} has no length. len() counts the elements of a list, a tuple, a dict, a text or a tensor.",
        "{kind} 没有长度。len() 用来数列表、元组、字典、文本或张量的元素个数。",
    ),
    "lang.index_type": (
        "The place in a {owner} is a whole number or a slice such as 1:3; {kind} came.",
        "{owner} 的下标应是整数或 1:3 这样的切片，这里是 {kind}。",
    ),
    "lang.unhashable": (
        "A {kind} can change, so it cannot be a dict's key or a member of a set. A tuple can.",
        "{kind} 可以被修改，所以不能作字典的键或集合的成员。元组可以。",
    ),
    "lang.empty_sequence": (
        "{function}() was given nothing to choose from. Look at len() first, or give default=.",
        "{function}() 没有可选的值：序列是空的。请先用 len() 查看，或给出 default=。",
    ),
    "lang.truth": (
        "A condition needs one yes or no, and this tensor holds several. Take .all() or .any() of it, or compare one "
        "element.",
        "条件需要一个“是”或“否”，而这个张量有多个元素。请使用 .all() 或 .any()，或只比较其中一个元素。",
    ),
    "lang.local": (
        "Inside this function {name} is a name of its own, because it is assigned there, and here it has no value yet. "
        "Hand it over as an argument.",
        "{name} 在这个函数里被赋值，因此是函数自己的名称，而此处它还没有值。请把它作为参数传入。",
    ),
    "lang.no_file": (
        "No file {name} was saved in this program. torch.save keeps one for as long as the program runs.",
        "这个程序没有保存过文件 {name}。torch.save 保存的文件在程序运行期间可用。",
    ),
}
