r"""Coefficients of products of functions on the sphere, in the basis of spherical harmonics.

The pointwise product :math:`f g` and the Poisson bracket :math:`\{f, g\} = \boldsymbol{\omega}
\cdot (\nabla f \times \nabla g)` are the two ways to multiply functions that rotate with them.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .sphere_grid import SphereGrid

_ZERO = 1e-12  # Below this, coefficients are round-off.


def gaunt_coefficients(l1: int, l2: int, l3: int) -> Tensor:
    r"""Integrals of three real spherical harmonics.

    .. math::
        G_{m_1 m_2 m_3} = \int_{S^2} Y_{l_1 m_1} Y_{l_2 m_2} Y_{l_3 m_3} \, d\boldsymbol{\omega}
        = K(l_1, l_2, l_3) \, C_{m_1 m_2 m_3}

    with the real coupling tensor :math:`C`, :math:`\sum C^2 = 1`, that e3nn calls
    ``wigner_3j``, and :func:`gaunt_scale` :math:`K \geq 0`. They are zero if
    :math:`l_1 + l_2 + l_3` is odd, or one degree exceeds the sum of the others.

    Args:
        l1 (int): The degree of the first factor.
        l2 (int): The degree of the second factor.
        l3 (int): The degree of the product.

    Returns:
        torch.Tensor: float64 :math:`(2 l_1 + 1, 2 l_2 + 1, 2 l_3 + 1)`

    Examples:
        >>> (gaunt_coefficients(1, 1, 0).squeeze(-1) * math.sqrt(4 * math.pi)).round()
        tensor([[1., 0., 0.],
                [0., 1., 0.],
                [0., 0., 1.]], dtype=torch.float64)
    """
    check_sizes(0, l1=l1, l2=l2, l3=l3)
    return _block(gaunt_tensor(l1, l2, l3))


def bracket_coefficients(l1: int, l2: int, l3: int) -> Tensor:
    r"""Coefficients of the Poisson bracket of two real spherical harmonics.

    .. math::
        B_{m_1 m_2 m_3} = \int_{S^2} \{Y_{l_1 m_1}, Y_{l_2 m_2}\} \, Y_{l_3 m_3} \,
        d\boldsymbol{\omega} = k(l_1, l_2, l_3) \, C_{m_1 m_2 m_3}

    They are zero if :math:`l_1 + l_2 + l_3` is even: together with :func:`gaunt_coefficients`
    they reach every triple of degrees that the triangle rule allows. The sign is that of
    :math:`\{x, y\} = z`, so that the bracket of vectors is their cross product.

    Args:
        l1 (int): The degree of the first factor.
        l2 (int): The degree of the second factor.
        l3 (int): The degree of the product.

    Returns:
        torch.Tensor: float64 :math:`(2 l_1 + 1, 2 l_2 + 1, 2 l_3 + 1)`

    Examples:
        >>> x, y, z = torch.eye(3, dtype=torch.double)
        >>> cross = bracket_coefficients(1, 1, 1) / math.sqrt(3 / (4 * math.pi))
        >>> torch.einsum("i,j,ijk->k", x, y, cross).round() + 0.0
        tensor([0., 0., 1.], dtype=torch.float64)
    """
    check_sizes(0, l1=l1, l2=l2, l3=l3)
    return _block(bracket_tensor(l1, l2, l3))


def gaunt_scale(l1: int, l2: int, l3: int) -> float:
    r"""The norm of :func:`gaunt_coefficients`.

    .. math::
        K = \sqrt{\frac{(2 l_1 + 1)(2 l_2 + 1)(2 l_3 + 1)}{4 \pi}}
        \left| \begin{pmatrix} l_1 & l_2 & l_3 \\ 0 & 0 & 0 \end{pmatrix} \right|

    Examples:
        >>> round(gaunt_scale(1, 1, 2), 4), gaunt_scale(1, 1, 1), gaunt_scale(1, 1, 3)
        (0.691, 0.0, 0.0)
    """
    check_sizes(0, l1=l1, l2=l2, l3=l3)
    return _dimensions(l1, l2, l3) * abs(_three_j(l1, l2, l3, 0))


def bracket_scale(l1: int, l2: int, l3: int) -> float:
    r"""The norm of :func:`bracket_coefficients`, zero if :math:`l_1 + l_2 + l_3` is even.

    .. math::
        k = \sqrt{\frac{(2 l_1 + 1)(2 l_2 + 1)(2 l_3 + 1)}{4 \pi} \, l_1 (l_1 + 1) \, l_2 (l_2 + 1)}
        \left| \begin{pmatrix} l_1 & l_2 & l_3 \\ 1 & -1 & 0 \end{pmatrix} \right|

    Examples:
        >>> round(bracket_scale(1, 1, 1), 4), bracket_scale(1, 1, 2)
        (1.1968, 0.0)
    """
    check_sizes(0, l1=l1, l2=l2, l3=l3)
    if (l1 + l2 + l3) % 2 == 0 or l1 == 0 or l2 == 0:
        return 0.0
    slopes = math.sqrt(l1 * (l1 + 1) * l2 * (l2 + 1))
    return _dimensions(l1, l2, l3) * slopes * abs(_three_j(l1, l2, l3, 1))


@lru_cache(maxsize=64)
def gaunt_tensor(lmax1: int, lmax2: int, lmax3: int) -> Tensor:
    r"""All :func:`gaunt_coefficients` up to some degrees, shared: do not change it.

    Returns:
        torch.Tensor: float64
        :math:`((\mathrm{lmax}_1 + 1)^2, (\mathrm{lmax}_2 + 1)^2, (\mathrm{lmax}_3 + 1)^2)`
    """
    # What is kept must not depend on a default device, or on who asked first.
    with torch.device("cpu"), torch.inference_mode(False):
        grid = SphereGrid(lmax1 + lmax2 + lmax3)
        y1, y2, y3 = (grid.harmonics(lmax).flatten(0, 1) for lmax in (lmax1, lmax2, lmax3))
        return _integrate(grid, y1.unsqueeze(2) * y2.unsqueeze(1), y3)


@lru_cache(maxsize=64)
def bracket_tensor(lmax1: int, lmax2: int, lmax3: int) -> Tensor:
    r"""All :func:`bracket_coefficients` up to some degrees, shared: do not change it.

    Returns:
        torch.Tensor: float64
        :math:`((\mathrm{lmax}_1 + 1)^2, (\mathrm{lmax}_2 + 1)^2, (\mathrm{lmax}_3 + 1)^2)`
    """
    with torch.device("cpu"), torch.inference_mode(False):
        grid = SphereGrid(lmax1 + lmax2 + lmax3)
        beta1, alpha1 = (y.flatten(0, 1).unsqueeze(2) for y in grid.gradients(lmax1))
        beta2, alpha2 = (y.flatten(0, 1).unsqueeze(1) for y in grid.gradients(lmax2))
        product = beta1 * alpha2 - alpha1 * beta2
        return _integrate(grid, product, grid.harmonics(lmax3).flatten(0, 1))


def _integrate(grid: SphereGrid, product: Tensor, y: Tensor) -> Tensor:
    weights = grid.weights.repeat_interleave(grid.azimuths.numel())
    out = torch.einsum("gij,gk->ijk", product, weights.unsqueeze(1) * y)
    return torch.where(out.abs() > _ZERO, out, 0)


def _block(tensor: Tensor) -> Tensor:
    """The part of the highest degrees."""
    first = [(math.isqrt(size) - 1) ** 2 for size in tensor.shape]
    return tensor[first[0] :, first[1] :, first[2] :].clone()


def _dimensions(l1: int, l2: int, l3: int) -> float:
    return math.sqrt((2 * l1 + 1) * (2 * l2 + 1) * (2 * l3 + 1) / (4 * math.pi))


def _three_j(l1: int, l2: int, l3: int, m: int) -> float:
    """Wigner's 3j symbol of the orders m, -m and 0, by Racah's formula in exact integers."""
    if not abs(l1 - l2) <= l3 <= l1 + l2 or m > min(l1, l2):
        return 0.0
    f = math.factorial
    numerator = f(l1 + l2 - l3) * f(l1 - l2 + l3) * f(l2 + l3 - l1)
    numerator *= f(l1 + m) * f(l1 - m) * f(l2 + m) * f(l2 - m) * f(l3) ** 2
    first, last = max(0, l2 - l3 - m, l1 - l3 - m), min(l1 + l2 - l3, l1 - m, l2 - m)
    # Over a common denominator the terms are integers, and nothing cancels in round-off.
    common = f(l1 + l2 - l3) * f(l1 - m) * f(l2 - m) * f(l1 + l3) * f(l2 + l3) * f(l1 + l2)
    total = 0
    for t in range(first, last + 1):
        term = f(t) * f(l3 - l2 + t + m) * f(l3 - l1 + t + m)
        term *= f(l1 + l2 - l3 - t) * f(l1 - t - m) * f(l2 - t - m)
        assert common % term == 0
        total += (-1) ** t * (common // term)
    # A float of a ratio of large integers is exact up to its last digit.
    square = total * total * numerator / (common * common * f(l1 + l2 + l3 + 1))
    return math.copysign(math.sqrt(square), 1 if total > 0 else -1)
