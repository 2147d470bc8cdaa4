"""The common parts of the heads of PARD's networks."""

import torch
from torch import Tensor, nn

from pyg_symm.nn.dense import BlockLayout

from .pair_pooling import PoolPairs
from .trunk import Features


class NodePooling(nn.Module):
    r"""Combines the features of a node and of its pairs.

    .. math::
        y_p = g\big( W [\, e_{pp} \,\Vert\, \mathrm{mean}_{k: M_{pk}}\, (e_{pk} + e_{kp})/2
            \,\Vert\, x_p \,] \big)

    Args:
        channels (int): Channels :math:`D` of nodes.
        edge_channels (int): Channels :math:`C` of pairs.
    """

    def __init__(self, channels: int, edge_channels: int) -> None:
        super().__init__()
        self.lin = nn.Linear(2 * edge_channels + channels, channels)

    def forward(self, features: Features) -> Tensor:
        """Of all nodes, shaped as those of the features."""
        return self.read(features)[0]

    def read(self, features: Features) -> tuple[Tensor, Tensor]:
        """Of all nodes, with the pairs of the last plane, or all pairs behind a prefix."""
        x, e, layout = features
        seen = layout.seen.to(e.dtype)
        if isinstance(layout, BlockLayout):
            diagonal, total, e = PoolPairs.apply(e, seen)
        else:
            *_, own = layout.split(e)
            diagonal = own.diagonal(dim1=1, dim2=2).mT
            total = torch.einsum("bnk,bnkc->bnc", seen, layout.fold(e))
        mean = total / (2 * layout.num_seen)
        return nn.functional.silu(self.lin(torch.cat([diagonal, mean, x], dim=-1))), e


class MonotoneGate(nn.Module):
    r"""An increasing function from :math:`[0, 1]` to :math:`[0, 1]`: a perceptron with non-negative
    weights.

    Noisier inputs get less weight.
    """

    def __init__(self, hidden: int = 128) -> None:
        super().__init__()
        self.up = nn.Linear(1, hidden)
        self.down = nn.Linear(hidden, 1)

    def forward(self, value: Tensor) -> Tensor:
        value = value.to(self.up.weight.dtype).unsqueeze(-1)
        # Softplus for the non-linearity: SiLU falls below zero, and with it the sum could too.
        hidden = nn.functional.softplus(
            nn.functional.linear(value, self.up.weight.abs(), self.up.bias)
        )
        out = nn.functional.linear(hidden, self.down.weight.abs(), self.down.bias)
        return out.sigmoid().squeeze(-1)
