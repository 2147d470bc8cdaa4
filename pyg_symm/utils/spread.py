"""Evenly spread parts of a sequence."""

from collections.abc import Callable, Iterator
from itertools import compress
from typing import TypeVar

import torch
from torch import Tensor

from .checks import check_sizes

T = TypeVar("T")


def check_limit(limit: int | None, name: str = "limit") -> None:
    r"""Checks the number of items to use at most, if one is given.

    Raises:
        ValueError: If it is not positive, or no whole number.
    """
    if limit is None:
        return
    if isinstance(limit, int) and limit < 1:
        raise ValueError(f"'{name}' must be positive (got {limit})")
    check_sizes(1, **{name: limit})


def evenly_spread(count: int, total: int) -> Tensor:
    r"""Chooses some of a sequence's items at equal distances.

    Item :math:`i` is chosen where :math:`(i + 1)\, c / n` reaches the next whole number.

    Args:
        count (int): How many to choose, :math:`c`; all if it is no less than :math:`n`.
        total (int): The number of items :math:`n`.

    Returns:
        torch.Tensor: A mask :math:`(n)`.

    Examples:
        >>> evenly_spread(2, 5)
        tensor([False, False,  True, False,  True])
    """
    return (torch.arange(total + 1) * min(count, total) // max(total, 1)).diff() > 0


def some_of(
    read: Callable[[], Iterator[T]], count: int | None, total: int | None = None
) -> tuple[Iterator[T], int | None]:
    r"""Reads at most this many items of a stream, evenly spread.

    Args:
        read (Callable): Returns an iterator over all items.
        count (int, optional): How many to choose; all if :obj:`None`.
        total (int, optional): The number of items. If it is needed but not given, the stream is
            read once more to count them.

    Returns:
        tuple: The chosen items, and their number if it is known.

    Examples:
        >>> items, number = some_of(lambda: iter("abcde"), 2)
        >>> list(items), number
        (['c', 'e'], 2)
    """
    if count is None:
        return read(), total
    if total is None:
        total = sum(1 for _ in read())
    chosen = evenly_spread(count, total).tolist()
    return compress(read(), chosen), sum(chosen)
