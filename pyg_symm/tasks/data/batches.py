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
        rank (int, optional): Which of several processes this is. (default: :obj:`0`)
        num_ranks (int, optional): The number of processes that share the batches: each takes every
            so many-th, and all take the same number. (default: :obj:`1`)
        whole (bool, optional): Whether to leave out a smaller last batch, unless it is the only
            one. (default: :obj:`False`)
    """

    def __init__(
        self,
        sizes: Tensor,
        batch_size: int,
        generator: torch.Generator,
        epoch_seed: Callable[[], int],
        rank: int = 0,
        num_ranks: int = 1,
        whole: bool = False,
    ) -> None:
        self.sizes = sizes
        self.batch_size = batch_size
        self.generator = generator
        self.epoch_seed = epoch_seed
        self.rank = rank
        self.num_ranks = num_ranks
        self.whole = whole

    def __len__(self) -> int:
        batches = -(-self.sizes.numel() // self.batch_size)
        if self.whole:
            batches = self.sizes.numel() // self.batch_size
        # Of fewer batches than processes, all take the first: gradients are shared by all.
        return max(1, batches // self.num_ranks)

    def __iter__(self) -> Iterator[list[int]]:
        self.generator.manual_seed(self.epoch_seed())
        order = torch.randperm(self.sizes.numel(), generator=self.generator)
        pool = torch.arange(order.numel()) // (_SORTED * self.batch_size)
        largest = int(self.sizes.max()) + 1 if self.sizes.numel() > 0 else 1
        order = order[torch.argsort(pool * largest + self.sizes[order], stable=True)]
        batches = order.split(self.batch_size)
        if self.whole and batches[-1].numel() < self.batch_size and len(batches) > 1:
            batches = batches[:-1]
        shuffled = torch.randperm(len(batches), generator=self.generator).tolist()
        mine = shuffled[self.rank :: self.num_ranks] or shuffled[:1]
        for i in mine[: len(self)]:
            yield batches[i].tolist()
