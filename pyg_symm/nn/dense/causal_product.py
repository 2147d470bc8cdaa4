"""The product of pair features, as matrices, within what the later node of a pair sees."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .layout import BlockLayout, PrefixLayout
from .masked_norm import masked_norm
from .mlp import mlp


class PairFactors(NamedTuple):
    """Left and right factors of finished pairs, each :math:`(B, C, N, N)`."""

    left: Tensor
    right: Tensor


class CausalProduct(nn.Module):
    r"""Multiplies features of pairs as matrices, channel by channel.

    With normalised features :math:`e'`, and :math:`M_{pk}` saying that :math:`p` sees :math:`k`,

    .. math::
        u &= \mathrm{MLP}([e', {e'}^\top]), \quad v = \mathrm{MLP}(e'), \\
        P_{pq} &= c_{pq}^{-1/2} \sum_k (M_{pk} \lor M_{qk})\, u_{pk}\, v_{kq}, \quad
        e \gets e + W P, \quad e \gets e + \mathrm{MLP}(e'),

    where :math:`c_{pq}` counts the terms of the sum, so that features do not grow with the graph.
    Since seeing is transitive, the sum runs over what the later node of the pair sees: a finished
    pair does not depend on later blocks. From `"PARD" <https://arxiv.org/abs/2402.03687>`_, after
    `"Provably Powerful Graph Networks" <https://arxiv.org/abs/1905.11136>`_.

    Args:
        channels (int): Channels :math:`C` of pairs.
        norm (str, optional): See :func:`~pyg_symm.nn.dense.masked_norm`. (default: ``"layer"``)
        norm_residual (str, optional): See :class:`~pyg_symm.nn.dense.EdgeAttention`.
            (default: ``"raw"``)
        scale (bool, optional): Whether to divide by :math:`\sqrt{c}`, which the published model
            does not. (default: :obj:`True`)
    """

    def __init__(
        self,
        channels: int,
        norm: str = "layer",
        norm_residual: str = "raw",
        scale: bool = True,
    ) -> None:
        super().__init__()
        self.norm_residual = norm_residual
        self.scale = scale
        self.norm = masked_norm(norm, channels)
        self.mlp_norm = masked_norm(norm, channels)
        self.mlp_left = mlp(2 * channels, channels, channels)
        self.mlp_right = mlp(channels, channels, channels)
        self.lin_out = nn.Linear(channels, channels)
        self.mlp = mlp(channels, 2 * channels, channels)

    def forward(self, e: Tensor, layout: BlockLayout) -> Tensor:
        r"""Updates all pairs of graphs.

        Args:
            e (torch.Tensor): Features of pairs :math:`(B, P, N, N, C)`.
            layout (BlockLayout): Who sees whom.
        """
        normed = self.norm(e, layout.pair)
        left, right = self._factors(normed, normed.transpose(2, 3), layout.pair)
        left, right = left.movedim(-1, 2), right.movedim(-1, 2)  # (B, P, C, N, N)
        seen, same, earlier = layout.seen, layout.same, layout.earlier

        u, v = left[:, 0], right[:, 0]
        low = torch.where(seen, u, 0) @ v
        product = [torch.where(seen, low, u @ torch.where(seen.mT, v, 0))]
        if e.size(1) == 2:
            # Pairs of finished nodes are in plane 0, and in plane 1 those with a noisy one.
            s, t = left[:, 1], right[:, 1]
            s_same, s_earlier = torch.where(same, s, 0), torch.where(earlier, s, 0)
            within = s_same @ t
            low = torch.where(same, s_earlier @ t, s_earlier @ v) + within
            high = u @ torch.where(earlier.mT, t, 0) + s @ torch.where(same, t, 0)
            product.append(torch.where(seen, low, high))
        return self._update(e, normed, torch.stack(product, 1).movedim(2, -1), layout)

    def step(
        self, e: Tensor, layout: PrefixLayout, prefix: PairFactors
    ) -> tuple[Tensor, PairFactors]:
        r"""Updates the pairs of one block behind a finished prefix.

        Args:
            e (torch.Tensor): Features of pairs of the block :math:`(B, b, 2, M, C)`.
            layout (PrefixLayout): Which nodes are there.
            prefix (PairFactors): Factors of the prefix in this layer.

        Returns:
            tuple: Features of pairs, and the block's own factors :math:`(B, C, b, 2, M)`.
        """
        normed = self.norm(e, layout.pair)
        left, right = self._factors(normed, normed.flip(2), layout.pair)
        left, right = left.movedim(-1, 1), right.movedim(-1, 1)  # (B, C, b, 2, M)
        size = layout.prefix.size(1)
        u_out, u_in, u = left[..., 0, :size], left[..., 1, :size], left[..., 0, size:]
        v_out, v_in, v = right[..., 0, :size], right[..., 1, :size], right[..., 0, size:]

        out = u_out @ prefix.right + u @ v_out  # From the block to the prefix,
        within = u_out @ v_in.mT + u @ v  # within the block,
        back = v_in @ prefix.left.mT + v.mT @ u_in  # and from the prefix, by its node.
        product = torch.stack(
            [torch.cat([out, within], -1), torch.cat([back, within.mT], -1)], dim=3
        )
        e = self._update(e, normed, product.movedim(1, -1), layout)
        return e, PairFactors(left, right)

    def _factors(self, e: Tensor, flipped: Tensor, pair: Tensor) -> tuple[Tensor, Tensor]:
        absent = ~pair.unsqueeze(-1)
        left = self.mlp_left(torch.cat([e, flipped], dim=-1)).masked_fill(absent, 0)
        return left, self.mlp_right(e).masked_fill(absent, 0)

    def _update(
        self, e: Tensor, normed: Tensor, product: Tensor, layout: BlockLayout | PrefixLayout
    ) -> Tensor:
        if self.scale:
            product = product * layout.visible(product.dtype).rsqrt().unsqueeze(-1)
        e = (normed if self.norm_residual == "normed" else e) + self.lin_out(product)
        normed = self.mlp_norm(e, layout.pair)
        return (normed if self.norm_residual == "normed" else e) + self.mlp(normed)
