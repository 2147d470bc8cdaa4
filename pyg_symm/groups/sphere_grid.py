"""Grids on the sphere that integrate products of harmonics exactly."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .components import order_of_component
from .polar import polar_functions, polar_over_sine, polar_slopes
from .spherical_harmonics import azimuth_functions


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
        check_sizes(0, degree=self.degree)

    @cached_property
    def _nodes(self) -> tuple[Tensor, Tensor]:
        nodes, weights = np.polynomial.legendre.leggauss(self.degree // 2 + 1)
        return torch.from_numpy(nodes), torch.from_numpy(weights)

    @property
    def cosines(self) -> Tensor:
        r"""Cosines of the polar angles :math:`\beta` of the rings, ascending :math:`(B)`."""
        return self._nodes[0]

    @property
    def sines(self) -> Tensor:
        r"""Sines of the polar angles :math:`(B)`."""
        return (1 - self.cosines.square()).sqrt()

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
        y, ring, a = self.cosines.unsqueeze(1), self.sines.unsqueeze(1), self.azimuths
        return torch.stack([ring * a.sin(), y.expand(-1, a.numel()), ring * a.cos()], dim=-1)

    def azimuth(self, lmax: int) -> Tensor:
        r"""The factor of harmonics that depends on :math:`\alpha` :math:`(A, 2 l + 1)`."""
        angle = self.azimuths.unsqueeze(1)
        return azimuth_functions(lmax, angle.cos(), angle.sin())

    def turned_azimuth(self, lmax: int) -> Tensor:
        r"""The derivative of :meth:`azimuth` by :math:`\alpha`, over :math:`|m|`
        :math:`(A, 2 l + 1)`.
        """
        return -torch.arange(-lmax, lmax + 1).sign() * self.azimuth(lmax).flip(1)

    def harmonics(self, lmax: int) -> Tensor:
        r"""Harmonics at all points :math:`(B, A, (l + 1)^2)`."""
        polar = polar_functions(lmax, self.cosines, self.sines)
        return self._join(polar, self.azimuth(lmax), lmax)

    def gradients(self, lmax: int) -> tuple[Tensor, Tensor]:
        r"""The tangential derivatives :math:`\partial_\beta Y` and
        :math:`\partial_\alpha Y / \sin\beta` at all points, each :math:`(B, A, (l + 1)^2)`.
        """
        slope = polar_slopes(lmax, self.cosines, self.sines)
        over_sine = polar_over_sine(lmax, self.cosines, self.sines)
        return (
            self._join(slope, self.azimuth(lmax), lmax),
            self._join(over_sine, self.turned_azimuth(lmax), lmax),
        )

    @staticmethod
    def _join(polar: Tensor, azimuth: Tensor, lmax: int) -> Tensor:
        return polar.unsqueeze(1) * azimuth[:, lmax + order_of_component(lmax)]
