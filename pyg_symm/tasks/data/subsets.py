"""Sets with optimal subsets."""

from collections.abc import Callable, Sequence
from typing import Any

from torch_geometric.data import Data

from pyg_symm.utils import evenly_spread

from .epochs import EpochDataModule
from .packed import PackedBatches, PackedGraphs


class SubsetData(EpochDataModule):
    r"""Sets of which a subset is to be selected, with predefined splits.

    Args:
        dataset (Callable): From ``split=`` to a dataset of sets, with features ``x`` and
            memberships ``y`` of the elements.
        batch_size (int, optional): The number of sets in a mini-batch. (default: :obj:`128`)
        seed (int, optional): The seed of the shuffling. (default: :obj:`0`)
        limit (int, optional): Train on at most this many sets, evenly spread. (default: all)
        name (str, optional): What the data are called in messages.
            (default: the name of the class of the dataset)

    Attributes:
        dataset: The training sets as they were given, whatever the limit.

    Raises:
        ValueError: If a feature is not finite.
    """

    def __init__(
        self,
        dataset: Callable[..., Sequence[Data]],
        batch_size: int = 128,
        seed: int = 0,
        limit: int | None = None,
        name: str | None = None,
    ) -> None:
        train = dataset(split="train")
        super().__init__(batch_size, seed, limit, type(train).__name__ if name is None else name)
        self.dataset = train
        parts = {"train": train, "val": dataset(split="val"), "test": dataset(split="test")}
        packed = {split: PackedGraphs(sets) for split, sets in parts.items()}
        for split, sets in packed.items():
            if not bool(sets["x"].isfinite().all()):
                raise ValueError(f"'x' of the {split} sets of {self.name} must be finite")
        if limit is not None and limit < len(packed["train"]):
            chosen = evenly_spread(limit, len(packed["train"])).nonzero().view(-1)
            packed["train"] = packed["train"].take(chosen)
        self.train, self.val, self.test = packed["train"], packed["val"], packed["test"]

    def describe(self) -> dict[str, int]:
        """The number of features of an element."""
        return {"in_channels": self.train["x"].size(-1)}

    @classmethod
    def example_sizes(cls) -> dict[str, int]:
        return {"in_channels": 4}

    def train_dataloader(self) -> Any:
        return PackedBatches(self._here(self.train), self.batch_size, self.sampler(len(self.train)))

    def val_dataloader(self) -> Any:
        return PackedBatches(self._here(self.val), self.batch_size)

    def test_dataloader(self) -> Any:
        return PackedBatches(self._here(self.test), self.batch_size)

    def _here(self, sets: PackedGraphs) -> PackedGraphs:
        """The sets on the device of the run."""
        return sets if self.trainer is None else sets.to(self.trainer.strategy.root_device)
