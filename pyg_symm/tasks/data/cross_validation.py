"""One fold of a cross-validation over labelled graphs."""

from collections.abc import Sequence
from typing import Any

import torch
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from pyg_symm.datasets import stratified_folds
from pyg_symm.utils import evenly_spread

from .epochs import EpochDataModule
from .order import sorted_by_target


class CrossValidation(EpochDataModule):
    r"""One fold of a stratified cross-validation over a dataset of labelled graphs.

    A part of the training graphs is held out for validation. The test fold is evaluated every
    epoch beside it, so that the published protocols can be read off one run; nothing is chosen
    by it. Edges are sorted by target once, which the aggregations of PyG ask for.

    Args:
        dataset (Sequence[Data]): Graphs with features ``x`` and one class ``y`` each.
        fold (int): The fold to test on.
        num_folds (int, optional): The number of folds, if they are drawn. (default: :obj:`10`)
        folds (list, optional): Training and test indices of each fold. (default: the attribute
            ``folds`` of :obj:`dataset`, as of :class:`~pyg_symm.datasets.TUGraphs`; if it has none,
            or that is :obj:`None`, stratified folds drawn from :obj:`split_seed`)
        val_fraction (float, optional): Share of the training graphs to validate on.
            (default: :obj:`0.1`)
        split_seed (int, optional): The seed of the folds. (default: :obj:`0`)
        batch_size (int, optional): The number of graphs in a mini-batch. (default: :obj:`32`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
        limit (int, optional): Train on at most this many graphs, evenly spread. (default: all)
        name (str, optional): What the data are called in messages.
            (default: the name of the class of :obj:`dataset`)

    Raises:
        ValueError: If a graph has no features or no class, or there is no such fold.
    """

    val_names = ("val", "test")

    def __init__(
        self,
        dataset: Sequence[Data],
        fold: int,
        num_folds: int = 10,
        folds: Sequence[tuple[torch.Tensor, torch.Tensor]] | None = None,
        val_fraction: float = 0.1,
        split_seed: int = 0,
        batch_size: int = 32,
        seed: int = 0,
        limit: int | None = None,
        name: str | None = None,
    ) -> None:
        name = type(dataset).__name__ if name is None else name
        super().__init__(batch_size, seed, limit, f"{name}, fold {fold}")
        graphs = list(dataset)
        y = torch.tensor([_label(data, i) for i, data in enumerate(graphs)])
        graphs = [sorted_by_target(data) for data in graphs]
        folds = getattr(dataset, "folds", None) if folds is None else folds
        folds = stratified_folds(y, num_folds, split_seed) if folds is None else folds
        if not 0 <= fold < len(folds):
            raise ValueError(f"'fold' must be in 0..{len(folds) - 1} (got {fold})")
        if not 0 < val_fraction < 1:
            raise ValueError(f"'val_fraction' must be between 0 and 1 (got {val_fraction})")
        train, test = folds[fold]
        # One fold of a further split of the training graphs, of about the size asked for.
        inner = stratified_folds(y[train], max(2, round(1 / val_fraction)), split_seed + 1)
        train, val = train[inner[0][0]], train[inner[0][1]]
        if limit is not None:
            train = train[evenly_spread(limit, train.numel())]
        self._num_classes = int(y.max()) + 1
        self.train, self.val, self.test = (
            [graphs[i] for i in part.tolist()] for part in (train, val, test)
        )

    def describe(self) -> dict[str, int]:
        """The number of features of a node, and the number of classes of the whole dataset."""
        return {"in_channels": self.train[0].num_features, "out_channels": self._num_classes}

    @classmethod
    def example_sizes(cls) -> dict[str, int]:
        return {"in_channels": 1, "out_channels": 2}

    def train_dataloader(self) -> Any:
        # A last batch of one graph would leave batch normalisation nothing to normalise.
        drop = len(self.train) % self.batch_size == 1
        return DataLoader(
            self.train,
            self.batch_size,
            sampler=self.sampler(len(self.train)),
            generator=self.generator,
            drop_last=drop,
        )

    def val_dataloader(self) -> Any:
        return [DataLoader(part, self.batch_size) for part in (self.val, self.test)]

    def test_dataloader(self) -> Any:
        return DataLoader(self.test, self.batch_size)


def _label(data: Data, number: int) -> int:
    """The class of a graph."""
    if data.x is None:
        raise ValueError(f"'dataset' must have node features 'x' (got {data} as graph {number})")
    y = data.y
    if isinstance(y, torch.Tensor) and y.numel() == 1 and y.dtype in (torch.long, torch.uint8):
        y = int(y)
    if type(y) is not int or y < 0:
        raise ValueError(
            f"'dataset' must have one class 'y' for each graph, a whole number from 0 (got {y!r} "
            f"of graph {number})"
        )
    return y
