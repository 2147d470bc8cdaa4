"""Polynomials of the angle between two directions, and what a quadrature rule integrates."""

from collections.abc import Iterator

import torch
from torch import Tensor


def zonal_polynomials(x: Tensor, dim: int) -> Iterator[Tensor]:
    r"""The polynomials :math:`P_0(x), P_1(x), \ldots` without end, with :math:`P_l(1) = 1`.

    :math:`P_l(\mathbf{o} \cdot \mathbf{p})` is the harmonic of degree :math:`l` on the sphere of
    directions in :math:`\mathbb{R}^n` that is symmetric about :math:`\mathbf{p}`: Legendre's
    polynomials for :math:`n = 3`, Chebyshev's for :math:`n = 2`.

    .. math::
        (l + n - 2) \, P_{l+1} = (2 l + n - 2) \, x P_l - l P_{l-1}

    Args:
        x (torch.Tensor): Cosines of any shape.
        dim (int): The dimension :math:`n` of space.

    Examples:
        >>> from itertools import islice
        >>> [float(p) for p in islice(zonal_polynomials(torch.tensor(0.5), dim=3), 3)]
        [1.0, 0.5, -0.125]
    """
    before, now = torch.ones_like(x), x
    yield before
    degree = 1
    while True:
        yield now
        after = (2 * degree + dim - 2) * x * now - degree * before
        before, now = now, after / (degree + dim - 2)
        degree += 1


def quadrature_degree(points: Tensor, weights: Tensor, tol: float = 1e-12) -> int:
    r"""The highest degree up to which a rule integrates every polynomial over the sphere exactly.

    Harmonics of degree :math:`l \geq 1` have the mean zero. The weighted sum of all of them
    vanishes if :math:`\sum_o w_o P_l(\mathbf{o} \cdot \mathbf{p}) = 0` for each point
    :math:`\mathbf{p}` of the rule.

    Args:
        points (torch.Tensor): Unit vectors in float64 :math:`(O, n)`.
        weights (torch.Tensor): Their weights, of sum one :math:`(O)`.
        tol (float, optional): The largest sum that counts as zero. (default: :obj:`1e-12`)

    Examples:
        >>> axes = torch.cat([torch.eye(3), -torch.eye(3)]).double()
        >>> quadrature_degree(axes, torch.full((6,), 1 / 6).double())
        3
    """
    polynomials = zonal_polynomials(points @ points.T, points.size(1))
    next(polynomials)
    for degree, values in enumerate(polynomials):
        if bool(((values * weights).sum(-1).abs() > tol).any()):
            return degree
    raise AssertionError("a finite rule cannot integrate all degrees")
