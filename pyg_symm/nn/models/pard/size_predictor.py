"""PARD's block predictor: how large the next block is, and of which degree."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.dense import cast_once, mlp

from .network import BlockNetwork
from .readout import NodePooling
from .trunk import BlockTrunk, Features


class BlockLogits(NamedTuple):
    """Logits of the size of the next block and of its degree, for each block."""

    size: Tensor
    degree: Tensor


class SizeHead(nn.Module):
    r"""Logits of the next block's size and degree from features of finished nodes.

    Args:
        max_size (int): The most nodes of a block.
        max_degree (int): The highest degree of a block.
        channels (int): Channels of nodes.
        edge_channels (int): Channels of pairs.
    """

    def __init__(self, max_size: int, max_degree: int, channels: int, edge_channels: int) -> None:
        super().__init__()
        self.max_size = max_size
        self.max_degree = max_degree
        self.pooling = NodePooling(channels, edge_channels)
        self.norm = nn.LayerNorm(channels)
        self.size_mlp = mlp(channels, channels, max_size + 1)
        self.size_emb = nn.Embedding(max_size + 1, channels)
        self.degree_mlp = mlp(channels, channels, max_degree + 1)
        self.first_degree_mlp = mlp(channels, channels, max_degree + 1)

    @cast_once
    def forward(self, features: Features, graphs: BlockGraphs) -> BlockLogits:
        """Logits of what follows each block :math:`(B, M, \\cdot)`; of degrees, given the sizes."""
        node, edge, layout = features
        pooled = self.pooling(Features(node[:, :1], edge[:, :1], layout))[:, 0]
        blocks = torch.arange(graphs.block_size.size(1), device=pooled.device).view(1, -1, 1)
        block_id = graphs.block_id.unsqueeze(1)
        upto = ((block_id <= blocks) & (block_id >= 0)).to(pooled.dtype)
        state = upto @ pooled
        following = F.pad(graphs.block_size[:, 1:], (0, 1)).clamp_max(self.max_size)
        normed = self.norm(state)
        degree = self.degree_mlp(normed + self.size_emb(following))
        return BlockLogits(self.size_mlp(normed), degree)

    def size(self, state: Tensor) -> Tensor:
        """Logits of the next size, 0 for the end."""
        return self.size_mlp(self.norm(state))

    def degree(self, state: Tensor, size: Tensor) -> Tensor:
        """Logits of the next degree, given the next size."""
        return self.degree_mlp(self.norm(state) + self.size_emb(size))

    def first_degree(self, size: Tensor) -> Tensor:
        """Logits of the degree of a first block of some size."""
        return self.first_degree_mlp(self.size_emb(size.clamp_max(self.max_size)))


class BlockSizePredictor(BlockNetwork):
    r"""Predicts the size and the degree of the next block from the finished ones.

    The state after block :math:`i` is the sum of pooled nodes up to it; a size of 0 ends the graph.
    From `"PARD" <https://arxiv.org/abs/2402.03687>`_. As with
    :class:`~pyg_symm.nn.models.BlockDenoiser`, :meth:`forward` covers all blocks of graphs and
    :meth:`append` one more.

    Args:
        num_node_classes (int): Classes of nodes.
        num_edge_classes (int): Classes of pairs, "no edge" included.
        max_size (int): The most nodes of a block.
        max_degree (int, optional): The highest degree of a block. (default: :obj:`6`)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.nn.models.BlockTrunk`.

    Shapes:
        - **input:** graphs with up to :math:`M` blocks
        - **output:** logits :math:`(B, M, \text{max\_size} + 1)` and
          :math:`(B, M, \text{max\_degree} + 1)`

    Examples:
        >>> from torch_geometric.data import Data
        >>> data = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> predictor = BlockSizePredictor(
        ...     4, 2, max_size=5, max_degree=3, hidden_channels=16, edge_channels=8, num_layers=2
        ... )
        >>> logits = predictor(BlockGraphs.from_data([data]))
        >>> logits.size.shape, logits.degree.shape
        (torch.Size([1, 2, 6]), torch.Size([1, 2, 4]))
    """

    head: SizeHead

    def __init__(
        self,
        num_node_classes: int,
        num_edge_classes: int,
        max_size: int,
        max_degree: int = 6,
        **kwargs,
    ) -> None:
        super().__init__()
        self.trunk = BlockTrunk(num_node_classes, num_edge_classes, timed=False, **kwargs)
        self.head = SizeHead(
            max_size, max_degree, self.trunk.hidden_channels, self.trunk.edge_channels
        )
        self.reset_parameters()

    def forward(self, graphs: BlockGraphs) -> BlockLogits:
        """Logits of what follows each block of graphs."""
        return self.head(self.trunk(graphs), graphs)

    def __repr__(self) -> str:
        trunk = self.trunk
        return (
            f"{self.__class__.__name__}({trunk.num_node_classes}, {trunk.num_edge_classes}, "
            f"max_size={self.head.max_size}, max_degree={self.head.max_degree}, "
            f"hidden_channels={trunk.hidden_channels}, edge_channels={trunk.edge_channels}, "
            f"num_layers={trunk.layers.num_layers})"
        )
