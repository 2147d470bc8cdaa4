"""Components of functions on the sphere: degrees 0 to lmax, in each the orders from -l to l."""

import torch
from torch import Tensor


def degree_of_component(lmax: int) -> Tensor:
    r"""The degree of each of the :math:`(\mathrm{lmax} + 1)^2` components.

    Examples:
        >>> degree_of_component(1)
        tensor([0, 1, 1, 1])
    """
    return torch.cat([torch.full((2 * degree + 1,), degree) for degree in range(lmax + 1)])


def order_of_component(lmax: int) -> Tensor:
    r"""The order of each of the :math:`(\mathrm{lmax} + 1)^2` components.

    Examples:
        >>> order_of_component(1)
        tensor([ 0, -1,  0,  1])
    """
    return torch.cat([torch.arange(-degree, degree + 1) for degree in range(lmax + 1)])
