"""Points that fill a space more evenly than independent ones."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from .rotations import (
    icosahedral_rotations,
    octahedral_rotations,
    orthogonal_of,
    proper,
    random_rotations,
    tetrahedral_rotations,
)

_SOLIDS = {12: tetrahedral_rotations, 24: octahedral_rotations, 60: icosahedral_rotations}
_KEPT = 10_000  # The most numbers of a sequence that is kept.
_PSI = 1.533751168755204288118041413  # The root of x^4 = x + 4.


def stratified_rotations(num: int, n: int, generator: torch.Generator | None = None) -> Tensor:
    r"""Rotations that are spread evenly over :math:`SO(n)`, the identity first.

    In the plane, the angles are :math:`2 \pi (i + u) / \mathrm{num}`. In space, 12, 24 and 60
    rotations are those of the tetrahedron, the cube and the icosahedron; other numbers follow a
    super-Fibonacci spiral. In higher dimensions they come from a Sobol sequence.

    Args:
        num (int): The number of rotations.
        n (int): The dimension of space.
        generator (torch.Generator, optional): Draws :math:`0 \leq u < 1` in the plane, and one
            Haar distributed rotation elsewhere, with which all are multiplied from the left. A sum
            over the set is then unbiased. (default: none, :math:`u = 0`)

    Returns:
        torch.Tensor: Matrices in float64 :math:`(\mathrm{num}, n, n)`.

    References:
        `"Super-Fibonacci Spirals: Fast, Low-Discrepancy Sampling of SO(3)"
        <https://openaccess.thecvf.com/content/CVPR2022/papers/Alexa_Super-Fibonacci_Spirals_Fast_Low-Discrepancy_Sampling_of_SO3_CVPR_2022_paper.pdf>`_
    """
    if n == 2:
        offset = torch.zeros((), dtype=torch.double)
        if generator is not None:
            device = generator.device
            offset = torch.rand((), generator=generator, dtype=torch.double, device=device).cpu()
        return _plane((torch.arange(num, dtype=torch.double) + offset) / num)
    if n == 3:
        rotations = _SOLIDS[num]() if num in _SOLIDS else _super_fibonacci(num)
    else:
        normal = normal_quantiles(_sobol(num + 1, n * n)[1:].view(num, n, n))
        rotations = proper(orthogonal_of(normal))
    rotations = rotations @ rotations[0].mT
    if generator is None:
        return rotations
    return random_rotations(1, n, generator, torch.double).cpu() @ rotations


def arc_rotations(num: int, max_angle: float, generator: torch.Generator | None = None) -> Tensor:
    r"""Rotations of the plane that are spread evenly over an arc around the identity.

    The angles are :math:`\varphi (2 (i + u) / \mathrm{num} - 1)`, in random order if :math:`u` is
    drawn, so that a symmetric part with the same number is no function of the angle.

    Args:
        num (int): The number of rotations.
        max_angle (float): The largest angle :math:`\varphi`, in radians.
        generator (torch.Generator, optional): Draws :math:`0 \leq u < 1` and the order.
            (default: none, :math:`u = 1/2` and ascending angles)

    Returns:
        torch.Tensor: Matrices in float64 :math:`(\mathrm{num}, 2, 2)`.

    Examples:
        >>> angles = arc_rotations(2, 0.5)[:, 1, 0].asin()
        >>> angles.tolist()
        [-0.25, 0.25]
    """
    place, offset = torch.arange(num, dtype=torch.double), torch.tensor(0.5)
    if generator is not None:
        device = generator.device
        offset = torch.rand((), generator=generator, dtype=torch.double, device=device).cpu()
        place = torch.randperm(num, generator=generator, device=device).cpu().double()
    return _plane(max_angle * (2 * (place + offset) / num - 1) / (2 * math.pi))


def normal_points(
    num: int, dim: int, radius: float, generator: torch.Generator | None = None
) -> Tensor:
    r"""Points of the standard normal distribution within a ball, from a Sobol sequence.

    Args:
        num (int): The number of points.
        dim (int): The dimension of the space.
        radius (float): The radius of the ball, which may be infinite.
        generator (torch.Generator, optional): Draws one shift of the sequence, so that each point
            has the distribution. (default: none, always the same points)

    Returns:
        torch.Tensor: Points in float64 :math:`(\mathrm{num}, \mathrm{dim})`.
    """
    shift = torch.zeros(dim, dtype=torch.double)
    if generator is not None:
        shift = torch.rand(dim, generator=generator, dtype=torch.double, device=generator.device)
    drawn = num
    while True:
        points = normal_quantiles((_sobol(drawn, dim) + shift.cpu()) % 1)
        points = points[torch.linalg.vector_norm(points, dim=1) < radius]
        if points.size(0) >= num:
            return points[:num]
        drawn = math.ceil(1.2 * drawn) + 8


def normal_quantiles(uniform: Tensor) -> Tensor:
    """Numbers of which so large a part of the standard normal distribution is below."""
    return torch.special.ndtri(uniform)


def _sobol(num: int, dim: int) -> Tensor:
    """Points of the unit cube; those of few samples, drawn in every step, are kept."""
    return _kept_sobol(num, dim) if num * dim <= _KEPT else _kept_sobol.__wrapped__(num, dim)


@lru_cache(maxsize=64)
def _kept_sobol(num: int, dim: int) -> Tensor:
    # Scrambled: the plain sequence begins at zero, which is no quantile.
    with torch.device("cpu"):
        engine = torch.quasirandom.SobolEngine(dim, scramble=True, seed=0)
        return engine.draw(num, dtype=torch.double)


def _plane(turns: Tensor) -> Tensor:
    """Rotations by so many turns, exact at quarters of one."""
    quarters = (4 * turns).round()
    rest = 2 * math.pi * (turns - quarters / 4)
    cos, sin = rest.cos(), rest.sin()
    for power in (1, 2):  # A quarter maps (cos, sin) to (-sin, cos), two of them to (-cos, -sin).
        swap = (quarters.long() // power) % 2 == 1
        turned = (-sin, cos) if power == 1 else (-cos, -sin)
        cos, sin = (torch.where(swap, a, b) for a, b in zip(turned, (cos, sin), strict=True))
    return torch.stack([cos, -sin, sin, cos], dim=-1).unflatten(-1, (2, 2))


def _super_fibonacci(num: int) -> Tensor:
    s = torch.arange(num, dtype=torch.double) + 0.5
    alpha, beta = 2 * math.pi * s / math.sqrt(2), 2 * math.pi * s / _PSI
    short, long = (s / num).sqrt(), (1 - s / num).sqrt()
    x, y = short * alpha.sin(), short * alpha.cos()
    z, w = long * beta.sin(), long * beta.cos()
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
