r"""Matrices of low rank as two factors, never multiplied out.

A matrix is :math:`b^\top a = \sum_j b_j a_j^\top` with rows :math:`a_j` of ``a`` ``[M, d_in]`` and
:math:`b_j` of ``b`` ``[M, d_out]``. Thin QR decompositions of both factors reduce every question to
an :math:`M \times M` core, in :math:`O(d M^2)`.
"""

import torch
from torch import Tensor

Factors = tuple[Tensor, Tensor]


def inner(x: Factors, y: Factors) -> float:
    r"""The Frobenius inner product :math:`\langle X, Y \rangle` of two matrices in factors."""
    return float(((x[0] @ y[0].T) * (x[1] @ y[1].T)).sum())


def norm(x: Factors) -> float:
    """The Frobenius norm of a matrix in factors."""
    return float((_upper(x[1]) @ _upper(x[0]).T).norm())


def distance(x: Factors, y: Factors) -> float:
    """The Frobenius norm of the difference of two matrices in factors, without cancellation."""
    return norm((torch.cat([x[0], y[0]]), torch.cat([x[1], -y[1]])))


def singular_values(x: Factors) -> Tensor:
    """The singular values of a matrix in factors, at most M of them, largest first."""
    return torch.linalg.svdvals(_upper(x[1]) @ _upper(x[0]).T)


def truncated(x: Factors, rank: int) -> Factors:
    r"""The best approximation of a rank in Frobenius norm, the truncated singular value
    decomposition.

    Both factors share the singular values, :math:`a = \sqrt{S} V^\top` and :math:`b = \sqrt{S}
    U^\top`. A rank beyond the size of the matrix gives rows of zeros.

    Args:
        x (tuple): Factors ``[M, d_in]`` and ``[M, d_out]``.
        rank (int): The rank k.

    Returns:
        tuple: Factors ``[k, d_in]`` and ``[k, d_out]``.

    Examples:
        >>> x = torch.eye(3), torch.diag(torch.tensor([3.0, 2.0, 1.0]))
        >>> a, b = truncated(x, rank=2)
        >>> (b.T @ a).round()
        tensor([[3., 0., 0.],
                [0., 2., 0.],
                [0., 0., 0.]])
    """
    q_a, r_a = torch.linalg.qr(x[0].T)
    q_b, r_b = torch.linalg.qr(x[1].T)
    u, s, v = torch.linalg.svd(r_b @ r_a.T, full_matrices=False)
    root = s[:rank].sqrt().unsqueeze(1)
    return _padded(root * (q_a @ v[:rank].T).T, rank), _padded(root * (q_b @ u[:, :rank]).T, rank)


def balanced(x: Factors) -> Factors:
    r"""The same matrices :math:`b_j a_j^\top` with :math:`\|a_j\| = \|b_j\|`."""
    size_a, size_b = x[0].norm(dim=1, keepdim=True), x[1].norm(dim=1, keepdim=True)
    size = (size_a * size_b).sqrt()
    return _divided(x[0], size_a) * size, _divided(x[1], size_b) * size


def _divided(x: Tensor, size: Tensor) -> Tensor:
    return x / size.where(size > 0, 1)


def _padded(x: Tensor, rank: int) -> Tensor:
    return torch.cat([x, x.new_zeros(rank - x.size(0), x.size(1))])


def _upper(x: Tensor) -> Tensor:
    """The triangular factor of the transpose. ``[min(M, d), M]``"""
    return torch.linalg.qr(x.T, mode="r")[1]
