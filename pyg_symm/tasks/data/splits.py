"""Datasets with predefined splits."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from .epochs import EpochDataModule
from .order import sorted_by_target


class SplitData(EpochDataModule):
    r"""A dataset with predefined splits.

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
            split: [sorted_by_target(data) for data in dataset(split=split)]
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
