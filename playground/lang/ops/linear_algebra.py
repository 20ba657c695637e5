"""Linear algebra and Fourier transforms: products, systems, decompositions, norms, spectra."""

from __future__ import annotations

from playground.lang.ops.entry import Op

LINEAR_ALGEBRA: tuple[Op, ...] = (
    Op(
        "torch.matmul",
        "Matrix product of vectors, matrices or batches of matrices; the operator @.",
        "向量、矩阵或批量矩阵的矩阵乘法，即运算符 @。",
        "a = torch.tensor([[1, 2], [3, 4], [5, 6]])\nb = torch.tensor([[1, 0, 2], [0, 1, 3]])\nc = torch.matmul(a, b)",
        method=True,
    ),
    Op(
        "torch.mm",
        "Product of two matrices, without broadcasting.",
        "两个矩阵相乘，不支持广播。",
        "a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\nb = torch.tensor([[0.0, 1.0], [1.0, 0.0]])\nc = torch.mm(a, b)",
        method=True,
    ),
    Op(
        "torch.bmm",
        "Product of each pair of matrices in two batches of shape (b, n, m) and (b, m, p).",
        "批量矩阵相乘：两个张量的形状为 (b, n, m) 和 (b, m, p)。",
        "a = torch.arange(8.0).reshape(2, 2, 2)\nb = torch.ones(2, 2, 1)\nc = torch.bmm(a, b)",
        method=True,
    ),
    Op(
        "torch.mv",
        "Product of a matrix and a vector.",
        "矩阵与向量相乘。",
        "matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\nvector = torch.tensor([10.0, 1.0])\ny = torch.mv(matrix, vector)",
        method=True,
    ),
    Op(
        "torch.dot",
        "Dot product of two vectors of the same length.",
        "两个等长向量的点积。",
        "a = torch.tensor([1.0, 2.0, 3.0])\nb = torch.tensor([4.0, 0.0, -1.0])\ny = torch.dot(a, b)",
        method=True,
    ),
    Op(
        "torch.vdot",
        "Dot product of two vectors, with the first one conjugated.",
        "两个向量的点积，其中第一个向量取共轭。",
        "a = torch.tensor([1 + 2j, 3j])\nsquared_length = torch.vdot(a, a)",
        method=True,
    ),
    Op(
        "torch.inner",
        "Sums products over the last dimension of both tensors; for vectors, the dot product.",
        "对两个张量的最后一维求内积；对向量即为点积。",
        "a = torch.tensor([[1, 2], [3, 4]])\nb = torch.tensor([10, 1])\ny = torch.inner(a, b)",
        method=True,
    ),
    Op(
        "torch.outer",
        "Outer product of two vectors: every element times every element.",
        "两个向量的外积：每个元素与每个元素相乘。",
        "a = torch.tensor([1, 2, 3])\nb = torch.tensor([1, 10, 100])\ntable = torch.outer(a, b)",
        method=True,
    ),
    Op(
        "torch.addmm",
        "Matrix product plus a third matrix: beta * x + alpha * (a @ b).",
        "矩阵乘积再加一个矩阵：beta * x + alpha * (a @ b)。",
        "bias = torch.tensor([0.5, -0.5])\n"
        "a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\n"
        "b = torch.tensor([[1.0, 0.0], [0.0, 2.0]])\n"
        "y = torch.addmm(bias, a, b)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.addmv",
        "Matrix-vector product plus a vector: beta * x + alpha * (a @ v).",
        "矩阵与向量之积再加一个向量：beta * x + alpha * (a @ v)。",
        "x = torch.tensor([100.0, 200.0])\n"
        "a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\n"
        "v = torch.tensor([1.0, 1.0])\n"
        "y = torch.addmv(x, a, v)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.addr",
        "Outer product of two vectors plus a matrix: beta * x + alpha * outer(a, b).",
        "两个向量的外积再加一个矩阵：beta * x + alpha * outer(a, b)。",
        "x = torch.zeros(2, 3)\n"
        "a = torch.tensor([1.0, 2.0])\n"
        "b = torch.tensor([3.0, 4.0, 5.0])\n"
        "y = torch.addr(x, a, b, alpha=10)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.baddbmm",
        "Batched matrix product plus a batch of matrices: beta * x + alpha * bmm(a, b).",
        "批量矩阵乘积再加一批矩阵：beta * x + alpha * bmm(a, b)。",
        "x = torch.ones(2, 1, 1)\n"
        "a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])\n"
        "b = torch.tensor([[[1.0], [1.0]], [[2.0], [2.0]]])\n"
        "y = torch.baddbmm(x, a, b)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.addbmm",
        "Sum of a batch of matrix products plus a matrix.",
        "把一批矩阵乘积相加，再加一个矩阵。",
        "x = torch.zeros(1, 1)\n"
        "a = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])\n"
        "b = torch.ones(2, 2, 1)\n"
        "y = torch.addbmm(x, a, b)",
        method=True,
        inplace=True,
    ),
    Op(
        "torch.tensordot",
        "Sums products of two tensors over chosen dimensions.",
        "在指定的维度上对两个张量做缩并。",
        "a = torch.arange(6).reshape(2, 3)\nb = torch.arange(6).reshape(3, 2)\nc = torch.tensordot(a, b, dims=([1], [0]))",
    ),
    Op(
        "torch.einsum",
        "Sums of products written with index letters (Einstein summation).",
        "用下标字母书写的乘积求和（爱因斯坦求和约定）。",
        "a = torch.tensor([[1, 2], [3, 4]])\n"
        "b = torch.tensor([[1, 0], [1, 1]])\n"
        'product = torch.einsum("ik,kj->ij", a, b)\n'
        'trace = torch.einsum("ii->", a)',
    ),
    Op(
        "torch.kron",
        "Kronecker product: each element of the first tensor times the whole second tensor.",
        "克罗内克积：第一个张量的每个元素乘以整个第二个张量。",
        "a = torch.tensor([[1, 2]])\nb = torch.tensor([[1, 1], [0, 1]])\nc = torch.kron(a, b)",
        method=True,
    ),
    Op(
        "torch.linalg.cross",
        "Cross product of vectors with three components.",
        "三维向量的叉积。",
        "x = torch.tensor([1.0, 0.0, 0.0])\ny = torch.tensor([0.0, 2.0, 0.0])\nz = torch.linalg.cross(x, y)",
    ),
    Op(
        "torch.linalg.multi_dot",
        "Product of several matrices, in the order that costs the fewest multiplications.",
        "多个矩阵连乘，自动选择乘法次数最少的顺序。",
        "a = torch.ones(1, 3)\n"
        "b = torch.ones(3, 2)\n"
        "c = torch.tensor([[1.0], [2.0]])\n"
        "y = torch.linalg.multi_dot([a, b, c])",
    ),
    Op(
        "torch.linalg.vecdot",
        "Dot products along a dimension, for batches of vectors.",
        "沿某一维对批量向量求点积。",
        "a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\n"
        "b = torch.tensor([[5.0, 6.0], [0.0, 1.0]])\n"
        "y = torch.linalg.vecdot(a, b, dim=1)",
    ),
    Op(
        "torch.trace",
        "Sum of the elements on the main diagonal of a matrix.",
        "矩阵的迹：主对角线元素之和。",
        "a = torch.tensor([[1, 9, 9], [9, 2, 9], [9, 9, 3]])\nt = torch.trace(a)",
        method=True,
    ),
    Op(
        "torch.det",
        "Determinant of a square matrix or of a batch of them.",
        "方阵或一批方阵的行列式。",
        "a = torch.tensor([[3.0, 1.0], [2.0, 4.0]])\nd = torch.det(a)",
        method=True,
    ),
    Op(
        "torch.logdet",
        "Logarithm of the determinant of a square matrix.",
        "方阵行列式的对数。",
        "a = torch.tensor([[2.0, 0.0], [0.0, 5.0]])\ny = torch.logdet(a)",
        method=True,
    ),
    Op(
        "torch.slogdet",
        "Sign of the determinant and logarithm of its absolute value.",
        "行列式的符号及其绝对值的对数。",
        "a = torch.tensor([[0.0, 2.0], [3.0, 0.0]])\nsign, logabsdet = torch.slogdet(a)",
        method=True,
    ),
    Op(
        "torch.inverse",
        "Inverse of a square matrix or of a batch of them.",
        "方阵或一批方阵的逆矩阵。",
        "a = torch.tensor([[2.0, 0.0], [0.0, 4.0]])\nb = torch.inverse(a)",
        method=True,
    ),
    Op(
        "torch.matrix_exp",
        "Exponential of a square matrix.",
        "方阵的矩阵指数。",
        "angle = torch.pi / 2\na = torch.tensor([[0.0, -angle], [angle, 0.0]])\nrotation = torch.matrix_exp(a)",
        method=True,
    ),
    Op(
        "torch.cdist",
        "Distance of every row of one matrix to every row of another.",
        "求一个矩阵的每一行到另一个矩阵每一行的距离。",
        "a = torch.tensor([[0.0, 0.0], [3.0, 4.0]])\n"
        "b = torch.tensor([[0.0, 0.0], [6.0, 8.0], [0.0, 1.0]])\n"
        "d = torch.cdist(a, b)",
    ),
    Op(
        "torch.linalg.norm",
        "Norm of a vector or a matrix, of the order ord.",
        "求向量或矩阵的范数，ord 指定阶数。",
        "x = torch.tensor([[1.0, 2.0], [2.0, 4.0]])\n"
        "frobenius = torch.linalg.norm(x)\n"
        "one_norm = torch.linalg.norm(x, ord=1)",
    ),
    Op(
        "torch.linalg.vector_norm",
        "Vector norm over all elements or along dimensions.",
        "对所有元素或沿某些维度求向量范数。",
        "x = torch.tensor([[3.0, 4.0], [5.0, 12.0]])\n"
        "lengths = torch.linalg.vector_norm(x, dim=1)\n"
        "manhattan = torch.linalg.vector_norm(x, ord=1, dim=1)",
    ),
    Op(
        "torch.linalg.matrix_norm",
        "Matrix norm, such as Frobenius, nuclear or spectral.",
        "求矩阵范数，如 Frobenius 范数、核范数或谱范数。",
        "a = torch.tensor([[3.0, 0.0], [0.0, 4.0]])\n"
        "frobenius = torch.linalg.matrix_norm(a)\n"
        "spectral = torch.linalg.matrix_norm(a, ord=2)",
    ),
    Op(
        "torch.linalg.solve",
        "Solves the linear system A x = b for a square, invertible A.",
        "求解线性方程组 A x = b，A 为可逆方阵。",
        "a = torch.tensor([[2.0, 1.0], [1.0, 3.0]])\nb = torch.tensor([5.0, 10.0])\nx = torch.linalg.solve(a, b)",
    ),
    Op(
        "torch.linalg.solve_triangular",
        "Solves a linear system whose matrix is triangular, by substitution.",
        "用代入法求解三角矩阵的线性方程组。",
        "a = torch.tensor([[2.0, 1.0], [0.0, 4.0]])\n"
        "b = torch.tensor([[4.0], [8.0]])\n"
        "x = torch.linalg.solve_triangular(a, b, upper=True)",
    ),
    Op(
        "torch.linalg.lstsq",
        "Least-squares solution of A x = b: the x that makes the norm of A x - b smallest.",
        "A x = b 的最小二乘解：使 A x - b 的范数最小的 x。",
        "a = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])\n"
        "b = torch.tensor([[1.0], [3.0], [5.0]])\n"
        "intercept_and_slope = torch.linalg.lstsq(a, b).solution",
    ),
    Op(
        "torch.linalg.inv",
        "Inverse of a square matrix; raises an error if there is none.",
        "方阵的逆矩阵；不可逆时报错。",
        "a = torch.tensor([[1.0, 2.0], [3.0, 5.0]])\nb = torch.linalg.inv(a)\nidentity = a @ b",
    ),
    Op(
        "torch.linalg.pinv",
        "Moore-Penrose pseudoinverse, also for matrices that are not square.",
        "Moore-Penrose 伪逆，也适用于非方阵。",
        "a = torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])\nb = torch.linalg.pinv(a)",
    ),
    Op(
        "torch.linalg.det",
        "Determinant of a square matrix.",
        "方阵的行列式。",
        "a = torch.tensor([[0.0, 1.0], [1.0, 0.0]])\nd = torch.linalg.det(a)",
    ),
    Op(
        "torch.linalg.slogdet",
        "Sign of the determinant and logarithm of its absolute value, safe from overflow.",
        "行列式的符号及其绝对值的对数，可避免溢出。",
        "a = 1e20 * torch.eye(3)\nsign, logabsdet = torch.linalg.slogdet(a)",
    ),
    Op(
        "torch.linalg.eigh",
        "Eigenvalues, in ascending order, and eigenvectors of a symmetric or Hermitian matrix.",
        "对称或厄米矩阵的特征值（升序）和特征向量。",
        "a = torch.tensor([[2.0, 1.0], [1.0, 2.0]])\nvalues, vectors = torch.linalg.eigh(a)",
    ),
    Op(
        "torch.linalg.eigvalsh",
        "Eigenvalues of a symmetric or Hermitian matrix, in ascending order.",
        "对称或厄米矩阵的特征值，按升序排列。",
        "a = torch.tensor([[4.0, 1.0], [1.0, 4.0]])\nvalues = torch.linalg.eigvalsh(a)",
    ),
    Op(
        "torch.linalg.eig",
        "Eigenvalues and eigenvectors of any square matrix, as complex numbers.",
        "任意方阵的特征值和特征向量，以复数表示。",
        "rotation = torch.tensor([[0.0, -1.0], [1.0, 0.0]])\nvalues, vectors = torch.linalg.eig(rotation)",
    ),
    Op(
        "torch.linalg.eigvals",
        "Eigenvalues of any square matrix, as complex numbers.",
        "任意方阵的特征值，以复数表示。",
        "a = torch.tensor([[1.0, 5.0], [0.0, 2.0]])\nvalues = torch.linalg.eigvals(a)",
    ),
    Op(
        "torch.linalg.svd",
        "Singular value decomposition A = U diag(S) Vh.",
        "奇异值分解：A = U diag(S) Vh。",
        "a = torch.tensor([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]])\n"
        "u, s, vh = torch.linalg.svd(a, full_matrices=False)\n"
        "same = u @ torch.diag(s) @ vh",
    ),
    Op(
        "torch.linalg.svdvals",
        "Singular values of a matrix, in descending order.",
        "矩阵的奇异值，按降序排列。",
        "a = torch.tensor([[0.0, 5.0], [1.0, 0.0]])\ns = torch.linalg.svdvals(a)",
    ),
    Op(
        "torch.linalg.qr",
        "QR decomposition: Q with orthonormal columns times an upper triangular R.",
        "QR 分解：列标准正交的 Q 乘以上三角矩阵 R。",
        "a = torch.tensor([[3.0, 1.0], [4.0, 2.0]])\nq, r = torch.linalg.qr(a)\nsame = q @ r",
    ),
    Op(
        "torch.linalg.lu",
        "LU decomposition with pivoting: A = P L U.",
        "带主元的 LU 分解：A = P L U。",
        "a = torch.tensor([[1.0, 2.0], [4.0, 4.0]])\np, l, u = torch.linalg.lu(a)\nsame = p @ l @ u",
    ),
    Op(
        "torch.linalg.cholesky",
        "Cholesky decomposition of a positive definite matrix: A = L @ L.mH.",
        "正定矩阵的 Cholesky 分解：A = L @ L.mH。",
        "a = torch.tensor([[4.0, 2.0], [2.0, 5.0]])\nlower = torch.linalg.cholesky(a)\nsame = lower @ lower.mT",
    ),
    Op(
        "torch.linalg.matrix_rank",
        "Numerical rank of a matrix: how many singular values are not negligible.",
        "矩阵的数值秩：不可忽略的奇异值的个数。",
        "a = torch.tensor([[1.0, 2.0], [2.0, 4.0]])\nrank = torch.linalg.matrix_rank(a)",
    ),
    Op(
        "torch.linalg.matrix_power",
        "Multiplies a square matrix by itself n times; a negative n uses the inverse.",
        "方阵的 n 次幂；n 为负时使用逆矩阵。",
        "a = torch.tensor([[1, 1], [1, 0]])\nfibonacci = torch.linalg.matrix_power(a, 10)",
    ),
    Op(
        "torch.linalg.matrix_exp",
        "Matrix exponential of a square matrix.",
        "方阵的矩阵指数函数。",
        "a = torch.tensor([[0.0, 1.0], [0.0, 0.0]])\ny = torch.linalg.matrix_exp(a)",
    ),
    Op(
        "torch.linalg.cond",
        "Condition number of a matrix: how much solving with it amplifies errors.",
        "矩阵的条件数：衡量求解时误差被放大的程度。",
        "a = torch.tensor([[1.0, 0.0], [0.0, 0.001]])\nc = torch.linalg.cond(a)",
    ),
    Op(
        "torch.linalg.diagonal",
        "Main diagonal of a matrix, or of each matrix in a batch.",
        "取矩阵或批量中每个矩阵的主对角线。",
        "a = torch.arange(8).reshape(2, 2, 2)\nd = torch.linalg.diagonal(a)",
    ),
    Op(
        "torch.fft.fft",
        "Discrete Fourier transform along one dimension.",
        "沿一个维度做离散傅里叶变换。",
        "signal = torch.tensor([1.0, 0.0, -1.0, 0.0])\nspectrum = torch.fft.fft(signal)",
    ),
    Op(
        "torch.fft.ifft",
        "Inverse discrete Fourier transform along one dimension.",
        "沿一个维度做离散傅里叶逆变换。",
        "spectrum = torch.tensor([4.0 + 0j, 0j, 0j, 0j])\nsignal = torch.fft.ifft(spectrum)",
    ),
    Op(
        "torch.fft.rfft",
        "Fourier transform of a real signal: only the non-negative frequencies.",
        "实信号的傅里叶变换，只返回非负频率部分。",
        "t = torch.arange(8)\nsignal = torch.cos(2 * torch.pi * 2 * t / 8)\nstrength = torch.fft.rfft(signal).abs()",
    ),
    Op(
        "torch.fft.irfft",
        "Inverse of rfft: a real signal from its non-negative frequencies.",
        "rfft 的逆变换：由非负频率部分恢复实信号。",
        "signal = torch.tensor([1.0, 2.0, 3.0, 4.0])\n"
        "spectrum = torch.fft.rfft(signal)\n"
        "same = torch.fft.irfft(spectrum, n=4)",
    ),
    Op(
        "torch.fft.fft2",
        "Discrete Fourier transform over the last two dimensions, as for images.",
        "对最后两维做离散傅里叶变换，常用于图像。",
        "image = torch.ones(2, 3)\nspectrum = torch.fft.fft2(image)",
    ),
    Op(
        "torch.fft.ifft2",
        "Inverse discrete Fourier transform over the last two dimensions.",
        "对最后两维做离散傅里叶逆变换。",
        "image = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\nsame = torch.fft.ifft2(torch.fft.fft2(image)).real",
    ),
    Op(
        "torch.fft.fftn",
        "Discrete Fourier transform over several dimensions.",
        "在多个维度上做离散傅里叶变换。",
        "x = torch.ones(2, 2, 2)\nspectrum = torch.fft.fftn(x)",
    ),
    Op(
        "torch.fft.fftfreq",
        "Frequencies that belong to the outputs of fft, for a sample spacing d.",
        "fft 各输出对应的频率，d 为采样间隔。",
        "f = torch.fft.fftfreq(6, d=0.5)",
    ),
    Op(
        "torch.fft.rfftfreq",
        "Frequencies that belong to the outputs of rfft, for a sample spacing d.",
        "rfft 各输出对应的频率，d 为采样间隔。",
        "f = torch.fft.rfftfreq(8, d=0.125)",
    ),
    Op(
        "torch.fft.fftshift",
        "Moves the zero frequency to the middle.",
        "把零频率移到中间。",
        "f = torch.fft.fftfreq(5, d=0.2)\ncentred = torch.fft.fftshift(f)",
    ),
    Op(
        "torch.fft.ifftshift",
        "Undoes fftshift: moves the zero frequency back to the start.",
        "fftshift 的逆操作：把零频率移回开头。",
        "x = torch.tensor([-2, -1, 0, 1, 2])\ny = torch.fft.ifftshift(x)",
    ),
)
