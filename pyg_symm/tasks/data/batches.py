"""Batches of items of about the same size."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.data import Sampler

from pyg_symm.utils import check_sizes

_SORTED = 50  # Batches whose graphs are sorted by size among each other.


def size_classes(
    sizes: Tensor, batch_size: int, max_pairs: int | None = None
) -> list[tuple[Tensor, int]]:
    r"""Splits items into classes, each with a batch size that keeps to a number of pairs.

    A batch of :math:`B` graphs padded to :math:`n` nodes has :math:`B n^2` pairs. The batch size of
    a class is the given one, halved until its largest graph keeps to :obj:`max_pairs`; a graph that
    is too large by itself makes a batch of its own. The classes do not depend on the epoch, so
    neither does the number of batches.

    Args:
        sizes (torch.Tensor): The size of each item.
        batch_size (int): The most items of a batch.
        max_pairs (int, optional): The most pairs of a batch. (default: no limit, one class)

    Returns:
        list: For each class the numbers of its items, ascending, and its batch size.

    Examples:
        >>> size_classes(torch.tensor([10, 20, 5]), batch_size=8, max_pairs=800)
        [(tensor([0, 2]), 8), (tensor([1]), 2)]
    """
    if max_pairs is None:
        return [(torch.arange(sizes.numel()), batch_size)]
    check_sizes(1, max_pairs=max_pairs)
    halvings = torch.zeros_like(sizes)
    pairs = sizes.square() * batch_size
    while bool((too_many := (pairs > max_pairs) & (batch_size >> halvings > 1)).any()):
        halvings += too_many
        pairs = sizes.square() * (batch_size >> halvings)
    return [
        ((halvings == k).nonzero().view(-1), batch_size >> k) for k in halvings.unique().tolist()
    ]


class SizeBatches(Sampler[list[int]]):
    r"""Batches of items of about the same size, whose order and content change with the epoch.

    The shuffled items of many batches are sorted by size, and each batch takes neighbours:
    padding costs the square of a graph's size, and products its cube.

    Args:
        sizes (torch.Tensor): The size of each item.
        batch_size (int): The number of items of a batch.
        generator (torch.Generator): A generator that is seeded again in every epoch.
        epoch_seed (Callable): Returns the seed of the current epoch.
        rank (int, optional): Which of several processes this is. (default: :obj:`0`)
        num_ranks (int, optional): The number of processes that share the batches: each takes every
            so many-th, and all take the same number. (default: :obj:`1`)
        whole (bool, optional): Whether to leave out smaller last batches, unless there is no other.
            (default: :obj:`False`)
        max_pairs (int, optional): The most pairs of a batch, see :func:`size_classes`.
            (default: no limit)
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
        max_pairs: int | None = None,
    ) -> None:
        self.sizes = sizes
        self.generator = generator
        self.epoch_seed = epoch_seed
        self.rank = rank
        self.num_ranks = num_ranks
        self.whole = whole
        self.classes = size_classes(sizes, batch_size, max_pairs)

    def __len__(self) -> int:
        batches = sum(-(-index.numel() // most) for index, most in self.classes)
        if self.whole:
            batches = sum(index.numel() // most for index, most in self.classes)
        # Of fewer batches than processes, all take the first: gradients are shared by all.
        return max(1, batches // self.num_ranks)

    def __iter__(self) -> Iterator[list[int]]:
        self.generator.manual_seed(self.epoch_seed())
        batches: list[Tensor] = []
        for index, most in self.classes:
            parts = self._split(index, most)
            short = self.whole and parts[-1].numel() < most
            batches += parts[:-1] if short else parts
        if not batches:  # No class fills a batch.
            batches.append(self._split(*self.classes[0])[0])
        shuffled = torch.randperm(len(batches), generator=self.generator).tolist()
        mine = shuffled[self.rank :: self.num_ranks] or shuffled[:1]
        for i in mine[: len(self)]:
            yield batches[i].tolist()

    def _split(self, index: Tensor, batch_size: int) -> tuple[Tensor, ...]:
        """The batches of a class, in this epoch."""
        sizes = self.sizes[index]
        order = torch.randperm(index.numel(), generator=self.generator)
        pool = torch.arange(order.numel()) // (_SORTED * batch_size)
        largest = int(sizes.max()) + 1 if sizes.numel() > 0 else 1
        order = order[torch.argsort(pool * largest + sizes[order], stable=True)]
        return index[order].split(batch_size)
