"""Training graphs in batches of about the same size."""

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader
from torch_geometric.data import Data

from pyg_symm.generation import GraphStatistics
from pyg_symm.utils import check_limit

from .batches import SizeBatches, size_classes
from .block_graph_set import BlockGraphSet
from .epochs import EpochDataModule
from .resident import ResidentBatches, ResidentGraphs, fitting_device


class GenerationData(EpochDataModule):
    r"""Training graphs in batches of about the same size.

    The test loader is that of the validation graphs: generators are judged by their samples.

    Args:
        train (Sequence[Data]): The graphs to train on; sets of molecules have a ``vocabulary``.
        val (Sequence[Data], optional): Graphs to validate on. (default: a tenth of ``train``,
            evenly spread)
        max_hops (int, optional): Hops of the structural order. (default: :obj:`3`)
        num_node_classes (int, optional): Classes of nodes. (default: the vocabulary's, else 1)
        num_edge_classes (int, optional): Classes of pairs. (default: the vocabulary's, else 2)
        batch_size (int, optional): Graphs of a mini-batch; :obj:`None` takes a sixteenth of the
            training graphs, but 8 to 128, so that small sets make enough steps.
            (default: :obj:`128`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
        limit (int, optional): Take at most this many graphs to train on, evenly spread.
            (default: all)
        val_limit (int, optional): Validate on at most this many graphs, evenly spread.
            (default: :obj:`10000`)
        max_nodes (int, optional): Leave out larger graphs. (default: none)
        max_pairs (int, optional): Make batches of large graphs smaller, so that none has more pairs
            of nodes, padding included. (default: no limit)
        pad_multiple (int, optional): Round sizes of batches up to multiples of this number, so that
            a compiled model sees few shapes. (default: :obj:`1`)
        num_workers (int, optional): Processes that prepare batches. (default: :obj:`0`)
        device (str, optional): A device to keep all graphs on, as padded bytes; ``"auto"`` takes
            the GPU of the run if there is one and they fit into half of its free memory. Batches
            are the same. (default: :obj:`None`, which prepares each batch on the CPU)
        num_shapes (int, optional): Pad training batches of graphs on a device to this many
            different numbers of nodes, and leave out a last batch of fewer graphs: for compiled and
            recorded steps. (default: as needed)
        name (str, optional): What the data are called in messages.
            (default: the name of the class of :obj:`train`)
    """

    def __init__(
        self,
        train: Sequence[Data],
        val: Sequence[Data] | None = None,
        max_hops: int = 3,
        num_node_classes: int | None = None,
        num_edge_classes: int | None = None,
        batch_size: int | None = 128,
        seed: int = 0,
        limit: int | None = None,
        val_limit: int | None = 10_000,
        max_nodes: int | None = None,
        max_pairs: int | None = None,
        pad_multiple: int = 1,
        num_workers: int = 0,
        device: str | None = None,
        num_shapes: int | None = None,
        name: str | None = None,
    ) -> None:
        name = type(train).__name__ if name is None else name
        super().__init__(1 if batch_size is None else batch_size, seed, limit, name)
        check_limit(val_limit, "val_limit")
        check_limit(num_shapes, "num_shapes")
        # Molecules that were refused and left out, as the data set counts them.
        self.notes = [train.summary()] if hasattr(train, "summary") else []
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
        if batch_size is None:
            self.batch_size = min(max(len(self.train) // 16, 8), 128)
        self.max_pairs = max_pairs
        self.num_workers = num_workers
        self.device = device
        self.num_shapes = num_shapes
        self._kept: dict[int, ResidentGraphs] = {}

    def describe(self) -> dict[str, Any]:
        """The arguments of :meth:`PARD.for_graphs() <pyg_symm.generation.PARD.for_graphs>`."""
        classes = self.num_node_classes, self.num_edge_classes
        batches = itertools.chain(self.train.batches(), self.val.batches())
        statistics = GraphStatistics.of(batches, *classes, self.train.max_hops)
        return {"statistics": statistics, "vocabulary": self.vocabulary}

    @classmethod
    def example_sizes(cls) -> dict[str, Any]:
        pair = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
        return {"statistics": GraphStatistics.of([pair], 1, 2), "vocabulary": None}

    def summary(self) -> str:
        counts = f"{super().summary()}, {len(self.val):,} to validate"
        return "\n".join([*self.notes, counts])

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
            max_pairs=self.max_pairs,
        )
        if resident is None:
            return self._loader(self.train, batches)
        shapes = [] if self.num_shapes is None else resident.few_shapes(self.num_shapes)
        return ResidentBatches(resident, batches, shapes)

    def val_dataloader(self) -> Any:
        sizes = self.val.sizes
        batches = []
        for index, most in size_classes(sizes, self.batch_size, self.max_pairs):
            order = index[sizes[index].argsort(stable=True)]
            batches += [part.tolist() for part in order.split(most)]
        return self._loader(self.val, batches)

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
