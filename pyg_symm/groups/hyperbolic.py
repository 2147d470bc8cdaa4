r"""Hyperbolic functions divided by their argument, smooth at zero.

All are functions of the square :math:`q = \delta^2`, in which they are analytic. A series takes
over near zero, so that derivatives of any order are finite there.
"""

from collections.abc import Callable

import torch
from torch import Tensor

# 1 / (2k + 1)!
_SINHC = [1.0]
for _k in range(1, 10):
    _SINHC.append(_SINHC[-1] / (2 * _k * (2 * _k + 1)))
# (-1)^k (2k)! / (4^k k!^2 (2k + 1))
_ASINHC, _ratio = [1.0], 1.0
for _k in range(1, 16):
    _ratio *= -(2 * _k - 1) / (2 * _k)
    _ASINHC.append(_ratio / (2 * _k + 1))


def sinhc(square: Tensor) -> Tensor:
    r""":math:`\sinh(\delta) / \delta` as a function of :math:`q = \delta^2 \geq 0`.

    Examples:
        >>> sinhc(torch.tensor([0.0, 4.0]))
        tensor([1.0000, 1.8134])
    """
    return _by_size(square, 0.25, _SINHC, lambda q: q.sqrt().sinh() / q.sqrt())


def asinhc(square: Tensor) -> Tensor:
    r""":math:`\operatorname{arsinh}(s) / s` as a function of :math:`q = s^2 \geq 0`."""
    return _by_size(square, 0.02, _ASINHC, lambda q: q.sqrt().asinh() / q.sqrt())


def log_sinhc(square: Tensor) -> Tensor:
    r""":math:`\log(\sinh(\delta) / \delta)` as a function of :math:`q = \delta^2 \geq 0`.

    It does not overflow.
    """
    small = square < 1
    below = sinhc(torch.where(small, square, 0)).log()
    delta = torch.where(small, 1, square).sqrt()
    above = delta + torch.log1p(-(-2 * delta).exp()) - (2 * delta).log()
    return torch.where(small, below, above)


def _by_size(
    square: Tensor, limit: float, series: list[float], direct: Callable[[Tensor], Tensor]
) -> Tensor:
    # Each branch sees only arguments it can take: the other one would make gradients NaN.
    small = square < limit
    q = torch.where(small, square, 0)
    below = torch.full_like(q, series[-1])
    for coefficient in reversed(series[:-1]):
        below = below * q + coefficient
    return torch.where(small, below, direct(torch.where(small, limit, square)))
