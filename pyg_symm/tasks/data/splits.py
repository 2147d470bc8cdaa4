"""Datasets with predefined splits."""

from collections.abc import Callable, Sequence
from itertools import chain, compress
from typing import Any

from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from pyg_symm.utils import evenly_spread

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
        limit (int, optional): Train on at most this many graphs, evenly spread. (default: all)
        name (str, optional): What the data are called in messages.
            (default: the name of the class of the dataset)
    """

    def __init__(
        self,
        dataset: Callable[..., Sequence[Data]],
        test_splits: Sequence[str] = ("test",),
        batch_size: int = 128,
        seed: int = 0,
        limit: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(batch_size, seed, limit, name)
        self.test_names = list(test_splits)
        self.parts: dict[str, list[Data]] = {
            split: [sorted_by_target(data) for data in dataset(split=split)]
            for split in dict.fromkeys(["train", "val", *test_splits])
        }
        if limit is not None:
            train = self.parts["train"]
            self.parts["train"] = list(compress(train, evenly_spread(limit, len(train)).tolist()))

    def describe(self) -> dict[str, int]:
        """The numbers of features and of labels of a node, and of labels of a graph."""
        data = self.parts["train"][0]
        sizes = {"in_channels": data.num_features}
        if "y_node" in data:
            sizes["node_channels"] = data.y_node.size(-1)
        if "y_graph" in data:
            sizes["graph_channels"] = data.y_graph.size(-1)
        return sizes

    def summary(self) -> str:
        train = len(self.parts["train"])
        return f"{self.name}: {train:,} to train on, at most {self.batch_size} in a batch"

    def train_dataloader(self) -> Any:
        train = self.parts["train"]
        return DataLoader(
            train, self.batch_size, sampler=self.sampler(len(train)), generator=self.generator
        )

    def val_dataloader(self) -> Any:
        return DataLoader(self.parts["val"], self.batch_size)

    def test_dataloader(self) -> Any:
        return [DataLoader(self.parts[split], self.batch_size) for split in self.test_names]


class ClassSplits(SplitData):
    r"""A dataset with predefined splits whose graphs have classes ``y``.

    Args:
        *args, **kwargs: Arguments of :class:`SplitData`.
    """

    def describe(self) -> dict[str, int]:
        """The numbers of features of a node and of classes."""
        items = chain.from_iterable(self.parts.values())  # A few training graphs may lack a class.
        classes = 1 + max(int(data.y.max()) for data in items)
        return {"in_channels": self.parts["train"][0].num_features, "out_channels": classes}

    @classmethod
    def example_sizes(cls) -> dict[str, int]:
        return {"in_channels": 4, "out_channels": 2}
