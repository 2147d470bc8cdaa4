"""PARD's denoiser: from noisy blocks to distributions of clean ones."""

import torch
from torch import Tensor, nn

from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.dense import BlockLayout, PrefixLayout, cast_once, mlp

from .network import BlockNetwork
from .pair_mixture import MixPairs
from .prefix import Block, Prefix
from .readout import MonotoneGate, NodePooling
from .trunk import BlockTrunk, Features


class DenoisingHead(nn.Module):
    r"""Logits of the clean classes of nodes and pairs, from features of noisy ones.

    With pooled nodes :math:`y`, features of pairs :math:`e` and SiLU :math:`g`,

    .. math::
        s_{pk} = A y_k + B y_p, \quad t_{pk} = W e_{pk}, \quad
        o_{pk} = g(s + t + g(W_1 s) \odot g(W_2 t))_{pk}, \quad o_{pk} + o_{kp} \to \text{logits}.

    The noisy classes are added to the logits; noisier inputs get less weight.

    Args:
        num_node_classes (int): Classes of nodes.
        num_edge_classes (int): Classes of pairs.
        channels (int): Channels of nodes.
        edge_channels (int): Channels of pairs.
    """

    def __init__(
        self, num_node_classes: int, num_edge_classes: int, channels: int, edge_channels: int
    ) -> None:
        super().__init__()
        wide = 2 * edge_channels
        self.num_node_classes = num_node_classes
        self.num_edge_classes = num_edge_classes
        self.pooling = NodePooling(channels, edge_channels)
        self.lin_ends = nn.Linear(channels, 2 * wide)
        self.lin_pair = nn.Linear(edge_channels, wide)
        self.lin_first = nn.Linear(wide, wide)
        self.lin_second = nn.Linear(wide, wide)
        self.node_mlp = nn.Sequential(
            nn.LayerNorm(channels), *mlp(channels, channels, num_node_classes)
        )
        self.edge_mlp = nn.Sequential(
            nn.LayerNorm(wide), *mlp(wide, edge_channels, num_edge_classes)
        )
        self.node_gate = MonotoneGate()
        self.edge_gate = MonotoneGate()

    @cast_once
    def forward(
        self, features: Features, noisy: tuple[Tensor, Tensor], time: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits of all nodes :math:`(B, N, F)` and pairs :math:`(B, N, N, C)` of graphs."""
        pooled, pairs = self.pooling.read(features)
        col, row = self.lin_ends(pooled).chunk(2, dim=-1)
        assert isinstance(features.layout, BlockLayout)
        ends = features.layout.outer_noisy(row, col)
        out = self._mix(ends, pairs)
        return self._logits(pooled[:, 1], out + out.transpose(1, 2), noisy, time)

    def step(
        self, features: Features, prefix: Tensor, noisy: tuple[Tensor, Tensor], time: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits of one block :math:`(B, b, F)` and its pairs :math:`(B, b, N + b, C)`, given the
        :meth:`ends` of a prefix.
        """
        pooled = self.pooling(features)
        col, row = self.lin_ends(pooled).chunk(2, dim=-1)
        prefix_col, prefix_row = prefix.chunk(2, dim=-1)
        assert isinstance(features.layout, PrefixLayout)
        ends = features.layout.outer(row, col, prefix_row, prefix_col)
        out = self._mix(ends, features.edge)
        return self._logits(pooled, features.layout.fold(out), noisy, time)

    def ends(self, features: Features) -> Tensor:
        """What pairs take from nodes, as the second and as the first of a pair."""
        return self.lin_ends(self.pooling(features))

    def _mix(self, ends: Tensor, pair: Tensor) -> Tensor:
        layers = self.lin_pair, self.lin_first, self.lin_second
        weights = [part for layer in layers for part in (layer.weight, layer.bias)]
        return MixPairs.apply(pair, ends, *weights)

    def _logits(
        self, node: Tensor, pair: Tensor, noisy: tuple[Tensor, Tensor], time: Tensor
    ) -> tuple[Tensor, Tensor]:
        node, pair = self.node_mlp(node), self.edge_mlp(pair)
        left = 1 - time
        node_gate, edge_gate = self.node_gate(left), self.edge_gate(left)
        node_input, pair_input = _one_hot(noisy[0], node), _one_hot(noisy[1], pair)
        return (
            node + node_gate[:, None, None] * node_input,
            pair + edge_gate[:, None, None, None] * pair_input,
        )


def _one_hot(classes: Tensor, like: Tensor) -> Tensor:
    """Ones at classes, shaped as logits are."""
    numbers = torch.arange(like.size(-1), device=like.device)
    return (classes.unsqueeze(-1) == numbers).to(like.dtype)


class BlockDenoiser(BlockNetwork):
    r"""Predicts the clean classes of noisy blocks, each given the finished blocks before it.

    From `"PARD: Permutation-Invariant Autoregressive Diffusion for Graph Generation"
    <https://arxiv.org/abs/2402.03687>`_. :meth:`forward` denoises all blocks of graphs in one pass
    of the network, for training; :meth:`start`, :meth:`step` and :meth:`append` grow graphs block
    by block, with equal logits. No logit of a block depends on later blocks.

    Args:
        num_node_classes (int): Classes of nodes :math:`F`.
        num_edge_classes (int): Classes of pairs :math:`C`, "no edge" included.
        max_degree (int, optional): The highest degree of a block, which nodes get as input.
            (default: :obj:`6`)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.nn.models.BlockTrunk`, such as
            ``hidden_channels``, ``edge_channels``, ``num_layers``, ``norm``.

    Shapes:
        - **input:** graphs with :math:`(B, N)` nodes, noisy nodes :math:`(B, N)`, noisy pairs
          :math:`(B, N, N)`, times in :math:`[0, 1]` :math:`(B)`
        - **output:** logits :math:`(B, N, F)` and, symmetric, :math:`(B, N, N, C)`

    Examples:
        >>> import torch
        >>> from torch_geometric.data import Data
        >>> data = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> graphs = BlockGraphs.from_data([data])
        >>> denoiser = BlockDenoiser(4, 2, hidden_channels=16, edge_channels=8, num_layers=2)
        >>> node, pair = denoiser(graphs, graphs.node, graphs.edge, torch.tensor([0.5]))
        >>> node.shape, pair.shape
        (torch.Size([1, 3, 4]), torch.Size([1, 3, 3, 2]))
    """

    head: DenoisingHead

    def __init__(
        self,
        num_node_classes: int,
        num_edge_classes: int,
        max_degree: int = 6,
        **kwargs,
    ) -> None:
        super().__init__()
        self.trunk = BlockTrunk(
            num_node_classes, num_edge_classes, max_degree=max_degree, timed=True, **kwargs
        )
        self.head = DenoisingHead(
            num_node_classes,
            num_edge_classes,
            self.trunk.hidden_channels,
            self.trunk.edge_channels,
        )
        self.end_channels = self.head.lin_ends.out_features
        self.reset_parameters()

    def features(self, graphs: BlockGraphs, node: Tensor, edge: Tensor, time: Tensor) -> Features:
        """Features of the trunk, which another head may share."""
        return self.trunk(graphs, (node, edge), time)

    def forward(
        self, graphs: BlockGraphs, node: Tensor, edge: Tensor, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        r"""Logits of all blocks at once.

        Args:
            graphs (BlockGraphs): The clean graphs, which later blocks see.
            node (torch.Tensor): Noisy classes of nodes :math:`(B, N)`.
            edge (torch.Tensor): Noisy classes of pairs, symmetric :math:`(B, N, N)`.
            time (torch.Tensor): The time of each graph in :math:`[0, 1]`, :math:`(B)`.
        """
        return self.head(self.features(graphs, node, edge, time), (node, edge), time)

    def step(self, prefix: Prefix, block: Block, time: Tensor) -> tuple[Tensor, Tensor]:
        r"""Logits of one noisy block.

        Args:
            prefix (Prefix): The finished blocks.
            block (Block): The noisy block.
            time (torch.Tensor): The time of each graph in :math:`[0, 1]`, :math:`(B)`.

        Returns:
            tuple: Logits :math:`(B, b, F)` of its nodes, and :math:`(B, b, N + b, C)` of their
            pairs with the prefix and with each other.
        """
        features, _ = self.trunk.step(prefix, block, time)
        return self.head.step(features, prefix.ends, (block.node, block.edge), time)

    def ends(self, features: Features) -> Tensor:
        return self.head.ends(features)

    def __repr__(self) -> str:
        trunk = self.trunk
        return (
            f"{self.__class__.__name__}({trunk.num_node_classes}, {trunk.num_edge_classes}, "
            f"hidden_channels={trunk.hidden_channels}, edge_channels={trunk.edge_channels}, "
            f"num_layers={trunk.layers.num_layers})"
        )
