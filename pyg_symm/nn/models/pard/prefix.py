"""Graphs that grow block by block, and what networks keep of their finished blocks."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from pyg_symm.nn.dense import LayerCache, split_pairs


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
        ends: What a head needs to know of each node :math:`(B, N + 1, \cdot)`.
    """

    block_id: Tensor
    count: Tensor
    num_blocks: Tensor
    layers: list[LayerCache]
    ends: Tensor

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
        block_id, ends = self.block_id[:, :size], self.ends[:, :size]
        return Prefix(block_id, self.count, self.num_blocks, layers, ends)

    def select(self, rows: Tensor) -> "Prefix":
        """Some of the graphs, copied."""
        layers = [layer.map(lambda part: part[rows]) for layer in self.layers]
        parts = (self.block_id, self.count, self.num_blocks, self.ends)
        block_id, count, num_blocks, ends = (part[rows] for part in parts)
        return Prefix(block_id, count, num_blocks, layers, ends)

    @property
    def tensors(self) -> list[Tensor]:
        """All of it, one row a graph."""
        kept = [t for layer in self.layers for part in layer if part is not None for t in part]
        return [self.block_id, self.count, self.num_blocks, self.ends, *kept]

    def write(self, rows: Tensor, graph: "Prefix") -> None:
        """Puts a graph, the only one of another prefix with as much room, into some rows."""
        for table, row in zip(self.tensors, graph.tensors, strict=True):
            table[rows] = row

    def clear(self, rows: Tensor) -> None:
        """Forgets the graphs of some rows, so that others can take their place."""
        self.block_id[rows] = -1
        self.count[rows] = 0
        self.num_blocks[rows] = 0

    def append(
        self, layers: list[LayerCache], ends: Tensor, mask: Tensor, rows: Tensor | None = None
    ) -> None:
        r"""Writes a finished block behind graphs.

        Args:
            layers (list): What each layer keeps of the block, computed behind the first
                :math:`n \le N` nodes.
            ends (torch.Tensor): What a head needs to know of it :math:`(R, b, \cdot)`.
            mask (torch.Tensor): Which of its nodes to write :math:`(R, b)`.
            rows (torch.Tensor, optional): Which graphs these are :math:`(R)`. (default: all)
        """
        if rows is None:
            rows = torch.arange(mask.size(0), device=mask.device)
        row = rows.unsqueeze(1)
        place = self.count[row] + mask.cumsum(1) - 1
        place = torch.where(mask, place, self.size)
        self.block_id[row, place] = torch.where(mask, self.num_blocks[row], -1)
        self.block_id[rows, -1] = -1
        # Under autocast, what comes in has half the precision of what is kept.
        self.ends[row, place] = ends.to(self.ends.dtype)
        for (node, pair), (new_node, new_pair) in zip(self.layers, layers, strict=True):
            if node is not None and new_node is not None:
                for old, new in zip(node, new_node, strict=True):
                    old[row, place] = new.to(old.dtype)
            if pair is not None and new_pair is not None:
                _write_pairs(pair.left, new_pair.left, rows, place)
                _write_pairs(pair.right.mT, new_pair.right, rows, place)
        self.count[rows] += mask.sum(1)
        self.num_blocks[rows] += mask.any(1)


def _write_pairs(table: Tensor, new: Tensor, rows: Tensor, place: Tensor) -> None:
    """Pairs of blocks :math:`(B, C, b, 2n + b)` into some rows of :math:`(\\cdot, C, N, N)`."""
    new = new.to(table.dtype)
    size = new.size(2)
    incoming, outgoing, own = split_pairs(new, size, dim=3)
    a, c = rows.view(-1, 1, 1, 1), torch.arange(new.size(1), device=new.device).view(-1, 1, 1)
    k, p = torch.arange(incoming.size(3), device=new.device), place.view(-1, 1, size, 1)
    table[a, c, k, p] = incoming
    table[a, c, p, k] = outgoing
    # Last, since the places of the block itself are also among the others, which are empty there.
    table[a, c, p, p.mT] = own
