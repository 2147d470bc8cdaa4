"""Transposed copies whose gradients are transposed copies, too."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from pyg_symm.utils.plain import needs_plain_functions


def turned(x: Tensor) -> Tensor:
    r"""A contiguous copy of :math:`\mathbf{X}^{\top}`.

    The gradient of ``x.t().contiguous()`` is not contiguous, and products of matrices with it are
    slow. That of this copy is.

    Args:
        x (torch.Tensor): A matrix :math:`(M, N)`.

    Returns:
        torch.Tensor: Its transpose :math:`(N, M)`.

    Examples:
        >>> turned(torch.tensor([[1, 2, 3], [4, 5, 6]]))
        tensor([[1, 4],
                [2, 5],
                [3, 6]])
    """
    return x.t().contiguous() if needs_plain_functions() else _Turn.apply(x)


class _Turn(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.t().clone(memory_format=torch.contiguous_format)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        return _Turn.apply(grad)
