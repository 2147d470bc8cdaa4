"""The product of pair features, as matrices, within what the later node of a pair sees."""

from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .block_product import BlockProduct, ProductMasks
from .layout import BlockLayout, PrefixLayout
from .masked_norm import masked_norm
from .mlp import mlp
from .pair_factors import FactorPairs
from .precision import cast_once
from .residual import add_perceptron, stream


class PairFactors(NamedTuple):
    """Left and right factors of pairs; those of a prefix are each :math:`(B, C, N, N)`.

    The right ones of a prefix are kept transposed: sums over its nodes then run along memory, which
    is up to four times as fast for matrices as small as these.
    """

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

    @cast_once
    def forward(self, e: Tensor, layout: BlockLayout, masks: ProductMasks | None = None) -> Tensor:
        r"""Updates all pairs of graphs.

        Args:
            e (torch.Tensor): Features of pairs :math:`(B, P, N, N, C)`.
            layout (BlockLayout): Who sees whom.
            masks (ProductMasks, optional): Of that layout, which layers can share.
                (default: :obj:`None`)
        """
        e = e.to(self.lin_out.weight.dtype)
        normed = self.norm(e, layout.pair)
        if masks is None:
            masks = ProductMasks.of(layout, e.dtype, self.scale)
        layers = [factor[i] for i in (0, 2) for factor in (self.mlp_left, self.mlp_right)]
        weights = [part for layer in layers for part in (layer.weight, layer.bias)]
        u, v = FactorPairs.apply(normed, *weights)
        base = stream(e, normed, self.norm_residual)
        e = BlockProduct.apply(base, u, v, self.lin_out.weight, self.lin_out.bias, *masks)
        return self._perceptron(e, layout.pair)

    def step(
        self, e: Tensor, layout: PrefixLayout, prefix: PairFactors
    ) -> tuple[Tensor, PairFactors]:
        r"""Updates the pairs of one block behind a finished prefix.

        Args:
            e (torch.Tensor): Features of pairs of the block :math:`(B, b, 2N + b, C)`.
            layout (PrefixLayout): Which nodes are there.
            prefix (PairFactors): Factors of the prefix in this layer.

        Returns:
            tuple: Features of pairs, and the block's own factors :math:`(B, C, b, 2N + b)`.
        """
        normed = self.norm(e, layout.pair)
        there = layout.pair.unsqueeze(1)
        left, right = (part * there for part in self._factors(*self._hidden(normed, layout)))
        # Each channel of each graph is a small matrix of its own.
        u_in, u_out, u = layout.split(left.flatten(0, 1))
        v_in, v_out, v = layout.split(right.flatten(0, 1))
        finished_u, finished_v = prefix.left.flatten(0, 1), prefix.right.flatten(0, 1).mT
        product = torch.cat(
            [
                torch.baddbmm(v_in @ finished_u.mT, v.mT, u_in),  # From the prefix to the block,
                torch.baddbmm(u_out @ finished_v, u, v_out),  # from the block to the prefix,
                torch.baddbmm(u_out @ v_in.mT, u, v),  # and within the block.
            ],
            dim=-1,
        ).view_as(left)
        if self.scale:
            product = product * layout.num_seen.to(e.dtype).rsqrt().unsqueeze(-1)
        e = stream(e, normed, self.norm_residual) + self._channels_last(product)
        return self._perceptron(e, layout.pair), PairFactors(left, right)

    def _hidden(self, e: Tensor, layout: PrefixLayout) -> tuple[Tensor, Tensor]:
        """The hidden layers of both factors; that of the left one reads both directions."""
        left, right = cast(nn.Linear, self.mlp_left[0]), self.mlp_right[0]
        there, back = left.weight.chunk(2, dim=1)
        both = F.linear(e, there, left.bias) + layout.flip(F.linear(e, back))
        return F.silu(both), F.silu(right(e))

    def _factors(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """Factors from their hidden layers :math:`(B, \\dots, C)`, with channels before pairs."""
        last_left, last_right = self.mlp_left[2], self.mlp_right[2]
        return _channels_first(left, last_left), _channels_first(right, last_right)

    def _channels_last(self, product: Tensor) -> Tensor:
        """The linear map behind a product, which moves the channels back."""
        weight = self.lin_out.weight.mT.expand(product.size(0), -1, -1)
        out = torch.baddbmm(self.lin_out.bias, product.flatten(2).mT, weight)
        return out.unflatten(1, product.shape[2:])

    def _perceptron(self, e: Tensor, pair: Tensor) -> Tensor:
        normed = self.mlp_norm(e, pair)
        return add_perceptron(stream(e, normed, self.norm_residual), normed, self.mlp)


def _channels_first(x: Tensor, lin: nn.Module) -> Tensor:
    """A linear map that moves the channels: products need no copies then."""
    lin = cast(nn.Linear, lin)
    weight = lin.weight.expand(x.size(0), -1, -1)
    out = torch.baddbmm(lin.bias.unsqueeze(-1), weight, x.flatten(1, -2).mT)
    return out.unflatten(2, x.shape[1:-1])
