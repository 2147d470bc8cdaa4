r"""The factor of spherical harmonics that depends on the polar angle, and its derivatives."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .components import order_of_component
from .spherical_harmonics import reduced_polar


def polar_functions(lmax: int, cos: Tensor, sin: Tensor) -> Tensor:
    r"""The polar factor :math:`p_l^m = N_l^{|m|} P_l^{|m|}` of every component.

    Args:
        lmax (int): The highest degree.
        cos (torch.Tensor): :math:`\cos\beta` in float64 :math:`(B)`.
        sin (torch.Tensor): :math:`\sin\beta` :math:`(B)`; negative ones continue the functions
            to all angles, with period :math:`2 \pi`.

    Returns:
        torch.Tensor: :math:`(B, (\mathrm{lmax} + 1)^2)`

    Examples:
        >>> cos, sin = torch.tensor([0.6]).double(), torch.tensor([0.8]).double()
        >>> polar_functions(1, cos, sin) / polar_functions(0, cos, sin)
        tensor([[1.0000, 0.9798, 1.0392, 0.9798]], dtype=torch.float64)
    """
    power = order_of_component(lmax).abs()
    return torch.cat(reduced_polar(lmax, cos.unsqueeze(1)), dim=1) * sin.unsqueeze(1) ** power


def polar_over_sine(lmax: int, cos: Tensor, sin: Tensor) -> Tensor:
    r""":math:`|m| \, p_l^m / \sin\beta`, finite at the poles, as :func:`polar_functions`."""
    order = order_of_component(lmax).abs()
    reduced = torch.cat(reduced_polar(lmax, cos.unsqueeze(1)), dim=1)
    return order * reduced * sin.unsqueeze(1) ** (order - 1).clamp(min=0)


def polar_slopes(lmax: int, cos: Tensor, sin: Tensor) -> Tensor:
    r"""The derivative of :func:`polar_functions` by :math:`\beta`.

    .. math::
        2 \, \partial_\beta p_l^m = \sqrt{(l + m)(l - m + 1)} \, p_l^{m-1}
        - \sqrt{(l - m)(l + m + 1)} \, p_l^{m+1}, \qquad p_l^{-1} = -p_l^1
    """
    polar = F.pad(polar_functions(lmax, cos, sin), (0, 1))
    slopes = []
    for degree in range(lmax + 1):
        m = torch.arange(degree + 1)
        first, none = degree * (degree + 1), (lmax + 1) ** 2
        lower = polar[:, (first + m - 1).abs()] * torch.where(m == 0, -1, 1)
        upper = polar[:, torch.where(m < degree, first + m + 1, none)]
        down = ((degree + m) * (degree - m + 1)).double().sqrt() * lower
        up = ((degree - m) * (degree + m + 1)).double().sqrt() * upper
        slope = (down - up) / 2
        slopes += [slope[:, 1:].flip(1), slope]
    return torch.cat(slopes, dim=1)
