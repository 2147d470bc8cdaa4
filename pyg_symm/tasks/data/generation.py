"""Training graphs in batches of about the same size."""

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
from .resident import ResidentBatches, ResidentGraphs, fitting_device


class GenerationData(EpochDataModule):
    r"""Training graphs in batches of about the same size.

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
        device (str, optional): A device to keep all graphs on, as padded bytes; ``"auto"`` takes
            the GPU of the run if there is one and they fit into half of its free memory. Batches
            are the same. (default: :obj:`None`, which prepares each batch on the CPU)
        num_shapes (int, optional): Pad training batches of graphs on a device to so many numbers of
            nodes, and leave out a last batch of fewer graphs: for compiled and recorded steps.
            (default: as needed)
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
        device: str | None = None,
        num_shapes: int | None = None,
    ) -> None:
        super().__init__(batch_size, seed)
        for name, most in (("limit", limit), ("val_limit", val_limit), ("num_shapes", num_shapes)):
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
        self.device = device
        self.num_shapes = num_shapes
        self._kept: dict[int, ResidentGraphs] = {}

    def describe(self) -> dict[str, Any]:
        """What :meth:`PARD.for_graphs() <pyg_symm.generation.PARD.for_graphs>` is to be told."""
        classes = self.num_node_classes, self.num_edge_classes
        batches = itertools.chain(self.train.batches(), self.val.batches())
        statistics = GraphStatistics.of(batches, *classes, self.train.max_hops)
        return {"statistics": statistics, "vocabulary": self.vocabulary}

    def train_dataloader(self) -> Any:
        ranks = (0, 1)
        if self.trainer is not None:
            ranks = self.trainer.global_rank, self.trainer.world_size
        resident = self._resident(self.train)
        batches = SizeBatches(
            self.train.sizes,
            self.batch_size,
            self.generator,
            self._epoch_seed,
            *ranks,
            whole=resident is not None and self.num_shapes is not None,
        )
        if resident is None:
            return self._loader(self.train, batches)
        shapes = [] if self.num_shapes is None else resident.few_shapes(self.num_shapes)
        return ResidentBatches(resident, batches, shapes)

    def val_dataloader(self) -> Any:
        order = self.val.sizes.argsort(stable=True)
        return self._loader(self.val, [part.tolist() for part in order.split(self.batch_size)])

    def test_dataloader(self) -> Any:
        return self.val_dataloader()

    def _loader(self, graphs: BlockGraphSet, batches: Any) -> Any:
        resident = self._resident(graphs)
        if resident is not None:
            return ResidentBatches(resident, batches)
        return DataLoader(
            graphs,
            sampler=batches,
            batch_size=None,
            num_workers=self.num_workers,
            generator=self.generator,
            persistent_workers=self.num_workers > 0,
            pin_memory=torch.cuda.is_available(),
        )

    def _resident(self, graphs: BlockGraphSet) -> ResidentGraphs | None:
        """The graphs on a device, if they are to be kept on one."""
        device = None if self.device in (None, "auto") else torch.device(self.device)
        if self.device == "auto" and self.trainer is not None:
            device = fitting_device(graphs, self.trainer.strategy.root_device)
        if device is None:
            return None
        if id(graphs) not in self._kept:
            self._kept[id(graphs)] = ResidentGraphs.of(graphs, device)
        return self._kept[id(graphs)]
