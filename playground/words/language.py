"""Words of the learner's language: what it refuses, what is too much, and errors of tensors explained."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.op": ("operation", "运算"),
    # Not Python
    "lang.not_text": (
        "A program is text; a {got} came. Send the code as one string.",
        "程序应是一段文本，这里收到的是 {got}。请把代码作为一个字符串发送。",
    ),
    "lang.syntax": (
        "This is not valid Python: {reason} (column {column}). Look for a missing bracket, colon or quote in this "
        "line or the "
        "one above.",
        "这不是合法的 Python：{reason}（第 {column} 列）。请检查本行或上一行是否缺少括号、冒号或引号。",
    ),
    "lang.null_bytes": (
        "The text holds null bytes, which no Python program has. Paste the code as plain text.",
        "文本中含有空字节，Python 程序里不会有它。请以纯文本粘贴代码。",
    ),
    # Refused
    "lang.refused_syntax": (
        "This way of writing is not part of the playground's Python: {what}. Write it with plain statements.",
        "游乐场的 Python 不包含这种写法：{what}。请用普通语句来写。",
    ),
    "lang.refused_statement": (
        "{what} is not part of the playground's Python. Functions, classes, if, for, while, with and try are.",
        "游乐场的 Python 不包含 {what}。可以使用函数、类、if, for, while, with 和 try。",
    ),
    "lang.refused_name": (
        "The name {name} is kept for Python and the playground themselves. Choose one without underscores around it.",
        "名称 {name} 由 Python 和游乐场自己使用。请换一个两端没有下划线的名称。",
    ),
    "lang.refused_builtin": (
        "{name} is not offered here: a program on this page reaches no files, no network and no inside of Python. "
        "What a course needs is there: print, range, len, zip, sorted, …",
        "这里不提供 {name}：本页的程序不能接触文件、网络和 Python 的内部。课程需要的都在：print, range, len, zip, sorted, …",
    ),
    "lang.refused_import": (
        "{name} cannot be imported here. You can import torch (with nn, nn.functional, optim, "
        "utils.data), numpy, math, time, "
        "sys, typing and collections.",
        "这里不能导入 {name}。可以导入 torch（包括 nn、nn.functional、optim、utils.data）、numpy, math, time, "
        "sys, typing 和 "
        "collections.",
    ),
    "lang.refused_star": (
        "from {name} import * is not offered. Import the module, or the names that you use.",
        "不支持 from {name} import *. 请导入模块本身，或列出要用的名称。",
    ),
    "lang.refused_class_keyword": (
        "A class takes only base classes here; {name}= came. Leave it out.",
        "这里定义类时只能写基类，却出现了 {name}=. 请把它去掉。",
    ),
    "lang.refused_attribute_name": (
        "The attribute {name} leads into Python's own inside and is not offered.",
        "属性 {name} 会进入 Python 的内部，这里不提供。",
    ),
    "lang.refused_attribute": (
        "{owner} has {name}, but the playground does not offer it. The catalogue beside the editor lists what there is.",
        "{owner} 确实有 {name}，但游乐场不提供它。编辑器旁的目录列出了可用的运算。",
    ),
    "lang.refused_write": (
        "{name} of {owner} may not be changed here. You can assign to your own objects, to a model's layers and "
        "parameters, and "
        "to a tensor's values, grad, data and requires_grad.",
        "这里不能修改 {owner} 的 {name}。可以赋值的有：自己的对象、模型的层和参数，以及张量的值，grad, data 和 "
        "requires_grad。",
    ),
    "lang.refused_call": (
        "{name} may not be called here. The catalogue beside the editor lists what there is.",
        "这里不能调用 {name}。编辑器旁的目录列出了可用的运算。",
    ),
    "lang.refused_callable": (
        "{name} cannot be handed over as a function. Pass a function of your own: def or lambda.",
        "不能把 {name} 当作函数传入。请传入自己用 def 或 lambda 写的函数。",
    ),
    "lang.refused_argument": (
        "{name} does not take {argument} here. Leave it out.",
        "这里的 {name} 不接受 {argument}。请把它去掉。",
    ),
    "lang.refused_type": (
        "type(x) tells the class of x; it makes no classes here. Write class Name: instead.",
        "type(x) 用来查看 x 的类，这里不能用它创建类。请改写成 class Name:.",
    ),
    "lang.refused_item": (
        "{name} cannot be indexed here. Lists, tuples, dicts, strings and tensors can.",
        "这里不能对 {name} 使用下标。列表、元组、字典、字符串和张量可以。",
    ),
    "lang.refused_context": (
        "with takes torch.no_grad(), enable_grad(), inference_mode() or autocast() here; {name} came.",
        "这里的 with 可以使用 torch.no_grad(), enable_grad(), inference_mode() 或 autocast()，却出现了 {name}。",
    ),
    "lang.refused_decorator": (
        "@{name} is not offered. @torch.no_grad(), @staticmethod, @classmethod, @property and your own functions are.",
        "不支持 @{name}。可以使用 @torch.no_grad(), @staticmethod, @classmethod, @property 以及自己写的函数。",
    ),
    "lang.refused_base": (
        "A class cannot be built on {name} here. nn.Module and its layers, Dataset, torch.autograd.Function, "
        "Exception and your "
        "own classes can be bases.",
        "这里不能以 {name} 为基类。可以作基类的有：nn.Module 及各种层，Dataset, torch.autograd.Function, "
        "Exception 和自己的类。",
    ),
    "lang.refused_percent": (
        "A * in a % format takes its width from the values, which is not offered. Write the width as a number, or "
        "an f-string.",
        "% 格式中的 * 会从数值中读取宽度，这里不提供。请直接写数字宽度，或使用 f-string。",
    ),
    "lang.refused_format": (
        "The field “{field}” of str.format reaches into a value. Give the value itself: an f-string does it in one step.",
        "str.format 的字段“{field}”会深入到值的内部。请直接给出该值：用 f-string 一步就能做到。",
    ),
    "lang.refused_files": (
        "A program can keep {limit} files at most. Save under a name that you used before.",
        "一个程序最多保存 {limit} 个文件。请使用之前用过的名称。",
    ),
    "lang.refused_save": (
        "torch.save keeps tensors, numbers and text in dicts and lists here; a {type} came. Save model.state_dict().",
        "这里的 torch.save 只能保存字典和列表中的张量、数字和文本，却收到了 {type}。请保存 model.state_dict()。",
    ),
    "lang.refused_path": (
        "A file is kept in memory under a plain name such as model.pth; {name} is none.",
        "文件以简单的名称（例如 model.pth）保存在内存中，而 {name} 不是这样的名称。",
    ),
    # Too much
    "lang.text": (
        "A program may have {limit} bytes; this one has {size}. Leave parts of it out.",
        "程序最多 {limit} 字节，这一个有 {size} 字节。请去掉一部分。",
    ),
    "lang.nesting": (
        "Brackets or expressions are nested too deeply to be read. Split the expression into several lines.",
        "括号或表达式嵌套得太深，无法解析。请把它拆成几行。",
    ),
    "lang.steps": (
        "The program took more than {limit} loop turns and calls and was ended. Is there a loop that never stops? "
        "Try a smaller "
        "range, or a tensor operation instead of the loop.",
        "程序的循环和调用超过了 {limit} 次，已被终止。是不是有停不下来的循环？可以缩小范围，或用张量运算代替循环。",
    ),
    "lang.seconds": (
        "The program ran for more than {limit} seconds and was ended. Try smaller tensors or fewer turns.",
        "程序运行超过了 {limit} 秒，已被终止。请试试更小的张量或更少的循环。",
    ),
    "lang.bytes": (
        "This would make {wanted} of tensors; a program may have {limit}. Try a smaller shape.",
        "这将产生 {wanted} 的张量，而一个程序最多可用 {limit}。请试试更小的形状。",
    ),
    "lang.operations": (
        "This would need {wanted} floating-point operations; a program may take {limit}. Try smaller tensors or "
        "fewer turns.",
        "这将需要 {wanted} 次浮点运算，而一个程序最多可用 {limit} 次。请试试更小的张量或更少的循环。",
    ),
    "lang.length": (
        "This would make a sequence of {wanted} items or letters; {limit} is the most. Try a smaller number.",
        "这将产生含 {wanted} 个元素或字符的序列，上限是 {limit}。请试试更小的数。",
    ),
    "lang.range": (
        "A loop over {wanted} numbers came; a program may take {limit} turns. Try a smaller range, or torch.arange.",
        "这里要循环 {wanted} 次，而一个程序最多循环 {limit} 次。请缩小范围，或使用 torch.arange。",
    ),
    "lang.digits": (
        "This whole number would have about {wanted} digits; {limit} is the most. Use a float, such as 9.0.",
        "这个整数将有约 {wanted} 位，上限是 {limit} 位。请使用浮点数，例如 9.0。",
    ),
    "lang.factorial": (
        "math.{name} of {wanted} is a giant; {limit} is the most. math.lgamma gives its logarithm.",
        "math.{name} 的参数 {wanted} 太大了，上限是 {limit}。可以用 math.lgamma 求它的对数。",
    ),
    "lang.width": (
        "A width or precision of {wanted} is too much for a format; {limit} is the most.",
        "格式中的宽度或精度 {wanted} 太大，上限是 {limit}。",
    ),
    "lang.unknown_cost": (
        "{name} on {elements} elements: its cost is not known beforehand, so {limit} is the most. Try a smaller tensor.",
        "对 {elements} 个元素做 {name}：事先无法知道代价，所以上限是 {limit}。请试试更小的张量。",
    ),
    "lang.recursion": (
        "Functions called each other more than about {limit} times deep. Is there a call that never ends?",
        "函数相互调用的深度超过了约 {limit} 层。是不是有停不下来的调用？",
    ),
    "lang.memory": (
        "The program needed more memory than it may have ({limit} MB of tensors) and was ended. Try smaller "
        "tensors, or keep fewer "
        "of them.",
        "程序需要的内存超过了上限（{limit} MB 的张量），已被终止。请试试更小的张量，或少保留一些。",
    ),
    "lang.killed": (
        "The program did not end in time and was stopped from outside. Try smaller tensors or fewer turns.",
        "程序没有按时结束，已从外部终止。请试试更小的张量或更少的循环。",
    ),
    "lang.stopped": ("The program was stopped.", "程序已停止。"),
    "lang.replaced": ("Another program took its place.", "已被另一个程序取代。"),
    # What went wrong in the program
    "lang.raised": ("The program ended with {type}: {message}", "程序以 {type} 结束：{message}"),
    "lang.python": (
        "The program ended with {type}: {message}",
        "程序以 {type} 结束。Python 的原文（英文）：{message}",
    ),
    "lang.name": (
        "There is no {name} here. Give it a value in a line above, or look for a slip in its spelling.",
        "这里没有 {name}。请在前面给它赋值，或检查是否拼写有误。",
    ),
    "lang.name_near": ("There is no {name} here. Did you mean {near}?", "这里没有 {name}。您想写的是 {near} 吗？"),
    "lang.attribute": (
        "{owner} has no {name}. The catalogue of all operations lists what there is.",
        "{owner} 没有 {name}。全部运算的目录列出了可用的内容。",
    ),
    "lang.attribute_near": ("{owner} has no {name}. Did you mean {near}?", "{owner} 没有 {name}。您想写的是 {near} 吗？"),
    "lang.index": (
        "In {operation} the index {index} is too far: dimension {dim} has {size} elements, numbered from 0, or from the end "
        "with -1 (operands: {operands}).",
        "{operation} 中的下标 {index} 超出范围：第 {dim} 维有 {size} 个元素，从 0 开始编号，也可以用 -1 "
        "从末尾数起（操作数：{operands}）。",
    ),
    "lang.item": (
        "item() takes one number out of a tensor with one element; in {operation} it has {count} "
        "({operands}). Choose one first, "
        "as in x[0].item(), or use tolist().",
        "item() 用来取出只有一个元素的张量中的数；{operation} 中有 {count} 个元素（{operands}）。请先选一个，"
        "例如 x[0].item()，或使用 tolist()。",
    ),
    "lang.leaf": (
        "{operation} changes a tensor in place that requires grad and was not computed, so its gradient would be wrong "
        "({operands}). Do it inside with torch.no_grad():, or make a new tensor.",
        "{operation} 原地修改了需要梯度的叶子张量，这会使它的梯度出错（{operands}）。请放在 with "
        "torch.no_grad()：里，或另建一个张量。",
    ),
    "lang.twice": (
        "{operation} goes backward through a graph whose saved tensors are freed already ({operands}). Three cures: "
        "compute the forward pass again before it; or add the losses and go backward once; or, where the same graph is "
        "really needed twice, call the first backward with retain_graph=True.",
        "{operation} 要再次反向通过的计算图，其保存的张量已经释放（{operands}）。有三种办法：先重新做前向计算；"
        "或把各个损失相加，只反向一次；或者确实需要同一个计算图两次时，在第一次 backward 时使用 retain_graph=True。",
    ),
    "lang.in_place": (
        "{operation} needs a tensor of size [{size}] as it was when {node} kept it for the backward pass, but it was "
        "changed in place afterwards. Write y = y + 1 instead of y += 1, or change a clone().",
        "{operation} 需要大小为 [{size}] 的张量保持 {node} 为反向传播保存时的样子，但它后来被原地修改了。"
        "请把 y += 1 写成 y = y + 1，或修改它的 clone()。",
    ),
    "lang.no_graph": (
        "{operation} finds no graph: nothing that went in requires grad ({operands}). Make a tensor with "
        "requires_grad=True, and compute "
        "outside of torch.no_grad().",
        "{operation} 找不到计算图：参与计算的张量都不需要梯度（{operands}）。请用 requires_grad=True "
        "创建张量，并且不要放在 torch.no_grad() 里。",
    ),
    "lang.not_scalar": (
        "backward() starts from one number, and {operation} has {operands}. Take its sum() or mean() first, "
        "or give a gradient of its shape.",
        "backward() 要从一个数开始，而 {operation} 是 {operands}。请先取 sum() 或 mean()，或给出与它形状相同的梯度。",
    ),
    "lang.no_gpu": (
        "This machine has no GPU that torch can use, so {operation} cannot run ({operands}). Write device = "
        "'cuda' if torch.cuda.is_available() "
        "else 'cpu', and move tensors to device.",
        "这台机器没有 torch 可用的 GPU，无法执行 {operation}（{operands}）。请写 device = 'cuda' if "
        "torch.cuda.is_available() else 'cpu'，"
        "再把张量移到 device 上。",
    ),
    "lang.operation": (
        "{operation} failed: {message} ({type}; operands: {operands}).",
        "{operation} 失败：PyTorch 的原文（英文）是“{message}”（{type}；操作数：{operands}）。",
    ),
    "lang.shape": (
        "The shapes do not fit in {operation}: the operands are {operands}. PyTorch says: {message}",
        "{operation} 中的形状不匹配：操作数为 {operands}。PyTorch 的原文（英文）：{message}",
    ),
    "lang.dtype": (
        "The dtypes do not fit in {operation}: the operands are {operands}. PyTorch says: {message}",
        "{operation} 中的 dtype 不匹配：操作数为 {operands}。PyTorch 的原文（英文）：{message}",
    ),
    "lang.shape_matmul": (
        "A matrix product needs as many columns on the left as rows on the right: in {operation} the left has "
        "shape {a}, the right "
        "{b}, and the inner two sizes differ.",
        "矩阵乘法要求左边的列数等于右边的行数：在 {operation} 中，左边的形状是 {a}，右边是 {b}，内侧的两个大小不相等。",
    ),
    "lang.shape_linear": (
        "A linear layer multiplies the last size of its input: in {operation} that is {came}, and in_features is {wanted} "
        "(operands: {operands}). Make in_features {came}, or give the input that last size, for example with flatten(1).",
        "线性层作用于输入的最后一维：在 {operation} 中它是 {came}，而 in_features 是 {wanted}（操作数：{operands}）。"
        "请把 in_features 改为 {came}，或让输入的最后一维等于它，例如用 flatten(1)。",
    ),
    "lang.shape_dot": (
        "A dot product needs two vectors of the same length: in {operation} they have {a} and {b} elements.",
        "点积要求两个向量长度相同：在 {operation} 中分别有 {a} 和 {b} 个元素。",
    ),
    "lang.shape_bmm": (
        "A batched matrix product needs equal batches and matching inner sizes: {operation} got {operands}; the "
        "second should begin "
        "with [{a}], and begins with [{b}].",
        "批量矩阵乘法要求批大小相同且内侧大小匹配：{operation} 得到 {operands}，第二个应以 [{a}] 开头，实际却是 [{b}]。",
    ),
    "lang.shape_view_strides": (
        "view gives the same memory another shape, and in {operation} that is impossible: after a transpose or a "
        "slice the elements "
        "do not lie one after the other ({operands}). reshape copies where it must; contiguous() copies first.",
        "view 只是给同一块内存换一个形状，在 {operation} 中做不到：转置或切片之后，元素在内存中不再连续（{operands}）。"
        "reshape 会在必要时复制，contiguous() 则先复制一份。",
    ),
    "lang.shape_reshape": (
        "A new shape must hold the same number of elements: {operation} asks for [{a}], and the tensor has {b} "
        "elements ({operands}). "
        "One size may be -1, to be computed.",
        "新形状的元素总数必须不变：{operation} 要求 [{a}]，而张量有 {b} 个元素（{operands}）。"
        "可以把其中一个大小写成 -1，由 PyTorch 计算。",
    ),
    "lang.shape_broadcast": (
        "Broadcasting compares shapes from the right, and sizes must be equal or 1: in {operation} the operands "
        "are {operands}, and "
        "dimension {d} has {a} on one side and {b} on the other.",
        "广播从右往左比较形状，每个维度的大小必须相等或为 1：在 {operation} 中操作数为 {operands}，第 {d} "
        "维一边是 {a}，另一边是 {b}。",
    ),
    "lang.shape_cat": (
        "cat joins tensors along one dimension, and all other sizes must be equal: {operation} got {operands}, joined along "
        "dimension {d}.",
        "cat 沿一个维度拼接，其余维度的大小必须相同：{operation} 得到 {operands}，沿第 {d} 维拼接。",
    ),
    "lang.shape_stack": (
        "stack makes a new dimension, so all tensors need the same shape: {operation} got {operands}. To join along an old "
        "dimension, use cat.",
        "stack 会新建一个维度，所以所有张量的形状必须相同：{operation} 得到 {operands}。若要沿已有维度拼接，请用 cat。",
    ),
    "lang.shape_dim": (
        "{operation} names dimension {d}, and the tensor ({operands}) has the dimensions {a} to {b}.",
        "{operation} 指定了第 {d} 维，而张量（{operands}）的维度编号是 {a} 到 {b}。",
    ),
    "lang.shape_channels": (
        "The convolution's weight {a} fits an input with {c} channels in dimension 1; the input is {b}. The "
        "layout is batch, channels, "
        "height, width.",
        "卷积权重 {a} 需要第 1 维有 {c} 个通道的输入，而输入是 {b}。排列顺序为 batch, channels, height, width。",
    ),
    "lang.closed": ("The program is over.", "程序已经结束。"),
    "lang.crashed": (
        "PyTorch itself crashed while it ran this program ({signal}). Nothing of the page was lost; please change "
        "the program.",
        "运行该程序时 PyTorch 自身崩溃（{signal}）。页面内容没有丢失；请修改程序。",
    ),
}
