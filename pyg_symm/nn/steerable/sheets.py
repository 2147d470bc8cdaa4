r"""Natural and pseudo channels of features that are functions on the sphere.

A feature of degree :math:`l` is *natural* if the inversion multiplies it by :math:`(-1)^l`, as
scalars, vectors and spherical harmonics, and *pseudo* if it multiplies it by :math:`-(-1)^l`, as
pseudo-scalars and cross products. Features have the shape :math:`(N, S, C, (L + 1)^2)`. With
:math:`S = 1` sheet all are natural, with :math:`S = 2` the second sheet is pseudo.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def fit(x: Tensor, lmax: int, sheets: int) -> Tensor:
    r"""Features with other degrees and sheets: what is missing is zero, what is too much is left
    out.

    Args:
        x (torch.Tensor): Features :math:`(N, S, C, d)`.
        lmax (int): The new highest degree.
        sheets (int): The new number of sheets.

    Examples:
        >>> fit(torch.ones(2, 1, 3, 4), lmax=2, sheets=2).shape
        torch.Size([2, 2, 3, 9])
    """
    return F.pad(x, (0, (lmax + 1) ** 2 - x.size(-1), 0, 0, 0, sheets - x.size(1)))


def sort_products(even: Tensor, odd: Tensor) -> Tensor:
    r"""Products with a natural factor, sorted by their sheets.

    The pointwise product with a natural function keeps the sheet, the Poisson bracket changes it.

    Args:
        even (torch.Tensor): Pointwise products of each sheet :math:`(N, S, C, d)`.
        odd (torch.Tensor): Poisson brackets of each sheet :math:`(N, S, C, d)`.

    Returns:
        torch.Tensor: Both sheets :math:`(N, 2, S C, d)`.
    """
    if even.size(1) == 1:
        return torch.cat([even, odd], dim=1)
    return torch.cat([even, odd.flip(1)], dim=2)


def mirror(x: Tensor) -> Tensor:
    r"""The sum and the difference of natural and pseudo features, over :math:`\sqrt{2}`.

    A reflection exchanges the two. Hence any product of functions, applied to either alone,
    commutes with reflections. The map is its own inverse.

    Args:
        x (torch.Tensor): Features :math:`(N, 2, C, d)`.

    Examples:
        >>> x = torch.randn(3, 2, 4, 9)
        >>> torch.allclose(mirror(mirror(x)), x, atol=1e-6)
        True
    """
    natural, pseudo = x.unbind(1)
    return torch.stack([natural + pseudo, natural - pseudo], dim=1) / math.sqrt(2)
