"""The common part of PARD's denoiser and block predictor: from classes to features."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.dense import (
    BlockLayout,
    BlockTransformer,
    LayerCache,
    PrefixLayout,
    look_up,
    mlp,
)

from .init import init_parameters
from .prefix import Block, Prefix


def sinusoid(value: Tensor, channels: int, base: float) -> Tensor:
    r"""Sines, then cosines, of a number at frequencies :math:`base^{-2i/C}`, :math:`(\dots, C)`."""
    half = channels // 2
    frequency = base ** (-torch.arange(half, device=value.device) / max(half, 1))
    angle = value.unsqueeze(-1) * frequency.to(value.dtype)
    code = torch.cat([angle.sin(), angle.cos()], dim=-1)
    return nn.functional.pad(code, (0, channels - 2 * half))


class Features(NamedTuple):
    """Features of nodes and pairs; shapes as in :class:`~pyg_symm.nn.dense.BlockTransformer`."""

    node: Tensor
    edge: Tensor
    layout: BlockLayout | PrefixLayout


class BlockTrunk(nn.Module):
    r"""Embeds classes, blocks, degrees and time, and computes features of nodes and pairs.

    The time enters noisy nodes only. Finished nodes depend neither on the time nor on later blocks,
    so they are computed once.

    Args:
        num_node_classes (int): Classes of nodes.
        num_edge_classes (int): Classes of pairs, "no edge" included.
        hidden_channels (int, optional): Channels :math:`D` of nodes. (default: :obj:`256`)
        edge_channels (int, optional): Channels :math:`C` of pairs. (default: :obj:`64`)
        num_layers (int, optional): The number of layers. (default: :obj:`8`)
        max_blocks (int, optional): Maximum number of blocks; later blocks share an embedding.
            (default: :obj:`20`)
        max_degree (int, optional): The highest degree of a block, if nodes get the degree of their
            block as input. (default: :obj:`None`)
        timed (bool, optional): Whether noisy nodes get the time as input. (default: :obj:`True`)
        block_code (bool, optional): Whether nodes get the number of their block as input. (default:
            :obj:`True`)
        relative_code (bool, optional): Whether pairs get the difference of their block numbers as
            input. (default: :obj:`True`)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.nn.dense.BlockTransformer`.
    """

    def __init__(
        self,
        num_node_classes: int,
        num_edge_classes: int,
        hidden_channels: int = 256,
        edge_channels: int = 64,
        num_layers: int = 8,
        max_blocks: int = 20,
        max_degree: int | None = None,
        timed: bool = True,
        block_code: bool = True,
        relative_code: bool = True,
        **kwargs,
    ) -> None:
        super().__init__()
        sizes = {"hidden_channels": hidden_channels, "edge_channels": edge_channels}
        for name, value in {**sizes, "num_layers": num_layers}.items():
            if value < 1:
                raise ValueError(f"'{name}' must be positive (got {value})")
        self.num_node_classes = num_node_classes
        self.num_edge_classes = num_edge_classes
        self.hidden_channels = hidden_channels
        self.edge_channels = edge_channels
        self.last_block = max_blocks + 2  # Samples may take some blocks more than any example did.
        self.max_degree = max_degree
        self.node_emb = nn.Embedding(num_node_classes, hidden_channels)
        self.edge_emb = nn.Embedding(num_edge_classes + 1, edge_channels)  # One for the diagonal.
        self.block_emb = nn.Embedding(self.last_block + 1, hidden_channels) if block_code else None
        self.degree_emb = None
        if max_degree is not None:
            self.degree_emb = nn.Embedding(max_degree + 1, hidden_channels)
        self.time_mlp = mlp(hidden_channels, hidden_channels, hidden_channels) if timed else None
        self.relative_mlp = None
        if relative_code:
            self.relative_mlp = mlp(edge_channels, 2 * edge_channels, edge_channels)
        self.layers = BlockTransformer(hidden_channels, edge_channels, num_layers, **kwargs)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Resets all learnable parameters."""
        init_parameters(self, self.layers.gain)

    def forward(
        self,
        graphs: BlockGraphs,
        noisy: tuple[Tensor, Tensor] | None = None,
        time: Tensor | None = None,
    ) -> Features:
        r"""Features of finished nodes, and of noisy ones if these are given.

        Args:
            graphs (BlockGraphs): Clean graphs.
            noisy (tuple, optional): Noisy classes of nodes :math:`(B, N)` and of pairs
                :math:`(B, N, N)`. (default: :obj:`None`)
            time (torch.Tensor, optional): Their time in :math:`[0, 1]`, :math:`(B)`.
        """
        block = graphs.block_id.clamp(0, self.last_block)
        where = self._places(block, graphs.node_degree).unsqueeze(1)
        nodes, edges = [graphs.node], [graphs.edge]
        if noisy is not None:
            nodes.append(noisy[0])
            edges.append(noisy[1])
        x = self.node_emb(torch.stack(nodes, 1)) + where
        if noisy is not None and self.time_mlp is not None and time is not None:
            with torch.autocast(time.device.type, enabled=False):  # As little as embeddings.
                code = self._time(time)[:, None, None]
            x = torch.cat([x[:, :1], x[:, 1:] + code], dim=1)
        edge = torch.stack(edges, 1)
        eye = torch.eye(edge.size(-1), dtype=torch.bool, device=edge.device)
        edge = edge.masked_fill(eye, self.num_edge_classes)
        with torch.autocast(edge.device.type, enabled=False):
            # One row a class and distance: pairs are read and written once.
            table = self.edge_emb.weight.unsqueeze(1) + self._apart()
        apart = (block.unsqueeze(2) - block.unsqueeze(1)).abs()
        e = look_up(table.flatten(0, 1), edge * table.size(1) + apart.unsqueeze(1))
        layout = BlockLayout.of(graphs.block_id)
        x, e = self.layers(x, e, layout)
        return Features(x, e, layout)

    def step(
        self, prefix: Prefix, block: Block, time: Tensor | None = None
    ) -> tuple[Features, list[LayerCache]]:
        r"""Features of one block behind a prefix, noisy if there is a time and else finished.

        Args:
            prefix (Prefix): The finished blocks.
            block (Block): Classes of the block.
            time (torch.Tensor, optional): Time in :math:`[0, 1]`, :math:`(B)`.

        Returns:
            tuple: The features, and what each layer would keep of the block.
        """
        size = block.node.size(1)
        number = prefix.num_blocks.clamp_max(self.last_block).unsqueeze(1)
        number = number.expand_as(block.node)
        x = self.node_emb(block.node) + self._places(number, block.degree.unsqueeze(1))
        if self.time_mlp is not None and time is not None:
            x = x + self._time(time).unsqueeze(1)
        eye = torch.eye(size, dtype=torch.bool, device=x.device)
        own = nn.functional.pad(eye, (block.edge.size(-1) - size, 0))
        e = self.edge_emb(block.edge.masked_fill(own, self.num_edge_classes))
        others = torch.cat([prefix.block_id.clamp(0, self.last_block), number], dim=1)
        e = e + self._relative(number.unsqueeze(2), others.unsqueeze(1))
        layout = PrefixLayout.of(prefix.block_id >= 0, block.mask)
        known = prefix.block_id.size(1)
        both = torch.cat([e[:, :, :known], e], dim=2)  # Inputs have no direction.
        x, e, kept = self.layers.step(x, both, layout, prefix.layers)
        return Features(x, e, layout), kept

    def prefix(self, batch_size: int, size: int, end_channels: int) -> Prefix:
        """Empty graphs with room for ``size`` nodes."""
        like = self.node_emb.weight
        return Prefix(
            torch.full((batch_size, size + 1), -1, device=like.device),
            torch.zeros(batch_size, dtype=torch.long, device=like.device),
            torch.zeros(batch_size, dtype=torch.long, device=like.device),
            self.layers.empty_cache(batch_size, size + 1, like),
            like.new_zeros(batch_size, size + 1, end_channels),
        )

    def _places(self, block: Tensor, degree: Tensor) -> Tensor:
        """Codes of the block of nodes and of its degree."""
        code = None if self.block_emb is None else self.block_emb(block)
        if self.degree_emb is not None:
            of_degree = self.degree_emb(degree.clamp_max(self.degree_emb.num_embeddings - 1))
            code = of_degree if code is None else code + of_degree
        return self.node_emb.weight.new_zeros(1, 1, 1) if code is None else code

    def _time(self, time: Tensor) -> Tensor:
        assert self.time_mlp is not None
        weight = self.node_emb.weight
        # Counted in thousandths, on which the frequencies of the usual code rest; half precision
        # does not hold such numbers.
        value = 1000 * time.to(torch.promote_types(weight.dtype, torch.float))
        return self.time_mlp(sinusoid(value, self.hidden_channels, 10_000.0).to(weight.dtype))

    def _relative(self, row: Tensor, col: Tensor) -> Tensor:
        """Codes of how many blocks two nodes are apart."""
        return nn.functional.embedding((row - col).abs(), self._apart())

    def _apart(self) -> Tensor:
        """Codes of all numbers of blocks that two nodes can be apart."""
        if self.relative_mlp is None:
            return self.edge_emb.weight.new_zeros(self.last_block + 1, 1)
        apart = torch.arange(self.last_block + 1, device=self.edge_emb.weight.device)
        closeness = 1 / (apart + 1).to(self.edge_emb.weight.dtype)
        return self.relative_mlp(sinusoid(closeness, self.edge_channels, 10.0))
