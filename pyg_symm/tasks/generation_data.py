"""Graphs to imitate, in batches of about the same size."""

import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler
from torch_geometric.data import Batch, Data

from pyg_symm.diffusion import BlockGraphs
from pyg_symm.generation import GraphStatistics
from pyg_symm.graphs import structural_order
from pyg_symm.utils import evenly_spread

from .data import EpochDataModule

_CHUNK = 10_000  # Graphs that are looked at together when a whole set is counted.
_SORTED = 50  # Batches whose graphs are sorted by size among each other.


class SizeBatches(Sampler[list[int]]):
    r"""Batches of items of about the same size, whose order and content change with the epoch.

    Of many batches' worth of shuffled items, each batch takes neighbours by size: padding costs
    the square of a graph's size, and products its cube.

    Args:
        sizes (torch.Tensor): The size of each item.
        batch_size (int): Items of a batch.
        generator (torch.Generator): Seeded anew in every epoch.
        epoch_seed (Callable): The seed of the present epoch.
    """

    def __init__(
        self,
        sizes: Tensor,
        batch_size: int,
        generator: torch.Generator,
        epoch_seed: Callable[[], int],
    ) -> None:
        self.sizes = sizes
        self.batch_size = batch_size
        self.generator = generator
        self.epoch_seed = epoch_seed

    def __len__(self) -> int:
        return -(-self.sizes.numel() // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        self.generator.manual_seed(self.epoch_seed())
        order = torch.randperm(self.sizes.numel(), generator=self.generator)
        pool = torch.arange(order.numel()) // (_SORTED * self.batch_size)
        largest = int(self.sizes.max()) + 1 if self.sizes.numel() > 0 else 1
        order = order[torch.argsort(pool * largest + self.sizes[order], stable=True)]
        batches = order.split(self.batch_size)
        for i in torch.randperm(len(batches), generator=self.generator).tolist():
            yield batches[i].tolist()


class GraphSet(Dataset):
    r"""Graphs that are taken many at a time, in the order of their blocks.

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
        if pad_multiple < 1:
            raise ValueError(f"'pad_multiple' must be positive (got {pad_multiple})")
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
            raise ValueError(
                f"'graphs' must not be empty (got {sizes.numel()}, of which 0 have at most "
                f"{max_nodes} nodes)"
            )

    @property
    def sizes(self) -> Tensor:
        """The number of nodes of each graph."""
        return self._sizes[self.index]

    def split(self, share: float) -> tuple["GraphSet", "GraphSet"]:
        """Two parts; the second has about this share, evenly spread, and at least one graph."""
        chosen = evenly_spread(max(1, round(share * len(self))), len(self))
        first, second = copy.copy(self), copy.copy(self)
        first.index, second.index = self.index[~chosen], self.index[chosen]
        return first, second

    def take(self, count: int | None) -> "GraphSet":
        """At most so many of the graphs, evenly spread: files are often sorted by size."""
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


class GenerationData(EpochDataModule):
    r"""Graphs to imitate, streamed in batches of about the same size.

    Tests run on the validation graphs: generators are judged by their samples.

    Args:
        train (Sequence[Data]): The graphs to train on; molecules bring their ``vocabulary``.
        val (Sequence[Data], optional): Graphs to validate on. (default: a tenth of ``train``,
            evenly spread)
        max_hops (int, optional): Hops of the structural order. (default: :obj:`3`)
        num_node_classes (int, optional): Classes of nodes. (default: the vocabulary's, else 1)
        num_edge_classes (int, optional): Classes of pairs. (default: the vocabulary's, else 2)
        batch_size (int, optional): Graphs of a mini-batch. (default: :obj:`128`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
        limit (int, optional): Take that many graphs to train on, evenly spread. (default: all)
        val_limit (int, optional): Validate on that many graphs, evenly spread.
            (default: :obj:`10000`)
        max_nodes (int, optional): Leave out larger graphs. (default: none)
        pad_multiple (int, optional): Round sizes of batches up to multiples of this number, so that
            a compiled model meets few shapes. (default: :obj:`1`)
        num_workers (int, optional): Processes that prepare batches. (default: :obj:`0`)
    """

    def __init__(
        self,
        train: Sequence[Data],
        val: Sequence[Data] | None = None,
        max_hops: int = 3,
        num_node_classes: int | None = None,
        num_edge_classes: int | None = None,
        batch_size: int = 128,
        seed: int = 0,
        limit: int | None = None,
        val_limit: int | None = 10_000,
        max_nodes: int | None = None,
        pad_multiple: int = 1,
        num_workers: int = 0,
    ) -> None:
        super().__init__(batch_size, seed)
        for name, most in (("limit", limit), ("val_limit", val_limit)):
            if most is not None and most < 1:
                raise ValueError(f"'{name}' must be positive (got {most})")
        vocabulary = getattr(train, "vocabulary", None)
        self.vocabulary = None if vocabulary is None else vocabulary.to_dict()
        classes = (1, 2)
        if vocabulary is not None:
            classes = vocabulary.num_atom_classes, vocabulary.num_bond_classes
        self.num_node_classes = classes[0] if num_node_classes is None else num_node_classes
        self.num_edge_classes = classes[1] if num_edge_classes is None else num_edge_classes
        self.train = GraphSet(train, max_hops, max_nodes, pad_multiple).take(limit)
        if val is None:
            self.train, held_out = self.train.split(0.1)
            if len(self.train) == 0:
                raise ValueError("'train' must have at least two graphs if there is no 'val'")
        else:
            held_out = GraphSet(val, max_hops, max_nodes, pad_multiple).take(limit)
        self.val = held_out.take(val_limit)
        self.num_workers = num_workers

    def describe(self) -> dict[str, Any]:
        """What :meth:`PARD.for_graphs() <pyg_symm.generation.PARD.for_graphs>` is to be told."""
        classes = self.num_node_classes, self.num_edge_classes
        batches = itertools.chain(self.train.batches(), self.val.batches())
        statistics = GraphStatistics.of(batches, *classes, self.train.max_hops)
        return {"statistics": statistics, "vocabulary": self.vocabulary}

    def train_dataloader(self) -> Any:
        batches = SizeBatches(self.train.sizes, self.batch_size, self.generator, self._epoch_seed)
        return self._loader(self.train, batches)

    def val_dataloader(self) -> Any:
        order = self.val.sizes.argsort(stable=True)
        return self._loader(self.val, [part.tolist() for part in order.split(self.batch_size)])

    def test_dataloader(self) -> Any:
        return self.val_dataloader()

    def _loader(self, graphs: GraphSet, batches: Any) -> DataLoader:
        return DataLoader(
            graphs,
            sampler=batches,
            batch_size=None,
            num_workers=self.num_workers,
            generator=self.generator,
            persistent_workers=self.num_workers > 0,
            pin_memory=torch.cuda.is_available(),
        )
