"""Graphs in the order of their blocks, read in batches."""

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torch_geometric.data import Batch, Data

from pyg_symm.graphs import BlockGraphs, structural_order
from pyg_symm.utils import check_sizes, evenly_spread

_CHUNK = 10_000  # Graphs that are looked at together when a whole set is counted.


class BlockGraphSet(Dataset):
    r"""Graphs in the order of their blocks, read in batches.

    Args:
        graphs (Sequence[Data]): A list of graphs, or a dataset that has ``batch(index)``, which is
            faster, and ``sizes``.
        max_hops (int): Hops of the structural order.
        max_nodes (int, optional): Leave out larger graphs. (default: none)
        pad_multiple (int, optional): See :class:`GenerationData`. (default: :obj:`1`)

    Raises:
        ValueError: If nothing is left, or the dataset is ordered by other hops.
    """

    def __init__(
        self,
        graphs: Sequence[Data],
        max_hops: int,
        max_nodes: int | None = None,
        pad_multiple: int = 1,
    ) -> None:
        check_sizes(1, pad_multiple=pad_multiple)
        self.max_hops = max_hops
        self.pad_multiple = pad_multiple
        self._graphs = graphs
        self._list: list[Data] = []
        if hasattr(graphs, "batch") and hasattr(graphs, "sizes"):
            known = getattr(graphs, "max_hops", max_hops)
            if known != max_hops:
                raise ValueError(f"'max_hops' is {max_hops}, but the graphs are ordered by {known}")
            sizes = graphs.sizes
        else:
            self._list = _ordered(list(graphs), max_hops)
            sizes = torch.tensor([data.num_nodes for data in self._list])
        self.index = torch.arange(sizes.numel())
        if max_nodes is not None:
            self.index = (sizes <= max_nodes).nonzero().view(-1)
        self._sizes = sizes
        if self.index.numel() == 0:
            most = "" if max_nodes is None else f", of which 0 have at most {max_nodes} nodes"
            raise ValueError(f"'graphs' must not be empty (got {sizes.numel()}{most})")

    @property
    def sizes(self) -> Tensor:
        """The number of nodes of each graph."""
        return self._sizes[self.index]

    def split(self, share: float) -> tuple["BlockGraphSet", "BlockGraphSet"]:
        """Two parts; the second has about this share, evenly spread, and at least one graph."""
        chosen = evenly_spread(max(1, round(share * len(self))), len(self))
        first, second = copy.copy(self), copy.copy(self)
        first.index, second.index = self.index[~chosen], self.index[chosen]
        return first, second

    def take(self, count: int | None) -> "BlockGraphSet":
        """At most this many of the graphs, evenly spread: files are often sorted by size."""
        part = copy.copy(self)
        if count is not None:
            part.index = self.index[evenly_spread(count, len(self))]
        return part

    def batch(self, index: Sequence[int]) -> Batch:
        """Some of the graphs as one."""
        chosen = self.index[list(index)].tolist()
        if self._list:
            return Batch.from_data_list([self._list[i] for i in chosen])
        return self._graphs.batch(chosen)  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return self.index.numel()

    def __getitem__(self, index: Sequence[int]) -> BlockGraphs:
        return BlockGraphs.from_data(self.batch(index), self.max_hops).pad(self.pad_multiple)

    def batches(self) -> Iterator[Batch]:
        """All of the graphs, many at a time."""
        for i in range(0, len(self), _CHUNK):
            yield self.batch(range(i, min(i + _CHUNK, len(self))))


def _ordered(graphs: list[Data], max_hops: int) -> list[Data]:
    """Graphs that know their blocks, all of them ordered at once."""
    if not graphs:
        return []
    graphs = [copy.copy(data) for data in graphs]  # The caller's own stay as they are.
    whole = Batch.from_data_list(graphs)
    block_id = structural_order(whole.edge_index, whole.ptr, max_hops).block_id
    for data, part in zip(graphs, block_id.split(whole.ptr.diff().tolist()), strict=True):
        data.block_id = part
    return graphs
