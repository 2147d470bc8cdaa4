"""Components of functions on the sphere: degrees 0 to lmax, in each the orders from -l to l."""

import torch
from torch import Tensor


def check_degrees(least: int = 0, **degrees: int) -> None:
    r"""Checks that degrees are integers, and not too small.

    Raises:
        ValueError: If one is not.

    Examples:
        >>> check_degrees(lmax=-1)
        Traceback (most recent call last):
        ValueError: 'lmax' must be an integer of 0 or more (got -1)
    """
    for name, value in degrees.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"'{name}' must be an integer of {least} or more (got {value!r})")


def degree_of_component(lmax: int) -> Tensor:
    r"""The degree of each of the :math:`(\mathrm{lmax} + 1)^2` components.

    Examples:
        >>> degree_of_component(1)
        tensor([0, 1, 1, 1])
    """
    degree = torch.arange(lmax + 1)
    return degree.repeat_interleave(2 * degree + 1)


def order_of_component(lmax: int) -> Tensor:
    r"""The order of each of the :math:`(\mathrm{lmax} + 1)^2` components.

    Examples:
        >>> order_of_component(1)
        tensor([ 0, -1,  0,  1])
    """
    return torch.cat([torch.arange(-degree, degree + 1) for degree in range(lmax + 1)])
