"""torch.nn.functional: activations, layers as functions, pooling, images, distances and losses."""

from __future__ import annotations

from playground.lang.ops.entry import Op

FUNCTIONAL: tuple[Op, ...] = (
    Op(
        "F.relu",
        "Rectified linear unit max(0, x), element by element.",
        "修正线性单元：逐元素计算 max(0, x)。",
        "x = torch.tensor([-1.5, 0.0, 2.0])\ny = F.relu(x)",
    ),
    Op(
        "F.leaky_relu",
        "Like ReLU, but negative elements are multiplied by a small slope.",
        "类似 ReLU，但负元素乘以一个小斜率。",
        "x = torch.tensor([-10.0, 0.0, 3.0])\ny = F.leaky_relu(x, negative_slope=0.1)",
    ),
    Op(
        "F.prelu",
        "Leaky ReLU whose slope for negative elements is a learned tensor.",
        "负半轴斜率可学习的 Leaky ReLU。",
        "x = torch.tensor([-4.0, 1.0])\nweight = torch.tensor([0.25])\ny = F.prelu(x, weight)",
    ),
    Op(
        "F.rrelu",
        "Leaky ReLU with a random slope while training, the mean slope otherwise.",
        "训练时斜率随机、推理时取平均斜率的 Leaky ReLU。",
        "x = torch.tensor([-8.0, -4.0, 2.0])\ny = F.rrelu(x, lower=0.1, upper=0.3, training=True)",
    ),
    Op(
        "F.relu6",
        "ReLU with the output capped at 6.",
        "输出上限为 6 的 ReLU。",
        "x = torch.tensor([-3.0, 4.0, 10.0])\ny = F.relu6(x)",
    ),
    Op(
        "F.elu",
        "Exponential linear unit: x if positive, otherwise alpha * (exp(x) - 1).",
        "指数线性单元：正数取 x，否则取 alpha * (exp(x) - 1)。",
        "x = torch.tensor([-5.0, -0.5, 2.0])\ny = F.elu(x, alpha=1.0)",
    ),
    Op(
        "F.selu",
        "Scaled ELU with fixed constants that keep activations normalized.",
        "带固定系数的缩放 ELU，可使激活值保持归一化。",
        "x = torch.tensor([-2.0, 0.0, 2.0])\ny = F.selu(x)",
    ),
    Op(
        "F.celu",
        "ELU with a continuous derivative: max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).",
        "导数连续的 ELU，负半轴为 alpha * (exp(x / alpha) - 1)。",
        "x = torch.tensor([-2.0, 0.0, 2.0])\ny = F.celu(x, alpha=0.5)",
    ),
    Op(
        "F.gelu",
        "Gaussian error linear unit: x times the normal distribution function of x.",
        "高斯误差线性单元：x 乘以标准正态分布函数在 x 处的值。",
        'x = torch.tensor([-2.0, 0.0, 2.0])\nexact = F.gelu(x)\napproximate = F.gelu(x, approximate="tanh")',
    ),
    Op(
        "F.silu",
        "Sigmoid linear unit x * sigmoid(x), also called swish.",
        "SiLU 激活：x * sigmoid(x)，也称 swish。",
        "x = torch.tensor([-3.0, 0.0, 3.0])\ny = F.silu(x)",
    ),
    Op(
        "F.mish",
        "Mish activation x * tanh(softplus(x)).",
        "Mish 激活：x * tanh(softplus(x))。",
        "x = torch.tensor([-3.0, 0.0, 3.0])\ny = F.mish(x)",
    ),
    Op(
        "F.softplus",
        "Smooth version of ReLU: log(1 + exp(beta * x)) / beta.",
        "ReLU 的平滑版本：log(1 + exp(beta * x)) / beta。",
        "x = torch.tensor([-3.0, 0.0, 3.0])\ny = F.softplus(x)",
    ),
    Op(
        "F.softsign",
        "Smooth squashing x / (1 + |x|), between -1 and 1.",
        "平滑压缩函数 x / (1 + |x|)，结果在 -1 与 1 之间。",
        "x = torch.tensor([-9.0, 0.0, 1.0])\ny = F.softsign(x)",
    ),
    Op(
        "F.hardtanh",
        "Limits each element to the range from min_val to max_val.",
        "把每个元素限制在 min_val 到 max_val 之间。",
        "x = torch.tensor([-3.0, 0.4, 2.0])\ny = F.hardtanh(x, min_val=-1.0, max_val=1.0)",
    ),
    Op(
        "F.hardsigmoid",
        "Piecewise linear approximation of sigmoid: relu6(x + 3) / 6.",
        "sigmoid 的分段线性近似：relu6(x + 3) / 6。",
        "x = torch.tensor([-4.0, 0.0, 1.5])\ny = F.hardsigmoid(x)",
    ),
    Op(
        "F.hardswish",
        "Piecewise approximation of swish: x * relu6(x + 3) / 6.",
        "swish 的分段近似：x * relu6(x + 3) / 6。",
        "x = torch.tensor([-4.0, -1.0, 4.0])\ny = F.hardswish(x)",
    ),
    Op(
        "F.hardshrink",
        "Sets the elements between -lambd and lambd to zero and keeps the others.",
        "把 -lambd 到 lambd 之间的元素置 0，其余不变。",
        "x = torch.tensor([-2.0, 0.3, 1.0])\ny = F.hardshrink(x, lambd=0.5)",
    ),
    Op(
        "F.softshrink",
        "Moves each element towards zero by lambd; small ones become zero.",
        "每个元素向 0 收缩 lambd，绝对值小的变为 0。",
        "x = torch.tensor([-2.0, 0.3, 1.0])\ny = F.softshrink(x, lambd=0.5)",
    ),
    Op(
        "F.tanhshrink",
        "x - tanh(x), element by element.",
        "逐元素计算 x - tanh(x)。",
        "x = torch.tensor([-2.0, 0.0, 2.0])\ny = F.tanhshrink(x)",
    ),
    Op(
        "F.threshold",
        "Keeps the elements above the threshold and replaces the others by a value.",
        "保留大于阈值的元素，其余替换为给定值。",
        "x = torch.tensor([0.2, 0.6, 0.9])\ny = F.threshold(x, 0.5, 0.0)",
    ),
    Op(
        "F.sigmoid",
        "Logistic function 1 / (1 + exp(-x)), between 0 and 1.",
        "逻辑函数 1 / (1 + exp(-x))，结果在 0 与 1 之间。",
        "x = torch.tensor([-2.0, 0.0, 2.0])\np = F.sigmoid(x)",
    ),
    Op(
        "F.logsigmoid",
        "Logarithm of sigmoid, computed in a numerically stable way.",
        "sigmoid 的对数，数值稳定。",
        "x = torch.tensor([-200.0, 0.0, 5.0])\ny = F.logsigmoid(x)",
    ),
    Op(
        "F.tanh",
        "Hyperbolic tangent, between -1 and 1.",
        "双曲正切，结果在 -1 与 1 之间。",
        "x = torch.tensor([-2.0, 0.0, 2.0])\ny = F.tanh(x)",
    ),
    Op(
        "F.glu",
        "Gated linear unit: the first half times the sigmoid of the second half.",
        "门控线性单元：前一半乘以后一半的 sigmoid。",
        "x = torch.tensor([10.0, 20.0, 0.0, 5.0])\ny = F.glu(x, dim=0)",
    ),
    Op(
        "F.softmax",
        "Turns scores along a dimension into probabilities that sum to 1.",
        "把某一维上的分数变成和为 1 的概率。",
        "logits = torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 5.0]])\np = F.softmax(logits, dim=-1)",
    ),
    Op(
        "F.log_softmax",
        "Logarithm of the softmax probabilities, numerically stable.",
        "softmax 概率的对数，数值稳定。",
        "logits = torch.tensor([[2.0, 1.0, 0.0]])\nlog_p = F.log_softmax(logits, dim=-1)",
    ),
    Op(
        "F.softmin",
        "Softmax of the negated elements: the smallest gets the largest weight.",
        "对相反数做 softmax，最小的元素权重最大。",
        "distances = torch.tensor([0.5, 1.0, 4.0])\nweights = F.softmin(distances, dim=0)",
    ),
    Op(
        "F.gumbel_softmax",
        "Random sample from a categorical distribution that gradients can pass through.",
        "从类别分布中随机采样，且梯度可以通过。",
        "logits = torch.tensor([[2.0, 0.0, -1.0]])\nsample = F.gumbel_softmax(logits, tau=0.5, hard=True)",
    ),
    Op(
        "F.normalize",
        "Divides each vector along a dimension by its norm, so that the norm is 1.",
        "沿某一维把每个向量除以其范数，使范数为 1。",
        "x = torch.tensor([[3.0, 4.0], [0.0, 2.0]])\ny = F.normalize(x, dim=1)",
    ),
    Op(
        "F.linear",
        "Linear layer x @ weight.T + bias.",
        "线性层：x @ weight.T + bias。",
        "x = torch.tensor([[1.0, 2.0, 3.0]])\n"
        "weight = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])\n"
        "bias = torch.tensor([10.0, 20.0])\n"
        "y = F.linear(x, weight, bias)",
    ),
    Op(
        "F.bilinear",
        "Bilinear map of two inputs: each output is x1 @ weight[k] @ x2 plus a bias.",
        "两个输入的双线性变换：每个输出为 x1 @ weight[k] @ x2 加偏置。",
        "x1 = torch.tensor([[1.0, 2.0]])\n"
        "x2 = torch.tensor([[3.0, 4.0]])\n"
        "weight = torch.eye(2).unsqueeze(0)\n"
        "y = F.bilinear(x1, x2, weight)",
    ),
    Op(
        "F.embedding",
        "Looks up rows of a weight matrix by integer indices.",
        "按整数索引从权重矩阵中查找对应的行。",
        "weight = torch.tensor([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]])\n"
        "tokens = torch.tensor([2, 0, 2])\n"
        "vectors = F.embedding(tokens, weight)",
    ),
    Op(
        "F.embedding_bag",
        "Looks up rows of a weight matrix and averages or sums each group of them.",
        "按索引查找权重行，并对每组行求平均或求和。",
        "weight = torch.tensor([[0.0, 0.0], [1.0, 10.0], [3.0, 30.0]])\n"
        "bags = torch.tensor([[0, 1], [1, 2]])\n"
        'means = F.embedding_bag(bags, weight, mode="mean")',
    ),
    Op(
        "F.one_hot",
        "Turns class numbers into vectors with a single 1.",
        "把类别编号变成只有一个 1 的向量（独热编码）。",
        "labels = torch.tensor([2, 0, 1])\ny = F.one_hot(labels, num_classes=4)",
    ),
    Op(
        "F.dropout",
        "Sets random elements to zero and scales the rest by 1 / (1 - p), in training only.",
        "训练时随机把元素置 0，其余放大为 1 / (1 - p) 倍。",
        "x = torch.ones(8)\ny = F.dropout(x, p=0.25, training=True)",
    ),
    Op(
        "F.dropout1d",
        "Sets whole channels of a (N, C, L) tensor to zero at random, in training only.",
        "训练时随机把 (N, C, L) 张量的整个通道置 0。",
        "x = torch.ones(1, 4, 3)\ny = F.dropout1d(x, p=0.5, training=True)",
    ),
    Op(
        "F.dropout2d",
        "Sets whole channels of a (N, C, H, W) tensor to zero at random, in training only.",
        "训练时随机把 (N, C, H, W) 张量的整个通道置 0。",
        "x = torch.ones(1, 3, 2, 2)\ny = F.dropout2d(x, p=0.5, training=True)",
    ),
    Op(
        "F.alpha_dropout",
        "Dropout for SELU networks that keeps the mean and the variance.",
        "用于 SELU 网络的 dropout，保持均值和方差不变。",
        "x = torch.tensor([-1.0, 0.0, 1.0, 2.0])\ny = F.alpha_dropout(x, p=0.5, training=True)",
    ),
    Op(
        "F.batch_norm",
        "Normalizes each channel by its mean and variance over the batch.",
        "用整个批次的均值和方差对每个通道做归一化。",
        "x = torch.tensor([[1.0, 10.0], [3.0, 30.0]])\n"
        "y = F.batch_norm(x, running_mean=None, running_var=None, training=True)",
    ),
    Op(
        "F.layer_norm",
        "Normalizes each sample over its last dimensions to mean 0 and variance 1.",
        "对每个样本的最后几维归一化，使均值为 0、方差为 1。",
        "x = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 60.0]])\ny = F.layer_norm(x, normalized_shape=(3,))",
    ),
    Op(
        "F.group_norm",
        "Normalizes each sample within groups of channels.",
        "把每个样本的通道分组，在组内做归一化。",
        "x = torch.tensor([[[1.0, 3.0], [5.0, 7.0], [10.0, 20.0], [30.0, 40.0]]])\ny = F.group_norm(x, num_groups=2)",
    ),
    Op(
        "F.instance_norm",
        "Normalizes each channel of each sample on its own.",
        "对每个样本的每个通道单独做归一化。",
        "x = torch.tensor([[[1.0, 2.0, 3.0], [10.0, 20.0, 60.0]]])\ny = F.instance_norm(x)",
    ),
    Op(
        "F.rms_norm",
        "Divides each sample by its root mean square over the last dimensions.",
        "把每个样本除以其最后几维的均方根。",
        "x = torch.tensor([[3.0, 4.0], [1.0, 1.0]])\ny = F.rms_norm(x, normalized_shape=(2,))",
    ),
    Op(
        "F.local_response_norm",
        "Divides each element by a term that grows with its neighbouring channels.",
        "用相邻通道的响应对每个元素做归一化。",
        "x = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])\ny = F.local_response_norm(x, size=3, alpha=1.0)",
    ),
    Op(
        "F.conv1d",
        "Slides kernels over a (N, C, L) tensor: a one-dimensional convolution.",
        "一维卷积：卷积核在 (N, C, L) 张量上滑动。",
        "x = torch.tensor([[[1.0, 2.0, 4.0, 7.0, 11.0]]])\n"
        "kernel = torch.tensor([[[-1.0, 1.0]]])\n"
        "differences = F.conv1d(x, kernel)",
    ),
    Op(
        "F.conv2d",
        "Slides kernels over a (N, C, H, W) tensor: a two-dimensional convolution.",
        "二维卷积：卷积核在 (N, C, H, W) 张量上滑动。",
        "image = torch.arange(16.0).reshape(1, 1, 4, 4)\n"
        "kernel = torch.ones(1, 1, 3, 3) / 9\n"
        "blurred = F.conv2d(image, kernel, padding=1)",
    ),
    Op(
        "F.conv3d",
        "Slides kernels over a (N, C, D, H, W) tensor: a three-dimensional convolution.",
        "三维卷积：卷积核在 (N, C, D, H, W) 张量上滑动。",
        "volume = torch.arange(8.0).reshape(1, 1, 2, 2, 2)\n"
        "kernel = torch.ones(1, 1, 2, 1, 1)\n"
        "y = F.conv3d(volume, kernel)",
    ),
    Op(
        "F.conv_transpose1d",
        "Transposed convolution of a (N, C, L) tensor: it enlarges the length.",
        "(N, C, L) 张量的转置卷积，使长度变大。",
        "x = torch.tensor([[[1.0, 2.0, 3.0]]])\n"
        "kernel = torch.tensor([[[1.0, 10.0]]])\n"
        "y = F.conv_transpose1d(x, kernel, stride=2)",
    ),
    Op(
        "F.conv_transpose2d",
        "Transposed convolution of a (N, C, H, W) tensor: it enlarges height and width.",
        "(N, C, H, W) 张量的转置卷积，使高和宽变大。",
        "x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])\n"
        "kernel = torch.ones(1, 1, 2, 2)\n"
        "y = F.conv_transpose2d(x, kernel, stride=2)",
    ),
    Op(
        "F.max_pool1d",
        "Largest value in each window along the length.",
        "沿长度方向取每个窗口的最大值。",
        "x = torch.tensor([[[1.0, 5.0, 2.0, 8.0, 3.0, 4.0]]])\ny = F.max_pool1d(x, kernel_size=2)",
    ),
    Op(
        "F.max_pool2d",
        "Largest value in each window of height and width.",
        "在高和宽上取每个窗口的最大值。",
        "x = torch.tensor([[[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]]])\ny = F.max_pool2d(x, kernel_size=2)",
    ),
    Op(
        "F.max_pool3d",
        "Largest value in each window of depth, height and width.",
        "在深、高、宽上取每个窗口的最大值。",
        "x = torch.arange(8.0).reshape(1, 1, 2, 2, 2)\ny = F.max_pool3d(x, kernel_size=2)",
    ),
    Op(
        "F.avg_pool1d",
        "Mean of each window along the length.",
        "沿长度方向求每个窗口的平均值。",
        "x = torch.tensor([[[1.0, 3.0, 5.0, 11.0]]])\ny = F.avg_pool1d(x, kernel_size=2)",
    ),
    Op(
        "F.avg_pool2d",
        "Mean of each window of height and width.",
        "在高和宽上求每个窗口的平均值。",
        "x = torch.arange(8.0).reshape(1, 1, 2, 4)\ny = F.avg_pool2d(x, kernel_size=2)",
    ),
    Op(
        "F.avg_pool3d",
        "Mean of each window of depth, height and width.",
        "在深、高、宽上求每个窗口的平均值。",
        "x = torch.arange(8.0).reshape(1, 1, 2, 2, 2)\ny = F.avg_pool3d(x, kernel_size=2)",
    ),
    Op(
        "F.lp_pool2d",
        "p-norm of each window of height and width.",
        "在高和宽上求每个窗口的 p 范数。",
        "x = torch.tensor([[[[3.0, 4.0], [0.0, 0.0]]]])\ny = F.lp_pool2d(x, norm_type=2, kernel_size=2)",
    ),
    Op(
        "F.adaptive_avg_pool1d",
        "Average pooling to a given output length, whatever the input length.",
        "平均池化到指定的输出长度，与输入长度无关。",
        "x = torch.tensor([[[2.0, 4.0, 6.0, 8.0, 10.0, 12.0]]])\ny = F.adaptive_avg_pool1d(x, 3)",
    ),
    Op(
        "F.adaptive_avg_pool2d",
        "Average pooling to a given output height and width.",
        "平均池化到指定的输出高和宽。",
        "x = torch.arange(12.0).reshape(1, 1, 3, 4)\ny = F.adaptive_avg_pool2d(x, (1, 2))",
    ),
    Op(
        "F.adaptive_max_pool1d",
        "Max pooling to a given output length, whatever the input length.",
        "最大池化到指定的输出长度，与输入长度无关。",
        "x = torch.tensor([[[2.0, 9.0, 6.0, 8.0, 1.0, 3.0]]])\ny = F.adaptive_max_pool1d(x, 2)",
    ),
    Op(
        "F.adaptive_max_pool2d",
        "Max pooling to a given output height and width.",
        "最大池化到指定的输出高和宽。",
        "x = torch.arange(12.0).reshape(1, 1, 3, 4)\ny = F.adaptive_max_pool2d(x, (1, 1))",
    ),
    Op(
        "F.max_unpool1d",
        "Puts pooled maxima back where they came from, with zeros elsewhere.",
        "把池化得到的最大值放回原位置，其余为 0。",
        "x = torch.tensor([[[1.0, 5.0, 8.0, 2.0]]])\n"
        "pooled, indices = F.max_pool1d(x, 2, return_indices=True)\n"
        "y = F.max_unpool1d(pooled, indices, 2)",
    ),
    Op(
        "F.interpolate",
        "Resizes the spatial dimensions by nearest, linear, bilinear or another interpolation.",
        "用最近邻、线性、双线性等插值缩放空间维度。",
        'image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])\ndoubled = F.interpolate(image, scale_factor=2, mode="nearest")',
    ),
    Op(
        "F.pad",
        "Adds elements at the borders; the numbers of pad start with the last dimension.",
        "在边缘填充元素；pad 从最后一维开始指定填充数。",
        "x = torch.tensor([[1, 2], [3, 4]])\ny = F.pad(x, (1, 2, 0, 1), value=0)",
    ),
    Op(
        "F.unfold",
        "Copies each sliding window of an image into a column.",
        "把图像的每个滑动窗口展开成一列。",
        "image = torch.arange(9.0).reshape(1, 1, 3, 3)\ncolumns = F.unfold(image, kernel_size=2)",
    ),
    Op(
        "F.fold",
        "Puts columns of windows back into an image and adds where they overlap.",
        "把各列窗口放回图像，重叠处相加。",
        "columns = torch.ones(1, 4, 4)\nimage = F.fold(columns, output_size=(3, 3), kernel_size=2)",
    ),
    Op(
        "F.pixel_shuffle",
        "Moves groups of r² channels into space: an image r times as high and wide.",
        "把每 r² 个通道重排到空间上，图像的高和宽各变为 r 倍。",
        "x = torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1, 1)\nimage = F.pixel_shuffle(x, 2)",
    ),
    Op(
        "F.pixel_unshuffle",
        "Moves each r x r square of pixels into r² channels.",
        "把每个 r x r 的像素块重排成 r² 个通道。",
        "image = torch.arange(8.0).reshape(1, 1, 2, 4)\nx = F.pixel_unshuffle(image, 2)",
    ),
    Op(
        "F.channel_shuffle",
        "Mixes the channels by splitting them into groups and interleaving these.",
        "把通道分组后交错排列，从而打乱通道。",
        "x = torch.arange(6.0).reshape(1, 6, 1, 1)\ny = F.channel_shuffle(x, 2).flatten()",
        page="torch.nn.ChannelShuffle",
    ),
    Op(
        "F.affine_grid",
        "Sampling coordinates of an affine map, for use in grid_sample.",
        "生成仿射变换的采样坐标，供 grid_sample 使用。",
        "theta = torch.tensor([[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])\n"
        "grid = F.affine_grid(theta, size=(1, 1, 2, 3), align_corners=False)",
    ),
    Op(
        "F.grid_sample",
        "Reads an image at the coordinates of a grid, with interpolation.",
        "按网格坐标对图像插值采样。",
        "image = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])\n"
        "mirror = torch.tensor([[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])\n"
        "grid = F.affine_grid(mirror, size=(1, 1, 2, 3), align_corners=False)\n"
        "mirrored = F.grid_sample(image, grid, align_corners=False)",
    ),
    Op(
        "F.cosine_similarity",
        "Cosine of the angle between vectors along a dimension.",
        "沿某一维求向量夹角的余弦（余弦相似度）。",
        "a = torch.tensor([[1.0, 0.0], [1.0, 1.0]])\n"
        "b = torch.tensor([[0.0, 3.0], [2.0, 2.0]])\n"
        "similarity = F.cosine_similarity(a, b, dim=1)",
    ),
    Op(
        "F.pairwise_distance",
        "Distance between matching rows of two tensors.",
        "两个张量对应行之间的距离。",
        "a = torch.tensor([[0.0, 0.0], [1.0, 1.0]])\n"
        "b = torch.tensor([[3.0, 4.0], [1.0, 3.0]])\n"
        "d = F.pairwise_distance(a, b)",
    ),
    Op(
        "F.pdist",
        "Distances between all pairs of rows of one matrix.",
        "一个矩阵中所有行两两之间的距离。",
        "points = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]])\nd = F.pdist(points)",
    ),
    Op(
        "F.scaled_dot_product_attention",
        "Attention softmax(q @ k.mT / sqrt(d)) @ v, with an optional mask or causal rule.",
        "注意力 softmax(q @ k.mT / sqrt(d)) @ v，可加掩码或因果限制。",
        "q = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])\n"
        "k = torch.tensor([[[4.0, 0.0], [0.0, 4.0]]])\n"
        "v = torch.tensor([[[10.0, 0.0], [0.0, 20.0]]])\n"
        "y = F.scaled_dot_product_attention(q, k, v, is_causal=True)",
    ),
    Op(
        "F.cross_entropy",
        "Cross-entropy loss between logits and class numbers or class probabilities.",
        "logits 与类别编号（或类别概率）之间的交叉熵损失。",
        "logits = torch.tensor([[2.0, 0.5, -1.0], [0.0, 0.0, 3.0]])\n"
        "labels = torch.tensor([0, 2])\n"
        "loss = F.cross_entropy(logits, labels)",
    ),
    Op(
        "F.nll_loss",
        "Negative log-likelihood loss, from log-probabilities and class numbers.",
        "负对数似然损失，输入为对数概率和类别编号。",
        "p = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])\n"
        "labels = torch.tensor([0, 2])\n"
        "loss = F.nll_loss(p.log(), labels)",
    ),
    Op(
        "F.mse_loss",
        "Mean of the squared differences.",
        "均方误差损失：差的平方的平均值。",
        "prediction = torch.tensor([1.0, 2.0, 5.0])\n"
        "target = torch.tensor([1.0, 4.0, 4.0])\n"
        "loss = F.mse_loss(prediction, target)",
    ),
    Op(
        "F.l1_loss",
        "Mean of the absolute differences.",
        "平均绝对误差损失：差的绝对值的平均值。",
        "prediction = torch.tensor([1.0, 2.0, 5.0])\n"
        "target = torch.tensor([1.0, 4.0, 4.0])\n"
        "loss = F.l1_loss(prediction, target)",
    ),
    Op(
        "F.smooth_l1_loss",
        "Squared error below beta, absolute error above, joined smoothly.",
        "误差小于 beta 时用平方误差，否则用绝对误差，平滑衔接。",
        "prediction = torch.tensor([0.0, 0.0])\n"
        "target = torch.tensor([0.5, 10.0])\n"
        'losses = F.smooth_l1_loss(prediction, target, reduction="none")',
    ),
    Op(
        "F.huber_loss",
        "Squared error for small errors and delta times the absolute error for large ones.",
        "Huber 损失：小误差用平方，大误差用 delta 倍的绝对值。",
        "prediction = torch.tensor([0.0, 0.0])\n"
        "target = torch.tensor([1.0, 10.0])\n"
        'losses = F.huber_loss(prediction, target, delta=2.0, reduction="none")',
    ),
    Op(
        "F.binary_cross_entropy",
        "Cross-entropy loss between probabilities and targets of 0 and 1.",
        "概率与 0、1 目标之间的二元交叉熵损失。",
        "p = torch.tensor([0.9, 0.2, 0.6])\n"
        "target = torch.tensor([1.0, 0.0, 1.0])\n"
        "loss = F.binary_cross_entropy(p, target)",
    ),
    Op(
        "F.binary_cross_entropy_with_logits",
        "Sigmoid and binary cross-entropy in one numerically stable step.",
        "把 sigmoid 和二元交叉熵合成数值稳定的一步。",
        "logits = torch.tensor([2.0, -1.0, 100.0])\n"
        "target = torch.tensor([1.0, 0.0, 1.0])\n"
        "loss = F.binary_cross_entropy_with_logits(logits, target)",
    ),
    Op(
        "F.kl_div",
        "Kullback-Leibler divergence; takes log-probabilities first, then the target distribution.",
        "KL 散度；先传对数概率，再传目标分布。",
        "q = torch.tensor([[0.5, 0.25, 0.25]])\n"
        "p = torch.tensor([[0.6, 0.3, 0.1]])\n"
        'loss = F.kl_div(q.log(), p, reduction="batchmean")',
    ),
    Op(
        "F.margin_ranking_loss",
        "Loss that wants the first score above the second by a margin where target is 1.",
        "排序损失：target 为 1 时要求第一个分数高出一个间隔。",
        "first = torch.tensor([2.0, 0.5])\n"
        "second = torch.tensor([1.0, 0.8])\n"
        "target = torch.tensor([1.0, 1.0])\n"
        "loss = F.margin_ranking_loss(first, second, target, margin=0.5)",
    ),
    Op(
        "F.triplet_margin_loss",
        "Loss that wants the anchor nearer to the positive than to the negative by a margin.",
        "三元组损失：锚点到正例须比到负例近一个间隔。",
        "anchor = torch.tensor([[0.0, 0.0]])\n"
        "positive = torch.tensor([[1.0, 0.0]])\n"
        "negative = torch.tensor([[0.0, 1.5]])\n"
        "loss = F.triplet_margin_loss(anchor, positive, negative, margin=1.0)",
    ),
    Op(
        "F.cosine_embedding_loss",
        "Loss that draws vectors together where target is 1 and apart where it is -1.",
        "余弦嵌入损失：target 为 1 时拉近向量，为 -1 时推远。",
        "a = torch.tensor([[1.0, 0.0], [1.0, 0.0]])\n"
        "b = torch.tensor([[1.0, 1.0], [1.0, 1.0]])\n"
        "target = torch.tensor([1.0, -1.0])\n"
        'losses = F.cosine_embedding_loss(a, b, target, reduction="none")',
    ),
    Op(
        "F.hinge_embedding_loss",
        "Loss on distances: the distance where target is 1, max(0, margin - distance) where -1.",
        "距离损失：target 为 1 取距离 d，为 -1 取 max(0, margin - d)。",
        "distance = torch.tensor([0.3, 0.3])\n"
        "target = torch.tensor([1.0, -1.0])\n"
        'losses = F.hinge_embedding_loss(distance, target, reduction="none")',
    ),
    Op(
        "F.soft_margin_loss",
        "Logistic loss log(1 + exp(-target * x)) for targets of 1 and -1.",
        "逻辑损失 log(1 + exp(-target * x))，目标为 1 或 -1。",
        "x = torch.tensor([2.0, -1.0, 0.5])\ntarget = torch.tensor([1.0, -1.0, -1.0])\nloss = F.soft_margin_loss(x, target)",
    ),
    Op(
        "F.multi_margin_loss",
        "Hinge loss for several classes: the right score should lead by a margin.",
        "多分类铰链损失：正确类别的分数应领先一个间隔。",
        "scores = torch.tensor([[0.1, 0.9, 0.3]])\nlabels = torch.tensor([1])\nloss = F.multi_margin_loss(scores, labels)",
    ),
    Op(
        "F.multilabel_soft_margin_loss",
        "Mean binary cross-entropy over several labels, from logits.",
        "由 logits 计算的多标签平均二元交叉熵。",
        "logits = torch.tensor([[3.0, -2.0, 0.5]])\n"
        "target = torch.tensor([[1.0, 0.0, 1.0]])\n"
        "loss = F.multilabel_soft_margin_loss(logits, target)",
    ),
    Op(
        "F.poisson_nll_loss",
        "Negative log-likelihood of counts under a Poisson distribution.",
        "计数数据在泊松分布下的负对数似然损失。",
        "log_rate = torch.tensor([0.0, 1.0])\ncount = torch.tensor([1.0, 3.0])\nloss = F.poisson_nll_loss(log_rate, count)",
    ),
    Op(
        "F.gaussian_nll_loss",
        "Negative log-likelihood under normal distributions of predicted mean and variance.",
        "在预测均值和方差的正态分布下的负对数似然损失。",
        "mean = torch.tensor([1.0, 2.0])\n"
        "target = torch.tensor([1.5, 2.0])\n"
        "variance = torch.tensor([0.25, 1.0])\n"
        "loss = F.gaussian_nll_loss(mean, target, variance)",
    ),
    Op(
        "F.ctc_loss",
        "Connectionist temporal classification loss: aligns a sequence with shorter labels.",
        "CTC 损失：把序列与较短的标签序列对齐。",
        "log_p = torch.full((4, 1, 3), 1 / 3).log()\n"
        "labels = torch.tensor([[1, 2]])\n"
        "loss = F.ctc_loss(log_p, labels, torch.tensor([4]), torch.tensor([2]))",
    ),
)
