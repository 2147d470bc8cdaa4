"""The random variable that flows are applied to: symmetric, of mean 0 and variance 1."""

import math

import torch
from torch import Tensor

from pyg_symm.utils import check_choice

#: The mean of :math:`|X|` of each base.
MEAN_ABSOLUTE = {"normal": math.sqrt(2 / math.pi), "uniform": math.sqrt(3) / 2}

_LOG_NORMAL = 0.5 * math.log(2 * math.pi)
_HALF_WIDTH = math.sqrt(3)


def check_base(base: str) -> None:
    """Refuses a base that is not known."""
    check_choice("base", base, MEAN_ABSOLUTE)


def log_density(x: Tensor, base: str) -> Tensor:
    r"""The logarithm of the density of a base.

    Args:
        x (torch.Tensor): Points of any shape.
        base (str): ``"normal"``, or ``"uniform"`` on :math:`[-\sqrt 3, \sqrt 3]`.
    """
    if base == "normal":
        return -0.5 * x.square() - _LOG_NORMAL
    inside = torch.full_like(x, -math.log(2 * _HALF_WIDTH))
    return inside.masked_fill(x.abs() > _HALF_WIDTH, -math.inf)
