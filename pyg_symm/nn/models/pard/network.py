"""Networks that process graphs block by block."""

from typing import NamedTuple

from torch import Tensor, nn

from pyg_symm.nn.dense import LayerCache

from .init import init_parameters
from .prefix import Block, Prefix
from .trunk import BlockTrunk, Features


class Grown(NamedTuple):
    """A finished block: its features, and what the layers and the head keep of it."""

    features: Features
    layers: list[LayerCache]
    ends: Tensor


class BlockNetwork(nn.Module):
    """A trunk and a head that process graphs block by block."""

    trunk: BlockTrunk
    head: nn.Module
    end_channels = 0  # Channels that the head keeps of finished nodes.

    def reset_parameters(self) -> None:
        """Resets all learnable parameters."""
        self.trunk.reset_parameters()
        init_parameters(self.head, self.trunk.layers.gain)

    def start(self, batch_size: int, size: int) -> Prefix:
        """Empty graphs with room for ``size`` nodes."""
        return self.trunk.prefix(batch_size, size, self.end_channels)

    def append(self, prefix: Prefix, block: Block) -> Grown:
        """Computes a finished block, for :meth:`Prefix.append` to write behind a prefix."""
        features, layers = self.trunk.step(prefix, block)
        return Grown(features, layers, self.ends(features))

    def ends(self, features: Features) -> Tensor:
        """What the head keeps of finished nodes."""
        return features.node[..., :0]
