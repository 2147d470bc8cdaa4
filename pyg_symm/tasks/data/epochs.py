"""Data modules whose batches depend on the seed and the epoch only, so that runs resume exactly."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import Sampler

from pyg_symm.utils import check_limit, check_sizes


class EpochSampler(Sampler[int]):
    r"""Draws the order of each epoch from a seed, when the first item is asked for.

    Lightning creates iterators at another moment when it resumes, so the generator is seeded here
    and not in the constructor. Collating may draw from the same generator.

    Args:
        size (int): The number of items.
        generator (torch.Generator): A generator that is seeded again in every epoch.
        epoch_seed (Callable): Returns the seed of the current epoch.
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
        limit (int, optional): Train on at most this many items, evenly spread. (default: all)
        name (str, optional): What the data are called in messages.
            (default: the name of the class)
    """

    notes: Sequence[str] = ()  # What users must know of the data, such as what was refused.
    val_names: Sequence[str] = ("val",)
    test_names: Sequence[str] = ("test",)

    def __init__(
        self, batch_size: int, seed: int = 0, limit: int | None = None, name: str | None = None
    ) -> None:
        super().__init__()
        check_sizes(1, batch_size=batch_size)
        check_limit(limit)
        self.limit = limit
        self.name = type(self).__name__ if name is None else name
        self.batch_size = batch_size
        self.seed = seed
        self.generator = torch.Generator()

    def describe(self) -> dict[str, Any]:
        """The sizes that a model for these data needs, by the names of its arguments."""
        return {}

    @classmethod
    def example_sizes(cls) -> dict[str, Any]:
        """Sizes like those of :meth:`describe`, of no data: to try the settings of a model."""
        return {}

    def summary(self) -> str:
        """One line for people to read: what there is to train on."""
        train = getattr(self, "train", [])
        return f"{self.name}: {len(train):,} to train on, at most {self.batch_size} in a batch"

    def sampler(self, size: int) -> EpochSampler:
        """A sampler over this many training items."""
        return EpochSampler(size, self.generator, self._epoch_seed)

    def _epoch_seed(self) -> int:
        return epoch_seed(self.seed, 0 if self.trainer is None else self.trainer.current_epoch)


def epoch_seed(seed: int, epoch: int) -> int:
    """The seed of one epoch, from the seed of the run."""
    return (seed * 1_000_003 + epoch) % 2**63
