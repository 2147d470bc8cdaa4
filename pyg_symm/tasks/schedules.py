"""Learning rates by epoch."""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from pyg_symm.utils import check_sizes


def cosine_with_warm_up(optimizer: Optimizer, epochs: int, warm_up: int = 0) -> LambdaLR:
    r"""A cosine from the learning rate to zero, times a linear growth over the first epochs.

    .. math::
        \eta_e = \eta\, \tfrac{1}{2} \left( 1 + \cos \tfrac{\pi e}{E} \right) \min(1, e / w)

    The first epoch of a warm-up has the rate of half an epoch, so that it is not lost.

    Args:
        optimizer (torch.optim.Optimizer): The optimiser.
        epochs (int): The number of epochs :math:`E`.
        warm_up (int, optional): The number of epochs :math:`w`. (default: :obj:`0`)

    Raises:
        ValueError: If there is no epoch, or the warm-up is negative.
    """
    check_sizes(1, epochs=epochs)
    check_sizes(0, warm_up=warm_up)

    def factor(epoch: int) -> float:
        warm = 1.0 if warm_up == 0 else min(1.0, max(epoch, 0.5) / warm_up)
        return warm * (1 + math.cos(math.pi * min(epoch, epochs) / epochs)) / 2

    return LambdaLR(optimizer, factor)
