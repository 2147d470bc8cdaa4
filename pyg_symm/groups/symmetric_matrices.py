r"""The exponential and the logarithm of symmetric matrices, the polar decomposition, and their
derivatives at equal eigenvalues.
"""

import math
from typing import Any

import torch
from torch import Tensor

from .hyperbolic import asinhc, sinhc


def matrix_product(a: Tensor, b: Tensor) -> Tensor:
    r"""The product of small matrices :math:`(*, n, n)`, which autocast leaves in full precision."""
    return (a.unsqueeze(-1) * b.unsqueeze(-3)).sum(-2)


def symmetric_part(matrices: Tensor) -> Tensor:
    r""":math:`(\mathbf{A} + \mathbf{A}^{\top}) / 2`."""
    return (matrices + matrices.mT) / 2


def determinant(matrices: Tensor) -> Tensor:
    r"""The determinant of matrices :math:`(*, n, n)`, in closed form for :math:`n = 2`."""
    if matrices.size(-1) != 2:
        return torch.linalg.det(matrices)
    (a, b), (c, d) = (row.unbind(-1) for row in matrices.unbind(-2))
    return a * d - b * c


def symmetric_basis(n: int, traceless: bool = False) -> Tensor:
    r"""An orthonormal basis of the symmetric matrices under
    :math:`\operatorname{tr}(\mathbf{X}^{\top} \mathbf{Y})`.

    First come the traceless diagonal ones :math:`(E_{11} + \dots + E_{kk} - k E_{k+1,k+1}) /
    \sqrt{k (k + 1)}`, then :math:`(E_{ij} + E_{ji}) / \sqrt 2` for :math:`i < j`, and last
    :math:`\mathbf{I} / \sqrt n`.

    Args:
        n (int): The size of the matrices.
        traceless (bool, optional): Leaves the last one out. (default: :obj:`False`)

    Returns:
        torch.Tensor: Matrices in float64 :math:`(n (n + 1) / 2, n, n)`, or one fewer.

    Examples:
        >>> symmetric_basis(2).square()
        tensor([[[0.5000, 0.0000],
                 [0.0000, 0.5000]],
        <BLANKLINE>
                [[0.0000, 0.5000],
                 [0.5000, 0.0000]],
        <BLANKLINE>
                [[0.5000, 0.0000],
                 [0.0000, 0.5000]]], dtype=torch.float64)
    """
    with torch.device("cpu"):
        basis = []
        for k in range(1, n):
            diagonal = torch.zeros(n, dtype=torch.double)
            diagonal[:k], diagonal[k] = 1, -k
            basis.append(torch.diag(diagonal / math.sqrt(k * (k + 1))))
        for i in range(n):
            for j in range(i + 1, n):
                pair = torch.zeros(n, n, dtype=torch.double)
                pair[i, j] = pair[j, i] = math.sqrt(0.5)
                basis.append(pair)
        if not traceless:
            basis.append(torch.eye(n, dtype=torch.double) / math.sqrt(n))
        return torch.stack(basis)


def symmetric_exp(matrices: Tensor) -> Tensor:
    r"""The exponential of the symmetric part of matrices.

    For :math:`n = 2`, with mean :math:`t` and deviator :math:`\mathbf{D} = \mathbf{Y} - t
    \mathbf{I}` of eigenvalues :math:`\pm \delta`,

    .. math::
        \exp(\mathbf{Y}) = e^t \left( \cosh \delta \, \mathbf{I}
        + \frac{\sinh \delta}{\delta} \, \mathbf{D} \right) .

    Args:
        matrices (torch.Tensor): :math:`(*, n, n)`

    Returns:
        torch.Tensor: Symmetric positive definite matrices :math:`(*, n, n)`.

    Examples:
        >>> symmetric_exp(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        tensor([[1.5431, 1.1752],
                [1.1752, 1.5431]])
    """
    if matrices.size(-1) != 2:
        return torch.linalg.matrix_exp(symmetric_part(matrices))
    first, second = matrices[..., 0, 0], matrices[..., 1, 1]
    half = (first - second) / 2
    off = (matrices[..., 0, 1] + matrices[..., 1, 0]) / 2
    square = half.square() + off.square()
    slope = sinhc(square)
    cosh = (1 + square * slope.square()).sqrt()
    scale = ((first + second) / 2).exp()
    return _matrix2(cosh + slope * half, slope * off, slope * off, cosh - slope * half, scale)


def symmetric_log(matrices: Tensor) -> Tensor:
    r"""The logarithm of symmetric positive definite matrices, the inverse of
    :func:`symmetric_exp`.

    Args:
        matrices (torch.Tensor): :math:`(*, n, n)`; only their symmetric parts are used.

    Returns:
        torch.Tensor: Symmetric matrices :math:`(*, n, n)`.
    """
    return polar_decomposition(symmetric_part(matrices))[0]


def polar_decomposition(matrices: Tensor) -> tuple[Tensor, Tensor]:
    r"""The symmetric matrix and the rotation with

    .. math::
        \mathbf{A} = \exp(\mathbf{Y}) \, \mathbf{R}, \qquad
        \mathbf{Y} = \tfrac12 \log (\mathbf{A} \mathbf{A}^{\top}) .

    It never forms :math:`\mathbf{A} \mathbf{A}^{\top}`, which would square the condition number:
    for :math:`n = 2`, :math:`\mathbf{R}` is proportional to :math:`\mathbf{A}` plus its matrix of
    cofactors; for other :math:`n`, both come from the singular value decomposition. Derivatives
    of any order exist, at equal singular values, too.

    Args:
        matrices (torch.Tensor): Matrices of positive determinant :math:`(*, n, n)`. This is not
            checked.

    Returns:
        (torch.Tensor, torch.Tensor): :math:`\mathbf{Y}` and :math:`\mathbf{R}` of the same shape.

    Examples:
        >>> y, r = polar_decomposition(torch.tensor([[0.0, -2.0], [2.0, 0.0]]))
        >>> y
        tensor([[0.6931, 0.0000],
                [0.0000, 0.6931]])
        >>> r
        tensor([[ 0., -1.],
                [ 1.,  0.]])
    """
    if matrices.size(-1) != 2:
        return _Polar.apply(matrices)
    (a, b), (c, d) = (row.unbind(-1) for row in matrices.unbind(-2))
    cos, sin = a + d, c - b
    norm = (cos.square() + sin.square()).sqrt()  # The sum of the singular values.
    rotation = _matrix2(cos, -sin, sin, cos, 1 / norm)
    det = a * d - b * c
    # The deviator of exp(Y), over the root of the determinant: of eigenvalues +-sinh(delta).
    scale = 1 / (norm * det.sqrt())
    half = ((a - d) * (a + d) + (b - c) * (b + c)) / 2 * scale
    off = (a * c + b * d) * scale
    slope = asinhc(half.square() + off.square())
    mean, half, off = det.log() / 2, half * slope, off * slope
    return _matrix2(mean + half, off, off, mean - half), rotation


def exp_differential(matrices: Tensor) -> Tensor:
    r"""The derivative of the matrix exponential as a symmetric matrix on flattened matrices.

    Args:
        matrices (torch.Tensor): Symmetric matrices :math:`(*, n, n)`.

    Returns:
        torch.Tensor: :math:`(*, n^2, n^2)`
    """
    n = matrices.size(-1)
    eye = torch.eye(n * n, dtype=matrices.dtype, device=matrices.device)
    change = eye.view(n * n, n, n).expand(*matrices.shape[:-2], n * n, n, n)
    same = matrices.unsqueeze(-3).expand_as(change)
    above = torch.cat([same, change], dim=-1)
    below = torch.cat([torch.zeros_like(same), same], dim=-1)
    blocks = torch.linalg.matrix_exp(torch.cat([above, below], dim=-2))
    return blocks[..., :n, n:].flatten(-2)


class _Polar(torch.autograd.Function):
    """The polar decomposition. Its derivative is made of functions that have derivatives of any
    order, where that of singular vectors would divide by differences of singular values.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(matrices: Tensor) -> tuple[Tensor, Tensor]:
        u, s, vh = torch.linalg.svd(matrices)
        y = matrix_product(u * s.log().unsqueeze(-2), u.mT)
        return symmetric_part(y), matrix_product(u, vh)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(*output)

    @staticmethod
    def backward(ctx: Any, grad_y: Tensor, grad_r: Tensor) -> Tensor:
        r"""With :math:`d\mathbf{R} = \Omega \mathbf{R}`, :math:`\mathbf{P} = \exp \mathbf{Y}` and
        :math:`N = d\mathbf{A} \, \mathbf{R}^{\top}`, the equations :math:`\mathbf{P} \Omega +
        \Omega \mathbf{P} = N - N^{\top}` and :math:`d\mathbf{P} = N - \mathbf{P} \Omega` hold.
        """
        y, r = ctx.saved_tensors
        p = torch.linalg.matrix_exp(y)
        grad_p = _solve(exp_differential(y), symmetric_part(grad_y))
        omega = grad_r @ r.mT - p @ grad_p
        eye = torch.eye(y.size(-1), dtype=y.dtype, device=y.device)
        left = torch.einsum("...ik,jl->...ijkl", p, eye)
        right = torch.einsum("ik,...lj->...ijkl", eye, p)
        lyapunov = (left + right).flatten(-4, -3).flatten(-2)
        return (grad_p + _solve(lyapunov, omega - omega.mT)) @ r


def _solve(operator: Tensor, matrices: Tensor) -> Tensor:
    """Applies the inverse of an operator on flattened matrices."""
    n = matrices.size(-1)
    return torch.linalg.solve(operator, matrices.flatten(-2)).unflatten(-1, (n, n))


def _matrix2(a: Tensor, b: Tensor, c: Tensor, d: Tensor, scale: Tensor | None = None) -> Tensor:
    out = torch.stack([a, b, c, d], dim=-1)
    if scale is not None:
        out = out * scale.unsqueeze(-1)
    return out.unflatten(-1, (2, 2))
