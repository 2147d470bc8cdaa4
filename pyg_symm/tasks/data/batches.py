"""Batches of items of about the same size."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.data import Sampler

_SORTED = 50  # Batches whose graphs are sorted by size among each other.


class SizeBatches(Sampler[list[int]]):
    r"""Batches of items of about the same size, whose order and content change with the epoch.

    Of many batches' worth of shuffled items, each batch takes neighbours by size: padding costs
    the square of a graph's size, and products its cube.

    Args:
        sizes (torch.Tensor): The size of each item.
        batch_size (int): Items of a batch.
        generator (torch.Generator): Seeded anew in every epoch.
        epoch_seed (Callable): The seed of the present epoch.
    """

    def __init__(
        self,
        sizes: Tensor,
        batch_size: int,
        generator: torch.Generator,
        epoch_seed: Callable[[], int],
    ) -> None:
        self.sizes = sizes
        self.batch_size = batch_size
        self.generator = generator
        self.epoch_seed = epoch_seed

    def __len__(self) -> int:
        return -(-self.sizes.numel() // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        self.generator.manual_seed(self.epoch_seed())
        order = torch.randperm(self.sizes.numel(), generator=self.generator)
        pool = torch.arange(order.numel()) // (_SORTED * self.batch_size)
        largest = int(self.sizes.max()) + 1 if self.sizes.numel() > 0 else 1
        order = order[torch.argsort(pool * largest + self.sizes[order], stable=True)]
        batches = order.split(self.batch_size)
        for i in torch.randperm(len(batches), generator=self.generator).tolist():
            yield batches[i].tolist()
