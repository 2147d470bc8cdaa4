"""Graphs to imitate, streamed in batches of about the same size."""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader
from torch_geometric.data import Data

from pyg_symm.generation import GraphStatistics

from .batches import SizeBatches
from .block_graph_set import BlockGraphSet
from .epochs import EpochDataModule


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
        self.train = BlockGraphSet(train, max_hops, max_nodes, pad_multiple).take(limit)
        if val is None:
            self.train, held_out = self.train.split(0.1)
            if len(self.train) == 0:
                raise ValueError("'train' must have at least two graphs if there is no 'val'")
        else:
            held_out = BlockGraphSet(val, max_hops, max_nodes, pad_multiple).take(limit)
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

    def _loader(self, graphs: BlockGraphSet, batches: Any) -> DataLoader:
        return DataLoader(
            graphs,
            sampler=batches,
            batch_size=None,
            num_workers=self.num_workers,
            generator=self.generator,
            persistent_workers=self.num_workers > 0,
            pin_memory=torch.cuda.is_available(),
        )
