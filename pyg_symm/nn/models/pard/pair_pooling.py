"""What nodes read of their pairs, with a backward pass of few passes over pairs."""

from typing import Any

import torch
from torch import Tensor


class PoolPairs(torch.autograd.Function):
    r"""Pairs of nodes with themselves, and sums over the pairs with nodes that they see.

    .. math::
        d_p = e_{pp}, \quad t_p = \sum_{k: M_{pk}} (e_{pk} + e_{kp})

    Pairs of the last plane are returned too: where they are read from there, one tensor gathers
    all gradients of pairs.

    Shapes:
        - **input:** pairs :math:`(B, P, N, N, C)`, masks :math:`M` as numbers
          :math:`(B, 1, N, N)`
        - **output:** :math:`d` and :math:`t` :math:`(B, P, N, C)`, last plane :math:`(B, N, N, C)`
    """

    @staticmethod
    def forward(ctx: Any, e: Tensor, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        ctx.save_for_backward(seen)
        ctx.shape = e.shape
        ctx.set_materialize_grads(False)
        # Two sums as products of matrices: a symmetric copy of all pairs is not needed.
        every = seen.expand(-1, e.size(1), -1, -1)
        total = torch.einsum("bpnk,bpnkc->bpnc", every, e)
        total = total + torch.einsum("bpnk,bpknc->bpnc", every, e)
        return _diagonal(e).clone(), total, e[:, -1]

    @staticmethod
    def backward(
        ctx: Any, to_diagonal: Tensor | None, to_total: Tensor | None, to_last: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        (seen,) = ctx.saved_tensors
        seen = seen.unsqueeze(-1)
        if to_total is None:
            to_e = seen.new_zeros(ctx.shape)
        else:
            to_e = to_total.unsqueeze(3) * seen
            to_e.addcmul_(to_total.unsqueeze(2), seen.transpose(2, 3))
        if to_diagonal is not None:
            _diagonal(to_e).add_(to_diagonal)
        if to_last is not None:
            to_e[:, -1].add_(to_last)
        return to_e, None


def _diagonal(e: Tensor) -> Tensor:
    return e.diagonal(dim1=2, dim2=3).mT
