"""Graphs that grow block by block, and what networks keep of their finished blocks."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symm.nn.dense import LayerCache


class Block(NamedTuple):
    r"""A block of up to :math:`b` nodes behind a prefix with room for :math:`N`.

    Attributes:
        node: Class of each node :math:`(B, b)`.
        edge: Class of each pair with the prefix, then with the block :math:`(B, b, N + b)`.
        mask: Which nodes are there :math:`(B, b)`.
        degree: Neighbours that each node of the block has, :math:`(B)`.
    """

    node: Tensor
    edge: Tensor
    mask: Tensor
    degree: Tensor


@dataclass
class Prefix:
    r"""Finished blocks of :math:`B` graphs, and what a trunk keeps of them.

    Tensors have room for one node more than asked for: rows that are not there are written to it.

    Attributes:
        block_id: Block of each node :math:`(B, N + 1)`, -1 where there is none.
        count: Nodes of each graph :math:`(B)`.
        num_blocks: Blocks of each graph :math:`(B)`.
        layers: What each layer keeps.
        pooled: What a head keeps of each node :math:`(B, N + 1, \cdot)`.
    """

    block_id: Tensor
    count: Tensor
    num_blocks: Tensor
    layers: list[LayerCache]
    pooled: Tensor

    @property
    def size(self) -> int:
        """The number of nodes there is room for :math:`N`."""
        return self.block_id.size(1) - 1

    def cut(self, size: int) -> "Prefix":
        """A view of the first nodes, when no graph has more."""
        layers = [
            layer.map(lambda part: part[:, :size], lambda part: part[..., :size, :size])
            for layer in self.layers
        ]
        block_id, pooled = self.block_id[:, :size], self.pooled[:, :size]
        return Prefix(block_id, self.count, self.num_blocks, layers, pooled)

    def select(self, rows: Tensor) -> "Prefix":
        """Some of the graphs, copied."""
        layers = [layer.map(lambda part: part[rows]) for layer in self.layers]
        parts = (self.block_id, self.count, self.num_blocks, self.pooled)
        block_id, count, num_blocks, pooled = (part[rows] for part in parts)
        return Prefix(block_id, count, num_blocks, layers, pooled)

    def clear(self, rows: Tensor) -> None:
        """Forgets the graphs of some rows, so that others can take their place."""
        self.block_id[rows] = -1
        self.count[rows] = 0
        self.num_blocks[rows] = 0

    def append(self, kept: list[LayerCache], pooled: Tensor, mask: Tensor) -> None:
        r"""Writes a finished block behind the graphs.

        Args:
            kept (list): What each layer keeps of the block, computed behind the first
                :math:`n \le N` nodes.
            pooled (torch.Tensor): What a head keeps of it :math:`(B, b, \cdot)`.
            mask (torch.Tensor): Which of its nodes to write :math:`(B, b)`.
        """
        rows = torch.arange(mask.size(0), device=mask.device).unsqueeze(1)
        place = self.count.unsqueeze(1) + mask.cumsum(1) - 1
        place = torch.where(mask, place, self.size)
        self.block_id[rows, place] = torch.where(mask, self.num_blocks.unsqueeze(1), -1)
        self.block_id[:, -1] = -1
        # Under autocast, what comes in has half the precision of what is kept.
        self.pooled[rows, place] = pooled.to(self.pooled.dtype)
        for (node, pair), (new_node, new_pair) in zip(self.layers, kept, strict=True):
            if node is not None and new_node is not None:
                for old, new in zip(node, new_node, strict=True):
                    old[rows, place] = new.to(old.dtype)
            if pair is not None and new_pair is not None:
                for old, new in zip(pair, new_pair, strict=True):
                    _write_pairs(old, new, place)
        self.count += mask.sum(1)
        self.num_blocks += mask.any(1)


def _write_pairs(table: Tensor, new: Tensor, place: Tensor) -> None:
    """Rows and columns of a block :math:`(B, C, b, 2, n + b)` into a table :math:`(B, C, N, N)`."""
    new = new.to(table.dtype)
    batch, channels, size = new.shape[:3]
    others = new.size(-1) - size
    b = torch.arange(batch, device=place.device).view(-1, 1, 1, 1)
    c = torch.arange(channels, device=place.device).view(1, -1, 1, 1)
    k = torch.arange(others, device=place.device).view(1, 1, 1, -1)
    row = place.view(batch, 1, size, 1)
    table[b, c, row, k] = new[..., 0, :others]
    table[b, c, k, row] = new[..., 1, :others]
    # Last, since the places of the block itself are also among the others, which are empty there.
    table[b, c, row, row.mT] = new[..., 0, others:]
