"""Grids on the sphere that integrate products of harmonics exactly."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .components import check_degrees, order_of_component
from .spherical_harmonics import azimuth_functions, reduced_polar


@dataclass(frozen=True)
class SphereGrid:
    r"""Rings of equally spaced points, at polar angles with Gauss-Legendre weights.

    .. math::
        \int_{S^2} f(\boldsymbol{\omega}) \, d\boldsymbol{\omega} =
        \sum_{b=1}^{B} \sum_{a=1}^{A} w_b \, f(\boldsymbol{\omega}_{ba}), \qquad
        B = \lfloor D / 2 \rfloor + 1, \quad A = 2 \lceil (D + 1) / 2 \rceil

    for every polynomial :math:`f` of degree :math:`D` or less. The number of points on a ring is
    even, so that the opposite of each point is a point, too: ring :math:`B - 1 - b`, half a turn
    on. All tensors are float64 on the CPU. Harmonics are those of
    :func:`~pyg_symm.groups.spherical_harmonics`, with the normalisation ``"integral"``.

    Args:
        degree (int): The degree :math:`D`.

    Examples:
        >>> grid = SphereGrid(4)
        >>> grid.points.shape
        torch.Size([3, 6, 3])
        >>> y = grid.harmonics(2).flatten(0, 1)  # Products have the degree 4.
        >>> weights = grid.weights.repeat_interleave(6)
        >>> torch.allclose(y.T @ (weights.unsqueeze(1) * y), torch.eye(9).double())
        True
    """

    degree: int

    def __post_init__(self) -> None:
        check_degrees(degree=self.degree)

    @cached_property
    def _nodes(self) -> tuple[Tensor, Tensor]:
        nodes, weights = np.polynomial.legendre.leggauss(self.degree // 2 + 1)
        return torch.from_numpy(nodes), torch.from_numpy(weights)

    @property
    def cosines(self) -> Tensor:
        r"""Cosines of the polar angles :math:`\beta` of the rings, ascending :math:`(B)`."""
        return self._nodes[0]

    @property
    def weights(self) -> Tensor:
        r"""Weights of the points of each ring; over all points they sum to :math:`4 \pi`
        :math:`(B)`.
        """
        return self._nodes[1] * (2 * math.pi / self.azimuths.numel())

    @property
    def azimuths(self) -> Tensor:
        r"""Angles :math:`\alpha` of the points of a ring :math:`(A)`."""
        num = 2 * (self.degree // 2 + 1)
        return 2 * math.pi * torch.arange(num, dtype=torch.double) / num

    @property
    def points(self) -> Tensor:
        r"""Unit vectors :math:`(B, A, 3)`."""
        y, a = self.cosines.unsqueeze(1), self.azimuths
        ring = (1 - y * y).sqrt()
        return torch.stack([ring * a.sin(), y.expand(-1, a.numel()), ring * a.cos()], dim=-1)

    def azimuth(self, lmax: int) -> Tensor:
        r"""The factor of harmonics that depends on :math:`\alpha` :math:`(A, 2 l + 1)`."""
        angle = self.azimuths.unsqueeze(1)
        return azimuth_functions(lmax, angle.cos(), angle.sin())

    def polar(self, lmax: int) -> Tensor:
        r"""The factor of harmonics that depends on :math:`\beta` :math:`(B, (l + 1)^2)`.

        Examples:
            >>> grid = SphereGrid(4)  # Y is the product of two factors.
            >>> order = torch.tensor([0, -1, 0, 1])  # Of the components up to degree one.
            >>> y = grid.polar(1).unsqueeze(1) * grid.azimuth(1)[:, 1 + order]
            >>> torch.allclose(y, grid.harmonics(1))
            True
        """
        y = self.cosines.unsqueeze(1)
        return torch.cat(reduced_polar(lmax, y), dim=1) * self._sine(order_of_component(lmax).abs())

    def polar_slope(self, lmax: int) -> Tensor:
        r"""The derivative of :meth:`polar` by :math:`\beta` :math:`(B, (l + 1)^2)`.

        .. math::
            2 \, \partial_\beta p_l^m = \sqrt{(l + m)(l - m + 1)} \, p_l^{m-1}
            - \sqrt{(l - m)(l + m + 1)} \, p_l^{m+1}, \qquad p_l^{-1} = -p_l^1
        """
        polar = F.pad(self.polar(lmax), (0, 1))
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

    def polar_over_sine(self, lmax: int) -> Tensor:
        r""":math:`|m| / \sin\beta` times :meth:`polar` :math:`(B, (l + 1)^2)`."""
        order = order_of_component(lmax).abs()
        reduced = torch.cat(reduced_polar(lmax, self.cosines.unsqueeze(1)), dim=1)
        return order * reduced * self._sine((order - 1).clamp(min=0))

    def harmonics(self, lmax: int) -> Tensor:
        r"""Harmonics at all points :math:`(B, A, (l + 1)^2)`."""
        return self._join(self.polar(lmax), self.azimuth(lmax), lmax)

    def gradients(self, lmax: int) -> tuple[Tensor, Tensor]:
        r"""The tangential derivatives :math:`\partial_\beta Y` and
        :math:`\partial_\alpha Y / \sin\beta` at all points, each :math:`(B, A, (l + 1)^2)`.
        """
        azimuth = self.azimuth(lmax)
        turned = -torch.arange(-lmax, lmax + 1).sign() * azimuth.flip(1)
        return (
            self._join(self.polar_slope(lmax), azimuth, lmax),
            self._join(self.polar_over_sine(lmax), turned, lmax),
        )

    def _sine(self, power: Tensor) -> Tensor:
        return (1 - self.cosines.square()).sqrt().unsqueeze(1) ** power

    @staticmethod
    def _join(polar: Tensor, azimuth: Tensor, lmax: int) -> Tensor:
        return polar.unsqueeze(1) * azimuth[:, lmax + order_of_component(lmax)]
