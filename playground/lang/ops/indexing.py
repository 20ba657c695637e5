"""Operations that select, write, sort, count and search by index or mask."""

from __future__ import annotations

from playground.lang.ops.entry import Op

INDEXING: tuple[Op, ...] = (
    Op(
        "torch.where",
        "Picks each element from one of two tensors, as a condition says; the result is a copy.",
        "按条件逐元素从两个张量中选取；结果是副本。",
        "x = torch.tensor([-2, 5, -1, 3])\ny = torch.where(x > 0, x, 0)",
        method=True,
    ),
    Op(
        "torch.masked_select",
        "Collects the elements where a boolean mask is True in a 1-D tensor; the result is a copy.",
        "取出布尔掩码为 True 的元素，组成一维张量；结果是副本。",
        "x = torch.tensor([[3, 8], [6, 1]])\ny = torch.masked_select(x, x > 2)",
        method=True,
    ),
    Op(
        "torch.masked_fill",
        "Returns a copy in which the elements under a True mask have one given value.",
        "返回副本，其中掩码为 True 的元素换成给定的值。",
        "scores = torch.tensor([0.5, 2.0, 1.0])\n"
        "mask = torch.tensor([False, True, False])\n"
        'y = scores.masked_fill(mask, float("-inf"))',
        method=True,
        inplace=True,
        page="torch.Tensor.masked_fill",
    ),
    Op(
        "torch.masked_scatter",
        "Returns a copy in which the True positions of a mask take the source's elements in order.",
        "返回副本，掩码为 True 的位置依次换成源张量的元素。",
        "x = torch.zeros(5, dtype=torch.int64)\n"
        "mask = torch.tensor([True, False, True, True, False])\n"
        "y = x.masked_scatter(mask, torch.tensor([7, 8, 9]))",
        method=True,
        inplace=True,
        page="torch.Tensor.masked_scatter",
    ),
    Op(
        "torch.gather",
        "Reads, along a dimension, the element that each entry of an index tensor names; a copy.",
        "沿一维按索引张量的每一项读取对应的元素；结果是副本。",
        "scores = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])\n"
        "label = torch.tensor([[1], [0]])\n"
        "y = torch.gather(scores, 1, label)",
        method=True,
    ),
    Op(
        "torch.scatter",
        "Returns a copy with source values written where an index tensor points along a dimension.",
        "返回副本，沿一维把源值写到索引张量所指的位置。",
        "label = torch.tensor([[2], [0]])\nonehot = torch.zeros(2, 3).scatter(1, label, 1.0)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.scatter_add",
        "Returns a copy with source values added where an index tensor points; repeats accumulate.",
        "返回副本，把源值加到索引张量所指的位置，重复的索引会累加。",
        "index = torch.tensor([0, 2, 0, 2])\n"
        "values = torch.tensor([1.0, 2.0, 3.0, 4.0])\n"
        "y = torch.zeros(3).scatter_add(0, index, values)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.scatter_reduce",
        "Sends values to the places an index names and reduces each group by sum, prod, mean, amax or amin.",
        "按索引分组，用 sum、prod、mean、amax 或 amin 归约各组。",
        "index = torch.tensor([0, 1, 0, 1])\n"
        "values = torch.tensor([4.0, 7.0, 9.0, 2.0])\n"
        'y = torch.zeros(2).scatter_reduce(0, index, values, reduce="amax", include_self=False)',
        method=True,
        inplace=True,
    ),
    Op(
        "torch.index_select",
        "Takes the listed slices along one dimension, in that order; the result is a copy.",
        "沿一维按给出的顺序选取切片；结果是副本。",
        "x = torch.tensor([[1, 2], [3, 4], [5, 6]])\nrows = torch.tensor([2, 0, 2])\ny = torch.index_select(x, 0, rows)",
        method=True,
    ),
    Op(
        "torch.index_add",
        "Returns a copy with slices of a source added to the indexed slices; repeats accumulate.",
        "返回副本，把源张量的切片加到索引指定的切片上，重复的索引会累加。",
        "x = torch.zeros(3, 2)\n"
        "index = torch.tensor([0, 2, 0])\n"
        "source = torch.tensor([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]])\n"
        "y = torch.index_add(x, 0, index, source)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.index_copy",
        "Returns a copy whose indexed slices are replaced by slices of a source.",
        "返回副本，索引指定的切片换成源张量的切片。",
        "x = torch.zeros(3, 2)\n"
        "index = torch.tensor([2, 0])\n"
        "source = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\n"
        "y = torch.index_copy(x, 0, index, source)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.index_fill",
        "Returns a copy whose indexed slices are filled with one value.",
        "返回副本，索引指定的切片用同一个值填充。",
        "x = torch.tensor([[1, 2, 3], [4, 5, 6]])\ncolumns = torch.tensor([0, 2])\ny = x.index_fill(1, columns, -1)",
        method=True,
        inplace=True,
        page="torch.Tensor.index_fill",
    ),
    Op(
        "torch.index_put",
        "Returns a copy with values written at positions given by one index tensor per dimension.",
        "返回副本，在由各维索引张量给出的位置写入值。",
        "x = torch.zeros(3, 3)\n"
        "rows = torch.tensor([0, 1])\n"
        "columns = torch.tensor([2, 1])\n"
        "y = x.index_put((rows, columns), torch.tensor([5.0, 8.0]))",
        method=True,
        inplace=True,
        page="torch.Tensor.index_put",
    ),
    Op(
        "torch.take",
        "Reads elements by index as if the tensor were flattened; the result is a copy.",
        "把张量视为已展平，按索引读取元素；结果是副本。",
        "x = torch.tensor([[10, 20], [30, 40]])\ny = torch.take(x, torch.tensor([3, 0, 1]))",
        method=True,
    ),
    Op(
        "torch.put",
        "Returns a copy with values written by index as if the tensor were flattened.",
        "把张量视为已展平，按索引写入值，返回副本。",
        "x = torch.zeros(2, 3)\nindex = torch.tensor([1, 5])\ny = torch.put(x, index, torch.tensor([4.0, 9.0]))",
        method=True,
        inplace=True,
        page="torch.Tensor.put_",
    ),
    Op(
        "torch.take_along_dim",
        "Reads along a dimension by an index tensor that broadcasts, such as the result of argsort.",
        "沿一维按可广播的索引张量（如 argsort 的结果）读取元素。",
        "x = torch.tensor([[30, 10, 20], [5, 6, 4]])\norder = x.argsort(dim=1)\ny = torch.take_along_dim(x, order, dim=1)",
        method=True,
    ),
    Op(
        "torch.select",
        "Takes one slice at an index of a dimension and drops that dimension; the result is a view.",
        "在一维的某个索引处取切片，并去掉该维；结果是视图。",
        "x = torch.tensor([[1, 2, 3], [4, 5, 6]])\ny = torch.select(x, 1, 2)",
        method=True,
    ),
    Op(
        "torch.select_scatter",
        "Returns a copy in which one slice at an index of a dimension is replaced.",
        "返回副本，其中一维上某个索引处的切片被替换。",
        "x = torch.zeros(2, 3)\ny = torch.select_scatter(x, torch.tensor([7.0, 8.0, 9.0]), 0, 1)",
        method=True,
    ),
    Op(
        "torch.slice_scatter",
        "Returns a copy in which a range of a dimension is replaced by a source tensor.",
        "返回副本，其中一维上的一段区间换成源张量。",
        "x = torch.zeros(6)\ny = torch.slice_scatter(x, torch.tensor([1.0, 2.0]), start=3, end=5)",
        method=True,
    ),
    Op(
        "torch.diagonal_scatter",
        "Returns a copy in which the diagonal is replaced by a source tensor.",
        "返回副本，其中对角线换成源张量。",
        "x = torch.zeros(3, 3)\ny = torch.diagonal_scatter(x, torch.tensor([1.0, 2.0, 3.0]))",
        method=True,
    ),
    Op(
        "torch.nonzero",
        "Lists the index of every nonzero element, one per row; as_tuple=True gives one tensor per dimension.",
        "逐行列出非零元素的索引；as_tuple=True 时每一维给出一个张量。",
        "x = torch.tensor([[0, 6], [3, 0]])\nindex = torch.nonzero(x)",
        method=True,
    ),
    Op(
        "torch.argwhere",
        "Lists the index of every nonzero or True element, one per row.",
        "逐行列出非零（或 True）元素的索引。",
        "x = torch.tensor([4, 9, 2, 7])\nindex = torch.argwhere(x > 3)",
        method=True,
    ),
    Op(
        "torch.unravel_index",
        "Converts indices into a flattened tensor to one coordinate tensor per dimension.",
        "把展平后的索引转换为各维的坐标张量。",
        "x = torch.tensor([[3, 1, 8], [2, 9, 4]])\nrow, column = torch.unravel_index(x.argmax(), x.shape)",
    ),
    Op(
        "torch.topk",
        "Returns the k largest (or smallest) values along a dimension and their indices.",
        "返回沿一维最大（或最小）的 k 个值及其索引。",
        "x = torch.tensor([0.3, 0.9, 0.1, 0.6])\nvalues, indices = torch.topk(x, k=2)",
        method=True,
    ),
    Op(
        "torch.sort",
        "Sorts along a dimension; returns the sorted values and the indices they came from.",
        "沿一维排序，返回排好的值及其原索引。",
        "x = torch.tensor([7, 2, 9, 4])\nvalues, indices = torch.sort(x, descending=True)",
        method=True,
    ),
    Op(
        "torch.argsort",
        "Returns the indices that sort a tensor along a dimension.",
        "返回沿一维使张量有序的索引。",
        "x = torch.tensor([50, 20, 40])\norder = torch.argsort(x)\ny = x[order]",
        method=True,
    ),
    Op(
        "torch.msort",
        "Sorts along the first dimension in ascending order and returns the values only.",
        "沿第 0 维升序排序，只返回值。",
        "x = torch.tensor([[5, 1], [2, 8], [3, 4]])\ny = torch.msort(x)",
        method=True,
    ),
    Op(
        "torch.kthvalue",
        "Returns the k-th smallest value along a dimension and its index; k counts from 1.",
        "返回沿一维第 k 小的值及其索引，k 从 1 开始。",
        "x = torch.tensor([8, 3, 6, 1])\nvalue, index = torch.kthvalue(x, 2)",
        method=True,
    ),
    Op(
        "torch.unique",
        "Returns the distinct elements, sorted; on request also where each went and how often it occurs.",
        "返回排好序的不同元素，可同时返回逆索引和出现次数。",
        "x = torch.tensor([5, 2, 5, 9, 2, 5])\nvalues, counts = torch.unique(x, return_counts=True)",
        method=True,
    ),
    Op(
        "torch.unique_consecutive",
        "Drops repeats of neighbouring elements only; equal elements further apart stay.",
        "只去掉相邻的重复元素，不相邻的相同元素保留。",
        "x = torch.tensor([1, 1, 4, 4, 4, 1])\ny, counts = torch.unique_consecutive(x, return_counts=True)",
        method=True,
    ),
    Op(
        "torch.bincount",
        "Counts how often each non-negative integer occurs, or sums a weight for each.",
        "统计每个非负整数出现的次数，也可按权重求和。",
        "labels = torch.tensor([0, 3, 1, 3, 3])\ncounts = torch.bincount(labels)",
        method=True,
    ),
    Op(
        "torch.histc",
        "Counts elements in equal-width bins between min and max.",
        "统计落入 min 到 max 之间各等宽区间的元素个数。",
        "x = torch.tensor([0.5, 1.5, 1.7, 3.2])\ncounts = torch.histc(x, bins=4, min=0, max=4)",
        method=True,
    ),
    Op(
        "torch.histogram",
        "Counts elements per bin, with given edges or a number of bins; returns counts and bin edges.",
        "按给定边界或区间数统计元素个数，返回计数和区间边界。",
        "x = torch.tensor([0.2, 0.8, 1.1, 2.5])\ncounts, edges = torch.histogram(x, bins=3, range=(0.0, 3.0))",
        method=True,
    ),
    Op(
        "torch.bucketize",
        "Gives, for each value, the index of the interval between sorted boundaries that holds it.",
        "对每个值给出它所在区间的索引，区间由有序边界划分。",
        "ages = torch.tensor([5, 17, 42, 70])\nlimits = torch.tensor([12, 18, 65])\ngroup = torch.bucketize(ages, limits)",
    ),
    Op(
        "torch.searchsorted",
        "Finds where each value would be inserted to keep a sorted sequence sorted.",
        "查找每个值插入有序序列后仍保持有序的位置。",
        "sequence = torch.tensor([10, 20, 30, 40])\nposition = torch.searchsorted(sequence, torch.tensor([25, 10, 99]))",
    ),
    Op(
        "torch.isin",
        "Tells for each element whether it occurs among the test elements.",
        "逐元素判断它是否出现在测试元素中。",
        "x = torch.tensor([[2, 7], [4, 5]])\nmask = torch.isin(x, torch.tensor([4, 7]))",
    ),
    Op(
        "Tensor.fill_",
        "Sets every element to one value, in place.",
        "原地把所有元素设为同一个值。",
        "x = torch.tensor([1.0, 2.0, 3.0])\nx.fill_(0.5)",
        method=True,
    ),
    Op(
        "Tensor.zero_",
        "Sets every element to zero, in place.",
        "原地把所有元素置零。",
        "x = torch.tensor([[4, 5], [6, 7]])\nx[0].zero_()\ny = x",
        method=True,
    ),
    Op(
        "Tensor.fill_diagonal_",
        "Sets the main diagonal to one value, in place.",
        "原地把主对角线设为同一个值。",
        "x = torch.ones(3, 3)\nx.fill_diagonal_(0)",
        method=True,
    ),
    Op(
        "Tensor.copy_",
        "Copies the values of another tensor into this one, in place, with broadcasting and conversion.",
        "原地把另一个张量的值复制进来，可广播并转换 dtype。",
        "x = torch.zeros(2, 3)\nx.copy_(torch.tensor([1, 2, 3]))",
        method=True,
    ),
)
