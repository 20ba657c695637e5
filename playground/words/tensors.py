"""Words of the Tensors tab."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "fix.transpose": ("Transpose {operand}", "转置 {operand}"),
    "fix.swap": ("Swap the operands: {first} @ {second}", "交换操作数：{first} @ {second}"),
    "fix.unsqueeze": (
        "Give {operand} a dimension of size 1: unsqueeze({dim})",
        "给 {operand} 增加一个大小为 1 的维度：unsqueeze({dim})",
    ),
    "fix.squeeze": ("Drop the dimensions of size 1 of {operand}", "去掉 {operand} 中大小为 1 的维度"),
    "fix.flatten": ("Flatten {operand} but for its first dimension", "除第 0 维外，把 {operand} 展平"),
    "fix.flat": ("Make {operand} one row: -1", "把 {operand} 变成一维：-1"),
    "fix.reshape_like": ("Give {operand} the shape of {other}", "让 {operand} 的形状与 {other} 相同"),
    "fix.permute": ("Channels first: permute({order})", "把通道放到前面：permute({order})"),
    "fix.reshape": ("reshape: copies where a view is impossible", "用 reshape：无法作视图时会复制"),
    "fix.contiguous": ("contiguous() first: a copy in row order", "先用 contiguous（）：按行顺序复制一份"),
    "fix.size": ("Make size {place} of the new shape {size}", "把新形状的第 {place} 个大小改为 {size}"),
    "fix.dim": ("Along dimension {dim}", "沿第 {dim} 维"),
    "fix.cat": ("cat: join along a dimension that is there", "用 cat：沿已有的维度拼接"),
    "fix.layer": ("{layer}: make its first size {size}", "{layer}：把第一个大小改为 {size}"),
    "fix.cast": ("Cast {operand}: .{dtype}()", "转换 {operand} 的类型：.{dtype}()"),
    "fix.keepdim": ("keepdim=True in {operand}", "在 {operand} 中使用 keepdim=True"),
    "tensors.no_step": ("There is no step {step} in this program. Run it again。", "这个程序没有第 {step} 步。请重新运行。"),
    "tensors.reached": ("The step was reached。", "已到达该步骤。"),
}
