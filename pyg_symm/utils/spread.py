"""Evenly spread parts of a sequence."""

import torch
from torch import Tensor


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
