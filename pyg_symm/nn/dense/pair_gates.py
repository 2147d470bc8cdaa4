"""The gates that attention puts in front of pairs, and their backward pass."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .attention_masks import AttentionMasks
from .constant_unit import with_constant
from .writing import silu_backward, write, written


class PairGates(NamedTuple):
    r"""What messages of pairs are made of, :math:`z = g(E_k e + g(h) \odot E_q e + h)` with
    :math:`h_{pk} = q_p + k_k`.

    Attributes:
        before: What enters the outer SiLU, with constant units :math:`(B, P, N, N, C + 8)`.
        scale: :math:`E_q e`,
        h: sums of both terms, and
        gate: their SiLU, all :math:`(B, P, N, N, C)`.
    """

    before: Tensor
    scale: Tensor
    h: Tensor
    gate: Tensor

    @classmethod
    def of(cls, inner: Tensor, terms: Tensor, mask: AttentionMasks) -> "PairGates":
        """From :math:`[E_q, E_k] e` :math:`(B, P, N, N, 2C)` and :math:`[q, k]`
        :math:`(B, P, N, 2C)`.
        """
        scale, key = inner.chunk(2, dim=-1)
        h = sum_ends(terms, mask)
        gate = F.silu(h)
        return cls(with_constant(h, torch.addcmul, key + h, gate, scale), scale, h, gate)

    @classmethod
    def again(cls, inner: Tensor, terms: Tensor, mask: AttentionMasks) -> "PairGates":
        """The same, computed again in the backward pass of compiled code.

        A leading dimension keeps these expressions apart from those of the forward pass. Otherwise
        the compiler would take both for one, and keep the results, which moves more bytes.
        """
        return cls(*(part[0] for part in cls.of(inner.unsqueeze(0), terms.unsqueeze(0), mask)))

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Gradients of :math:`[E_q, E_k] e` and of :math:`h`, given that of :math:`z`."""
        to_inner = grad.new_empty(*grad.shape[:-1], 2 * grad.size(-1))
        to_scale, to_key = to_inner.chunk(2, dim=-1)
        to_key = write(to_key, silu_backward, grad, self.before[..., : grad.size(-1)])
        to_scale = write(to_scale, torch.mul, to_key, self.gate)
        to_h = torch.addcmul(to_key, to_key, silu_backward(self.scale, self.h))
        return written(to_inner, -1, to_scale, to_key), to_h


def sum_ends(terms: Tensor, mask: AttentionMasks) -> Tensor:
    """Sums of a term of the first and of the second node, of all pairs."""
    *lead, n, c = terms.shape
    table, pairs = terms.reshape(-1, c // 2), (*lead, n, n, c // 2)
    if torch.compiler.is_compiling():  # Compiled code merges this with what follows.
        first, second = mask.ends.view(*lead, n, n, 2).unbind(-1)
        return table[first] + table[second]
    return torch.embedding_bag(table, mask.ends, mask.offsets)[0].view(pairs)


def sum_ends_backward(
    to_query: Tensor, to_key: Tensor, grad: Tensor, mask: AttentionMasks
) -> tuple[Tensor, Tensor]:
    """Gradients of both terms of nodes, written into tensors."""
    b, p, n, _, c = grad.shape
    by_plane = torch.bmm(mask.rows.mT, grad.view(-1, n, c)).view(b, p, n, p, c)
    to_query = write(to_query.transpose(1, 2), torch.sum, by_plane, 1).transpose(1, 2)
    if p == 1:
        return to_query, write(to_key, torch.sum, grad, 2)
    to_key = write(to_key, torch.sum, grad[:, 1:] * mask.cols, 2)
    to_key[:, 0].add_(grad[:, 0].sum(1))
    return to_query, to_key
