"""Operations that draw random numbers."""

from __future__ import annotations

from playground.lang.ops.entry import Op

RANDOM: tuple[Op, ...] = (
    Op(
        "torch.manual_seed",
        "Seeds the random number generator, so that the same random numbers come again.",
        "设置随机数种子，使随机数可以重现。",
        "torch.manual_seed(7)\na = torch.rand(3)\ntorch.manual_seed(7)\nb = torch.rand(3)",
    ),
    Op(
        "torch.initial_seed",
        "Returns the seed from which the random number generator started.",
        "返回随机数生成器的初始种子。",
        "torch.manual_seed(21)\nprint(torch.initial_seed())",
    ),
    Op(
        "torch.rand",
        "Draws a tensor from the uniform distribution on [0, 1).",
        "从 [0, 1) 上的均匀分布采样，生成张量。",
        "x = torch.rand(2, 3)",
    ),
    Op(
        "torch.randn",
        "Draws a tensor from the standard normal distribution: mean 0, variance 1.",
        "从标准正态分布（均值 0，方差 1）采样，生成张量。",
        "x = torch.randn(3, 2)",
    ),
    Op(
        "torch.randint",
        "Draws integers uniformly from low up to, but not including, high.",
        "均匀地采样整数，范围从 low 到 high，不含 high。",
        "dice = torch.randint(1, 7, (5,))",
    ),
    Op(
        "torch.randperm",
        "Returns the integers from 0 to n - 1 in random order, to shuffle with.",
        "返回 0 到 n - 1 的随机排列，可用于打乱顺序。",
        "x = torch.tensor([10, 20, 30, 40])\nshuffled = x[torch.randperm(4)]",
    ),
    Op(
        "torch.rand_like",
        "Draws uniform numbers on [0, 1) in the shape, dtype and device of another tensor.",
        "生成 [0, 1) 上的均匀随机数，形状、dtype 和设备与另一个张量相同。",
        "a = torch.zeros(2, 2)\nx = torch.rand_like(a)",
    ),
    Op(
        "torch.randn_like",
        "Draws standard normal numbers in the shape, dtype and device of another tensor.",
        "生成标准正态随机数，形状、dtype 和设备与另一个张量相同。",
        "signal = torch.tensor([1.0, 2.0, 3.0])\nnoisy = signal + 0.1 * torch.randn_like(signal)",
    ),
    Op(
        "torch.randint_like",
        "Draws uniform integers in the shape, dtype and device of another tensor.",
        "生成均匀随机整数，形状、dtype 和设备与另一个张量相同。",
        "a = torch.zeros(2, 3)\nx = torch.randint_like(a, 5, 10)",
    ),
    Op(
        "torch.bernoulli",
        "Draws 0 or 1 for each element, which is the probability of a 1.",
        "逐元素采样 0 或 1，元素的值是取 1 的概率。",
        "p = torch.tensor([0.1, 0.5, 0.9])\nx = torch.bernoulli(p)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.multinomial",
        "Draws indices with probabilities in proportion to the weights given.",
        "按给定权重的比例采样索引。",
        "weights = torch.tensor([1.0, 0.0, 3.0, 6.0])\nindex = torch.multinomial(weights, 5, replacement=True)",
        method=True,
    ),
    Op(
        "torch.normal",
        "Draws from normal distributions whose means and standard deviations are given.",
        "按给定的均值和标准差从正态分布采样。",
        "mean = torch.tensor([0.0, 100.0, 200.0])\nstd = torch.tensor([1.0, 5.0, 0.1])\nx = torch.normal(mean, std)",
    ),
    Op(
        "torch.poisson",
        "Draws counts from Poisson distributions, one for each given rate.",
        "对每个给定的均值从泊松分布采样计数。",
        "rate = torch.tensor([0.5, 4.0, 30.0])\nx = torch.poisson(rate)",
    ),
    Op(
        "Tensor.uniform_",
        "Fills the tensor, in place, from the uniform distribution on [from, to).",
        "原地用 [from, to) 上的均匀分布填充张量。",
        "x = torch.empty(2, 3)\nx.uniform_(-1, 1)",
        method=True,
    ),
    Op(
        "Tensor.normal_",
        "Fills the tensor, in place, from a normal distribution with given mean and standard deviation.",
        "原地用给定均值和标准差的正态分布填充张量。",
        "weight = torch.empty(3, 2)\nweight.normal_(mean=0.0, std=0.02)",
        method=True,
    ),
    Op(
        "Tensor.random_",
        "Fills the tensor, in place, with uniform integers from the range given, its end excluded.",
        "原地用给定范围内的均匀随机整数填充张量，不含上界。",
        "x = torch.empty(4, dtype=torch.int64)\nx.random_(10, 20)",
        method=True,
    ),
    Op(
        "Tensor.bernoulli_",
        "Fills the tensor, in place, with 0 or 1; p is the probability of a 1.",
        "原地用 0 或 1 填充张量，p 是取 1 的概率。",
        "mask = torch.empty(2, 4)\nmask.bernoulli_(0.25)",
        method=True,
    ),
    Op(
        "Tensor.exponential_",
        "Fills the tensor, in place, from the exponential distribution with rate lambd.",
        "原地用速率为 lambd 的指数分布填充张量。",
        "wait = torch.empty(5)\nwait.exponential_(lambd=2.0)",
        method=True,
    ),
    Op(
        "Tensor.geometric_",
        "Fills the tensor, in place, with the number of trials up to the first success of probability p.",
        "原地用几何分布填充张量：直到首次成功的试验次数，成功概率为 p。",
        "tries = torch.empty(6)\ntries.geometric_(0.3)",
        method=True,
    ),
    Op(
        "Tensor.log_normal_",
        "Fills the tensor, in place, with exponentials of normal numbers of given mean and std.",
        "原地用对数正态分布填充张量；mean 和 std 属于取对数后的正态分布。",
        "price = torch.empty(2, 2)\nprice.log_normal_(mean=0.0, std=0.5)",
        method=True,
    ),
    Op(
        "Tensor.cauchy_",
        "Fills the tensor, in place, from the Cauchy distribution, which has very heavy tails.",
        "原地用柯西分布填充张量，该分布的尾部很重。",
        "x = torch.empty(6)\nx.cauchy_(median=1.0, sigma=2.0)",
        method=True,
    ),
)
