"""Operations that create tensors."""

from __future__ import annotations

from playground.lang.ops.entry import Op

CREATION: tuple[Op, ...] = (
    Op(
        "torch.tensor",
        "Builds a tensor from a number or nested lists; it always copies the data.",
        "由数或嵌套列表创建张量，总是复制数据。",
        "x = torch.tensor([[4, 7, 1], [0, 2, 9]])",
    ),
    Op(
        "torch.as_tensor",
        "Converts data to a tensor; a tensor or NumPy array is shared, not copied, when that is possible.",
        "把数据转换为张量；对张量或 NumPy 数组尽量共享内存，不复制。",
        "import numpy as np\na = np.array([5.0, 8.0])\nx = torch.as_tensor(a)",
    ),
    Op(
        "torch.asarray",
        "Converts lists, arrays or tensors to a tensor; the argument copy forces or forbids a copy.",
        "把列表、数组或张量转换为张量；参数 copy 可强制或禁止复制。",
        "a = torch.tensor([3, 6, 9])\nx = torch.asarray(a, dtype=torch.float32, copy=True)",
    ),
    Op(
        "torch.from_numpy",
        "Wraps a NumPy array as a tensor that shares its memory, so a change to one shows in the other.",
        "把 NumPy 数组包装为张量，两者共享内存，改一个另一个也变。",
        "import numpy as np\na = np.array([1, 2, 3])\nx = torch.from_numpy(a)\nx[0] = 50",
    ),
    Op(
        "torch.scalar_tensor",
        "Makes a 0-D tensor from one Python number; the default dtype is that of floating-point tensors.",
        "由一个 Python 数创建零维张量，默认使用浮点类型。",
        "x = torch.scalar_tensor(2.5)",
        page="torch.tensor",
    ),
    Op(
        "torch.zeros",
        "Creates a tensor of the given shape filled with zeros.",
        "创建给定形状的全零张量。",
        "x = torch.zeros(2, 4)",
    ),
    Op(
        "torch.ones",
        "Creates a tensor of the given shape filled with ones.",
        "创建给定形状的全一张量。",
        "x = torch.ones(3, 2)",
    ),
    Op(
        "torch.full",
        "Creates a tensor of the given shape with the same value everywhere.",
        "创建给定形状的张量，每个元素都是同一个值。",
        "x = torch.full((2, 3), 0.5)",
    ),
    Op(
        "torch.empty",
        "Allocates a tensor of the given shape and writes no values: its content is arbitrary until filled.",
        "只分配给定形状的张量而不写入值；填充之前内容是任意的。",
        "x = torch.empty(2, 3)\nx.fill_(7.0)",
    ),
    Op(
        "torch.eye",
        "Creates a matrix with ones on the main diagonal and zeros elsewhere.",
        "创建主对角线为一、其余为零的矩阵。",
        "x = torch.eye(3)",
    ),
    Op(
        "torch.arange",
        "Makes a 1-D tensor of evenly stepped values from start up to, but not including, end.",
        "创建从 start 开始、按固定步长递增的一维张量，不含 end。",
        "x = torch.arange(3, 15, 4)",
    ),
    Op(
        "torch.linspace",
        "Makes a 1-D tensor of a given number of evenly spaced values, both ends included.",
        "创建一维张量，元素个数给定、间隔均匀，包含两端。",
        "x = torch.linspace(0, 2, steps=5)",
    ),
    Op(
        "torch.logspace",
        "Makes a 1-D tensor of powers of a base whose exponents are evenly spaced, both ends included.",
        "创建一维张量，元素是底数的幂，指数间隔均匀，包含两端。",
        "x = torch.logspace(0, 4, steps=5, base=2)",
    ),
    Op(
        "torch.zeros_like",
        "Creates an all-zero tensor with the shape, dtype and device of another.",
        "创建全零张量，形状、dtype 和设备与另一个张量相同。",
        "a = torch.tensor([[6, 3], [2, 8]])\nx = torch.zeros_like(a)",
    ),
    Op(
        "torch.ones_like",
        "Creates an all-one tensor with the shape, dtype and device of another.",
        "创建全一张量，形状、dtype 和设备与另一个张量相同。",
        "a = torch.tensor([0.1, 0.2, 0.3])\nx = torch.ones_like(a)",
    ),
    Op(
        "torch.full_like",
        "Creates a tensor filled with one value, with the shape, dtype and device of another.",
        "创建以同一个值填充的张量，形状、dtype 和设备与另一个张量相同。",
        "a = torch.tensor([[1, 2, 3]])\nx = torch.full_like(a, 9)",
    ),
    Op(
        "torch.empty_like",
        "Allocates a tensor with the shape, dtype and device of another; its values are not set.",
        "分配与另一个张量形状、dtype 和设备相同的张量，不设置值。",
        "a = torch.tensor([1.5, 2.5])\nx = torch.empty_like(a)\nx.copy_(a * 10)",
    ),
    Op(
        "torch.complex",
        "Builds a complex tensor from its real and imaginary parts.",
        "由实部和虚部构造复数张量。",
        "real = torch.tensor([1.0, 0.0])\nimag = torch.tensor([2.0, -3.0])\nz = torch.complex(real, imag)",
    ),
    Op(
        "torch.polar",
        "Builds a complex tensor from absolute values and angles in radians.",
        "由模和辐角（弧度）构造复数张量。",
        "radius = torch.tensor([2.0, 3.0])\nangle = torch.tensor([0.0, torch.pi / 2])\nz = torch.polar(radius, angle)",
    ),
    Op(
        "torch.view_as_complex",
        "Reads a real tensor whose last dimension has size 2 as a complex tensor; the result is a view.",
        "把最后一维大小为 2 的实数张量看作复数张量；结果是视图。",
        "pairs = torch.tensor([[3.0, 4.0], [0.0, -1.0]])\nz = torch.view_as_complex(pairs)",
    ),
    Op(
        "torch.view_as_real",
        "Shows a complex tensor as a real view with a last dimension of size 2: real and imaginary part.",
        "把复数张量看作实数视图，末尾多出大小为 2 的一维：实部和虚部。",
        "z = torch.tensor([5 + 1j, -2j])\nx = torch.view_as_real(z)",
    ),
    Op(
        "torch.tril_indices",
        "Returns the row and column indices of the lower triangle of a matrix, as a 2 × N tensor.",
        "返回矩阵下三角部分的行、列索引，形状为 2 × N。",
        "rows, cols = torch.tril_indices(3, 3)\nx = torch.zeros(3, 3)\nx[rows, cols] = 1.0",
    ),
    Op(
        "torch.triu_indices",
        "Returns the row and column indices of the upper triangle of a matrix, as a 2 × N tensor.",
        "返回矩阵上三角部分的行、列索引，形状为 2 × N。",
        "index = torch.triu_indices(3, 3, offset=1)",
    ),
    Op(
        "torch.meshgrid",
        "Turns 1-D tensors into coordinate grids: one tensor per axis, all of the same shape.",
        "把若干一维张量变成坐标网格：每个轴对应一个张量，形状都相同。",
        "y = torch.tensor([0, 10])\n"
        "x = torch.tensor([1, 2, 3])\n"
        'rows, cols = torch.meshgrid(y, x, indexing="ij")\n'
        "total = rows + cols",
    ),
    Op(
        "torch.cartesian_prod",
        "Lists every combination of one element from each 1-D tensor, one combination per row.",
        "列出从各个一维张量中各取一个元素的所有组合，每行一个（笛卡儿积）。",
        "a = torch.tensor([1, 2, 3])\nb = torch.tensor([10, 20])\npairs = torch.cartesian_prod(a, b)",
    ),
    Op(
        "torch.combinations",
        "Lists the ways to choose r elements of a 1-D tensor, one per row, order ignored.",
        "列出从一维张量中选取 r 个元素的所有组合，每行一个，不计顺序。",
        "a = torch.tensor([2, 5, 8, 9])\npairs = torch.combinations(a, r=2)",
    ),
    Op(
        "torch.vander",
        "Builds a Vandermonde matrix: each column holds a power of the input vector.",
        "构造范德蒙德矩阵：每一列是输入向量的一个幂次。",
        "x = torch.tensor([2, 3, 5])\nv = torch.vander(x, N=4, increasing=True)",
    ),
    Op(
        "torch.block_diag",
        "Places matrices along the diagonal of a larger matrix that is zero elsewhere.",
        "把若干矩阵沿对角线放入一个更大的矩阵，其余位置为零。",
        "a = torch.ones(1, 2)\nb = torch.full((2, 1), 5.0)\nx = torch.block_diag(a, b)",
    ),
    Op(
        "torch.heaviside",
        "Unit step of each element: 0 if negative, 1 if positive, the given value at zero.",
        "逐元素的单位阶跃：负数得 0，正数得 1，零处取给定值。",
        "x = torch.tensor([-3.0, 0.0, 4.0])\nhalf = torch.tensor(0.5)\ny = torch.heaviside(x, half)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.clone",
        "Copies a tensor into new memory; gradients still flow back to the original.",
        "把张量复制到新内存；梯度仍会传回原张量。",
        "a = torch.tensor([1, 2, 3])\nb = a.clone()\nb[0] = 100",
        method=True,
    ),
    Op(
        "Tensor.new_tensor",
        "Copies data into a new tensor that has the dtype and device of this tensor.",
        "把数据复制到新张量，dtype 和设备与当前张量相同。",
        "a = torch.tensor([1.0, 2.0], dtype=torch.float64)\nx = a.new_tensor([3, 4, 5])",
        method=True,
    ),
    Op(
        "Tensor.new_zeros",
        "Creates an all-zero tensor of any shape with the dtype and device of this tensor.",
        "创建任意形状的全零张量，dtype 和设备与当前张量相同。",
        "a = torch.tensor([True, False])\nx = a.new_zeros(2, 3)",
        method=True,
    ),
    Op(
        "Tensor.new_ones",
        "Creates an all-one tensor of any shape with the dtype and device of this tensor.",
        "创建任意形状的全一张量，dtype 和设备与当前张量相同。",
        "a = torch.tensor([7, 8])\nx = a.new_ones(3, 2)",
        method=True,
    ),
    Op(
        "Tensor.new_full",
        "Creates a tensor of any shape filled with one value, with the dtype and device of this tensor.",
        "创建任意形状、以同一个值填充的张量，dtype 和设备与当前张量相同。",
        "a = torch.tensor([0.5])\nx = a.new_full((2, 2), 3.0)",
        method=True,
    ),
    Op(
        "Tensor.new_empty",
        "Allocates a tensor of any shape with the dtype and device of this tensor; values are not set.",
        "分配任意形状的张量，dtype 和设备与当前张量相同，不设置值。",
        "a = torch.tensor([1, 2], dtype=torch.int16)\nx = a.new_empty(2, 3)\nx.fill_(4)",
        method=True,
    ),
    Op(
        "torch.is_tensor",
        "Tells whether an object is a tensor.",
        "判断一个对象是否为张量。",
        "print(torch.is_tensor(torch.tensor(4)), torch.is_tensor([4]))",
    ),
    Op(
        "torch.get_default_dtype",
        "Returns the floating-point dtype that new tensors get when none is named.",
        "返回未指定类型时新浮点张量采用的 dtype。",
        "print(torch.get_default_dtype())",
    ),
)
