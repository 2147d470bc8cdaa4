"""Where batches come from: data modules that a killed run can continue exactly."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import Sampler
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from pyg_symm.datasets import IntegerSets, stratified_folds


class EpochSeed(pl.Callback):
    r"""Draws all randomness of a training epoch from the seed and the epoch's number.

    With it, an epoch is the same whether the run came to it in one go or was resumed from a
    checkpoint. Data modules of this package do the same for their shuffling.

    Args:
        seed (int): The seed of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        torch.manual_seed(epoch_seed(self.seed, trainer.current_epoch))


class EpochSampler(Sampler[int]):
    r"""Draws the order of each epoch from a seed, at the first item and not before.

    Lightning makes iterators at another moment when it resumes; a generator that is seeded here
    does not notice. What else draws from it, such as collating, follows the seed as well.

    Args:
        size (int): The number of items.
        generator (torch.Generator): Seeded anew in every epoch.
        epoch_seed (Callable): The seed of the present epoch.
    """

    def __init__(
        self, size: int, generator: torch.Generator, epoch_seed: Callable[[], int]
    ) -> None:
        self.size = size
        self.generator = generator
        self.epoch_seed = epoch_seed

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        self.generator.manual_seed(self.epoch_seed())
        yield from torch.randperm(self.size, generator=self.generator).tolist()


class EpochDataModule(pl.LightningDataModule):
    r"""A data module whose training batches are a function of the seed and the epoch.

    Args:
        batch_size (int): The number of sets or graphs in a mini-batch.
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
    """

    val_names: Sequence[str] = ("val",)
    test_names: Sequence[str] = ("test",)

    def __init__(self, batch_size: int, seed: int = 0) -> None:
        super().__init__()
        if batch_size < 1:
            raise ValueError(f"'batch_size' must be positive (got {batch_size})")
        self.batch_size = batch_size
        self.seed = seed
        self.generator = torch.Generator()

    def sampler(self, size: int) -> EpochSampler:
        """The order of that many training items."""
        return EpochSampler(size, self.generator, self._epoch_seed)

    def _epoch_seed(self) -> int:
        return epoch_seed(self.seed, 0 if self.trainer is None else self.trainer.current_epoch)


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed for one epoch of a run with another."""
    return (seed * 1_000_003 + epoch) % 2**63


class IntegerSetData(EpochDataModule):
    r"""A task of :class:`~pyg_symm.datasets.IntegerSets`: short sets to train, longer ones to test.

    Args:
        task (str): The task.
        num_train (int): The number of training sets.
        num_test (int): The number of validation sets, and of test sets of each size.
        min_size (int): The fewest elements of a training set.
        max_size (int): The most elements of a training set.
        test_sizes (list): Sizes of the test sets; scores are named after them.
        batch_size (int): The number of sets in a mini-batch.
        seed (int, optional): The seed of data and shuffling. (default: :obj:`0`)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.datasets.IntegerSets`.
    """

    def __init__(
        self,
        task: str,
        num_train: int,
        num_test: int,
        min_size: int,
        max_size: int,
        test_sizes: Sequence[int],
        batch_size: int,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(batch_size, seed)
        base = 1000 * seed
        self.train = IntegerSets(task, num_train, min_size, max_size, seed=base, **kwargs)
        self.val = IntegerSets(task, num_test, min_size, max_size, seed=base + 1, **kwargs)
        self.tests = [
            IntegerSets(task, num_test, size, size, seed=base + 2 + i, **kwargs)
            for i, size in enumerate(test_sizes)
        ]
        self.test_names = ["test", *(f"test{size}" for size in test_sizes)]

    def train_dataloader(self) -> Any:
        return self.train.loader(
            self.batch_size,
            generator=self.generator,
            shuffle_elements=True,
            sampler=self.sampler(len(self.train)),
        )

    def val_dataloader(self) -> Any:
        return self.val.loader(self.batch_size)

    def test_dataloader(self) -> Any:
        return [data.loader(self.batch_size) for data in (self.val, *self.tests)]


class CrossValidation(EpochDataModule):
    r"""One fold of a stratified cross-validation over a dataset of labelled graphs.

    A part of the training graphs is held out for validation. The test fold is evaluated every
    epoch beside it, so that the published protocols can be read off one run; nothing is chosen
    by it. Edges are sorted by target once, which the aggregations of PyG ask for.

    Args:
        dataset (Sequence[Data]): Graphs with one class ``y`` each.
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
    ) -> None:
        super().__init__(batch_size, seed)
        graphs = [_sorted_by_target(data) for data in dataset]
        y = torch.tensor([int(data.y) for data in graphs])
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
        self.train, self.val, self.test = (
            [graphs[i] for i in part.tolist()] for part in (train, val, test)
        )

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


class SplitData(EpochDataModule):
    r"""A dataset that comes in splits of its own.

    Args:
        dataset (Callable): From ``split=`` to a dataset of graphs.
        test_splits (list, optional): Splits to test on; scores are named after them.
            (default: ``["test"]``)
        batch_size (int, optional): The number of graphs in a mini-batch. (default: :obj:`128`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
    """

    def __init__(
        self,
        dataset: Callable[..., Sequence[Data]],
        test_splits: Sequence[str] = ("test",),
        batch_size: int = 128,
        seed: int = 0,
    ) -> None:
        super().__init__(batch_size, seed)
        self.test_names = list(test_splits)
        self.parts: Mapping[str, list[Data]] = {
            split: [_sorted_by_target(data) for data in dataset(split=split)]
            for split in dict.fromkeys(["train", "val", *test_splits])
        }

    def train_dataloader(self) -> Any:
        train = self.parts["train"]
        return DataLoader(
            train, self.batch_size, sampler=self.sampler(len(train)), generator=self.generator
        )

    def val_dataloader(self) -> Any:
        return DataLoader(self.parts["val"], self.batch_size)

    def test_dataloader(self) -> Any:
        return [DataLoader(self.parts[split], self.batch_size) for split in self.test_names]


def _sorted_by_target(data: Data) -> Data:
    if data.is_sorted(sort_by_row=False):
        return data
    # `Data.sort` moves what has one entry per edge, and leaves alone what refers to edges.
    if "e_id" in data:
        raise ValueError(
            "'dataset' has edges that 'e_id' numbers, as in ego-networks, but that are not sorted "
            f"by target; sort them before they are numbered (got {data})"
        )
    return data.sort(sort_by_row=False)
