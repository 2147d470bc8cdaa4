"""Data modules that a killed run can continue exactly."""

from collections.abc import Callable, Iterator, Sequence

import pytorch_lightning as pl
import torch
from torch.utils.data import Sampler


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
