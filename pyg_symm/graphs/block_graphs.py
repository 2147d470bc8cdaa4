"""Labelled graphs in the order of their blocks, as padded tensors."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.utils import to_dense_batch

from .structural_order import structural_order


@dataclass(frozen=True, eq=False)
class BlockGraphs:
    r"""A batch of :math:`B` undirected labelled graphs, their nodes sorted by block.

    Padding is needed where every pair of nodes counts, as in generation; :math:`N` is the size of
    the largest graph and :math:`M` the most blocks of any.

    Attributes:
        node: Class of each node :math:`(B, N)`, 0 on padding.
        edge: Class of each pair :math:`(B, N, N)`, symmetric; 0 stands for no edge.
        block_id: Block of each node :math:`(B, N)`, ascending, and -1 on padding.
        block_size: Nodes of each block :math:`(B, M)`, 0 behind the last.
        block_degree: Neighbours that each of its nodes has up to its block :math:`(B, M)`; 0 where
            this is not known.
    """

    node: Tensor
    edge: Tensor
    block_id: Tensor
    block_size: Tensor
    block_degree: Tensor

    @classmethod
    def from_data(cls, data: Sequence[Data] | Batch, max_hops: int = 3) -> "BlockGraphs":
        r"""Pads graphs, which may bring a ``block_id``, as of ``StructuralOrder``.

        Args:
            data (list or Batch): Graphs with classes of nodes ``x``, :math:`(N, 1)` or :math:`(N)`,
                ``edge_index`` of both directions and classes of edges ``edge_attr`` from 1 on,
                :math:`(E)` or :math:`(E, 1)`; both classes are a single one where they are missing.
            max_hops (int, optional): The hops of the structural order of graphs that bring none.
                With 0, degrees of blocks are left unknown, as their nodes do not share them.
                (default: :obj:`3`)

        Raises:
            ValueError: If there is no graph, one has no nodes, an edge has one direction only or is
                a self loop, or classes are negative.
        """
        if not isinstance(data, Batch) and len(data) == 0:
            raise ValueError("'data' holds no graphs")
        batch = data if isinstance(data, Batch) else Batch.from_data_list(list(data))
        ptr, owner = batch.ptr, batch.batch
        if (ptr.diff() == 0).any():
            raise ValueError(f"'data' has a graph without nodes ({int(ptr.diff().argmin())})")
        block, order = cls._order(batch, max_hops)
        position = torch.empty_like(order)
        position[order] = torch.arange(order.numel(), device=order.device)
        position -= ptr[owner]

        node = _classes(batch.x, "x", owner.numel(), owner, 0)
        kind = _classes(batch.edge_attr, "edge_attr", batch.num_edges, owner, 1)
        row, col = batch.edge_index
        nodes, _ = to_dense_batch(node[order], owner)
        blocks, _ = to_dense_batch(block[order], owner, fill_value=-1)
        edge = nodes.new_zeros(*nodes.shape, nodes.size(1))
        edge[owner[row], position[row], position[col]] = kind
        if not torch.equal(edge, edge.mT):
            raise ValueError(
                "'data' has edges whose two directions differ; 'edge_index' must hold both"
            )
        if edge.diagonal(dim1=1, dim2=2).any():
            raise ValueError("'data' has self loops, which graphs of blocks have no place for")
        return cls.from_dense(nodes, edge, blocks, known_degrees=max_hops > 0)

    @staticmethod
    def order_of(data: Data, max_hops: int = 3) -> Tensor:
        """The nodes of a graph in the order of :meth:`from_data` :math:`(N)`."""
        return BlockGraphs._order(Batch.from_data_list([data]), max_hops)[1]

    @staticmethod
    def _order(batch: Batch, max_hops: int) -> tuple[Tensor, Tensor]:
        """The block of each node, and the nodes sorted by graph and block."""
        block = batch.block_id if "block_id" in batch else None
        if block is None:
            block = structural_order(batch.edge_index, batch.ptr, max_hops).block_id
        key = batch.batch * (int(block.max()) + 1) + block
        return block, torch.argsort(key, stable=True)

    @classmethod
    def from_dense(
        cls, node: Tensor, edge: Tensor, block_id: Tensor, known_degrees: bool = True
    ) -> "BlockGraphs":
        """Builds graphs from padded classes and blocks. Sizes and degrees of blocks are counted."""
        one_hot = _one_hot(block_id)
        size = one_hot.sum(1)
        degree = torch.zeros_like(size)
        if known_degrees:
            seen = block_id.unsqueeze(1) <= block_id.unsqueeze(2)
            ends = ((edge > 0) & seen).sum(2)
            degree = (one_hot * ends.unsqueeze(2)).amax(1)
        return cls(node, edge, block_id, size, degree)

    @property
    def num_graphs(self) -> int:
        """The number of graphs :math:`B`."""
        return self.node.size(0)

    @property
    def mask(self) -> Tensor:
        """Which nodes are there :math:`(B, N)`."""
        return self.block_id >= 0

    @property
    def num_blocks(self) -> Tensor:
        """Blocks of each graph :math:`(B)`."""
        return self.block_id.amax(1) + 1

    @property
    def pairs(self) -> Tensor:
        """Which unordered pairs of nodes are there, each once :math:`(B, N, N)`."""
        mask = self.mask
        return (mask.unsqueeze(1) & mask.unsqueeze(2)).tril(-1)

    @property
    def node_degree(self) -> Tensor:
        """The degree of the block of each node :math:`(B, N)`, 0 on padding."""
        return self.block_degree.gather(1, self.block_id.clamp_min(0)) * self.mask

    def pad(self, multiple: int) -> "BlockGraphs":
        """Pads nodes and blocks to multiples of these numbers, so that few shapes occur."""
        nodes = -self.node.size(1) % multiple
        blocks = -self.block_size.size(1) % multiple
        return BlockGraphs(
            F.pad(self.node, (0, nodes)),
            F.pad(self.edge, (0, nodes, 0, nodes)),
            F.pad(self.block_id, (0, nodes), value=-1),
            F.pad(self.block_size, (0, blocks)),
            F.pad(self.block_degree, (0, blocks)),
        )

    def to(self, *args, **kwargs) -> "BlockGraphs":
        """Moves all tensors."""
        return BlockGraphs(*(getattr(self, f.name).to(*args, **kwargs) for f in fields(self)))

    def pin_memory(self) -> "BlockGraphs":
        """Pins all tensors."""
        return BlockGraphs(*(getattr(self, f.name).pin_memory() for f in fields(self)))

    def to_data_list(self) -> list[Data]:
        """Graphs with ``x``, both directions of edges, ``edge_attr`` and ``block_id``."""
        count = self.mask.sum(1).tolist()
        graphs = []
        for node, edge, block, n in zip(self.node, self.edge, self.block_id, count, strict=True):
            edge = edge[:n, :n]
            edge_index = edge.nonzero().t().contiguous()
            graphs.append(
                Data(
                    x=node[:n].unsqueeze(1).clone(),
                    edge_index=edge_index,
                    edge_attr=edge[edge_index[0], edge_index[1]],
                    block_id=block[:n].clone(),
                    num_blocks=int(block.max()) + 1,
                )
            )
        return graphs


def _one_hot(block_id: Tensor) -> Tensor:
    """Which block each node belongs to :math:`(B, N, M)`, none on padding."""
    blocks = torch.arange(int(block_id.max()) + 1, device=block_id.device)
    return (block_id.unsqueeze(2) == blocks).long()


def _classes(value: Tensor | None, name: str, count: int, like: Tensor, least: int) -> Tensor:
    if value is None:
        return like.new_full((count,), least)
    if value.is_floating_point() or value.numel() != count:
        raise ValueError(
            f"'{name}' must hold one class for each of {count} (got shape {list(value.shape)} of "
            f"{value.dtype})"
        )
    value = value.reshape(-1).long()
    if count > 0 and int(value.min()) < least:
        raise ValueError(f"'{name}' must be at least {least} (got {int(value.min())})")
    return value
