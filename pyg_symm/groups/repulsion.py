"""Evenly spread directions of any number, as points that repel each other."""

import math
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

_MAX_ITER = 500


def repulsion_points(num: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    r"""Directions in space at a minimum of their electrostatic energy, with quadrature weights.

    .. math::
        \min_{\| \mathbf{o}_i \| = 1} \; \sum_{i < j} \frac{1}{\| \mathbf{o}_i - \mathbf{o}_j \|}

    A Fibonacci spiral, slightly disturbed by the seed, is the start. L-BFGS in float64 then runs
    until the gradient is round-off. An even number of points, other than two and four, consists
    of pairs :math:`\pm \mathbf{o}`, so that the inversion maps the set to itself.

    The weights integrate all polynomials over the sphere up to some degree, and are those closest
    to :math:`1 / \mathrm{num}` that do so. The degree is the highest one for which all weights
    lie between :math:`1 / (2 \, \mathrm{num})` and :math:`3 / (2 \, \mathrm{num})`.

    Args:
        num (int): The number of points.
        seed (int, optional): Other seeds give other minima, or rotated ones. (default: :obj:`0`)

    Returns:
        tuple: Unit vectors :math:`(\mathrm{num}, 3)` and weights of sum one :math:`(\mathrm{num})`,
        in float64. They are computed once for each number and seed.

    Raises:
        ValueError: If there is no point.

    Examples:
        >>> points, weights = repulsion_points(10)
        >>> bool((points[5:] == -points[:5]).all())
        True
    """
    if num < 1:
        raise ValueError(f"'num' must be 1 or more (got {num})")
    points, weights = _converged(num, seed)
    return points.clone(), weights.clone()


def repulsion_energy(points: Tensor) -> Tensor:
    r"""The sum of inverse distances over all pairs of points :math:`(N, n)`."""
    row, col = torch.triu_indices(points.size(0), points.size(0), 1, device=points.device)
    return torch.linalg.vector_norm(points[row] - points[col], dim=-1).reciprocal().sum()


@lru_cache(maxsize=64)
def _converged(num: int, seed: int) -> tuple[Tensor, Tensor]:
    # What is kept must not depend on a default device, or on who asked first.
    with torch.device("cpu"), torch.inference_mode(False):
        points = _minimum(num, seed)
        return points, _quadrature_weights(points)


def _minimum(num: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    paired = num % 2 == 0 and num not in (2, 4)
    free = _fibonacci(num)[: num // 2 if paired else num]
    noise = torch.randn(free.shape, generator=generator, dtype=torch.double)
    free = (free + noise * 0.1 / math.sqrt(num)).requires_grad_()

    def points() -> Tensor:
        unit = free / torch.linalg.vector_norm(free, dim=1, keepdim=True)
        return torch.cat([unit, -unit]) if paired else unit

    # A line search ends where energies differ by round-off only. Steps without it follow the
    # gradient further.
    for search in ("strong_wolfe", None):
        if num > 1:
            _minimise(free, lambda: repulsion_energy(points()), search, 1e-14 * num**1.5)
    return points().detach()


@torch.enable_grad()
def _minimise(free: Tensor, energy: Callable[[], Tensor], search: str | None, tol: float) -> None:
    optimizer = torch.optim.LBFGS(
        [free],
        max_iter=_MAX_ITER,
        history_size=50,
        tolerance_grad=tol,
        tolerance_change=0.0,
        line_search_fn=search,
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = energy()
        value.backward()
        return value

    optimizer.step(closure)


def _fibonacci(num: int) -> Tensor:
    step = torch.arange(num, dtype=torch.double)
    z = 1 - (2 * step + 1) / num
    angle = math.pi * (3 - math.sqrt(5)) * step
    radius = (1 - z.square()).sqrt()
    return torch.stack([radius * angle.cos(), radius * angle.sin(), z], dim=1)


def _quadrature_weights(points: Tensor) -> Tensor:
    num = points.size(0)
    best = equal = torch.full((num,), 1 / num, dtype=torch.double)
    for degree in range(1, num + 1):
        values, means = _moments(points, degree)
        # Symmetric sets have singular values of zero, up to the round-off of their points.
        change = torch.linalg.pinv(values, rtol=1e-9) @ (means - values @ equal)
        error = (values @ (equal + change) - means).abs().max()
        if error > 1e-12 or (num * change).abs().max() > 0.5:
            break
        best = equal + change
    return best / best.sum()


def _moments(points: Tensor, degree: int) -> tuple[Tensor, Tensor]:
    """Monomials that span all polynomials of a degree on the sphere, with their means over it."""
    values, means = [], []
    for total in (degree - 1, degree):  # Lower ones are these times powers of the squared norm.
        for i in range(total + 1):
            for j in range(total + 1 - i):
                powers = (i, j, total - i - j)
                values.append((points ** torch.tensor(powers)).prod(1))
                odd = any(p % 2 for p in powers)
                means.append(0.0 if odd else _double_factorials(powers) / _odd_product(total + 1))
    return torch.stack(values), torch.tensor(means, dtype=torch.double)


def _double_factorials(powers: tuple[int, int, int]) -> float:
    return float(math.prod(_odd_product(p - 1) for p in powers))


def _odd_product(last: int) -> int:
    return math.prod(range(1, last + 1, 2))
