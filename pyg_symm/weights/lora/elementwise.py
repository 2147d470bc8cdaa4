r"""Merges of factors entry by entry: averages, TIES and DARE.

As in `peft <https://github.com/huggingface/peft>`_, A and B are merged apart, so that results have
cross terms :math:`B_i A_j` and depend on the gauge of the factors.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pyg_symm.utils import check_choice

from .adapter import Adapter
from .factors import Factors
from .merged import SEMANTICS, Merged, merge, scaled
from .units import Pool


def linear_merge(
    adapters: Sequence[Adapter],
    *,
    semantics: str = "mean",
    weights: Sequence[float] | None = None,
) -> Adapter:
    r"""Sums or averages A and B, each by itself.

    Args:
        adapters (Sequence): Adapters of one base model, with equal ranks.
        semantics (str, optional): ``"mean"`` or ``"sum"``. (default: :obj:`"mean"`)
        weights (Sequence, optional): A factor for each adapter; ones if not given.

    Raises:
        ValueError: If ranks differ, or if adapters do not fit together.
    """
    return _merge(adapters, semantics, weights, lambda tasks: tasks.sum(0))


def ties_merge(
    adapters: Sequence[Adapter],
    *,
    density: float = 0.5,
    semantics: str = "mean",
    weights: Sequence[float] | None = None,
) -> Adapter:
    r"""`TIES <https://arxiv.org/abs/2306.01708>`_ on A and B, each by itself: of each factor the
    largest entries are kept, and each entry is the mean of those with the sign of their sum.

    Args:
        adapters (Sequence): Adapters of one base model, with equal ranks.
        density (float, optional): The share of entries to keep. (default: :obj:`0.5`)
        semantics (str, optional): ``"mean"`` or ``"sum"``. (default: :obj:`"mean"`)
        weights (Sequence, optional): A factor for each adapter; ones if not given.

    Raises:
        ValueError: If ranks differ, if adapters do not fit together, or if ``density`` is not
            above 0 and at most 1.
    """
    check_density(density)
    return _merge(adapters, semantics, weights, lambda tasks: elected(trimmed(tasks, density)))


def dare_merge(
    adapters: Sequence[Adapter],
    *,
    density: float = 0.5,
    ties: bool = False,
    semantics: str = "mean",
    weights: Sequence[float] | None = None,
    seed: int = 0,
) -> Adapter:
    r"""`DARE <https://arxiv.org/abs/2311.03099>`_ on A and B, each by itself: entries are dropped
    at random, and those that stay are divided by the density.

    Args:
        adapters (Sequence): Adapters of one base model, with equal ranks.
        density (float, optional): The probability that an entry stays. (default: :obj:`0.5`)
        ties (bool, optional): Whether entries are then merged as by :func:`ties_merge`, and not
            summed. (default: :obj:`False`)
        semantics (str, optional): ``"mean"`` or ``"sum"``. (default: :obj:`"mean"`)
        weights (Sequence, optional): A factor for each adapter; ones if not given.
        seed (int, optional): The seed of what is dropped. (default: :obj:`0`)

    Raises:
        ValueError: If ranks differ, if adapters do not fit together, or if ``density`` is not
            above 0 and at most 1.
    """
    check_density(density)
    generator = torch.Generator().manual_seed(seed)

    def combine(tasks: Tensor) -> Tensor:
        kept = torch.rand(tasks.shape, generator=generator, dtype=tasks.dtype) < density
        dropped = tasks * kept.to(tasks.device) / density
        return elected(dropped) if ties else dropped.sum(0)

    return _merge(adapters, semantics, weights, combine)


def trimmed(tasks: Tensor, density: float) -> Tensor:
    r"""Keeps the largest entries of each task.

    Args:
        tasks (Tensor): One tensor a task. ``[N, ...]``
        density (float): The share of entries that stay.

    Examples:
        >>> trimmed(torch.tensor([[3.0, -4.0, 1.0, 0.0]]), 0.5)
        tensor([[ 3., -4.,  0.,  0.]])
    """
    flat = tasks.flatten(1)
    largest = flat.abs().topk(int(density * flat.size(1)), dim=1).indices
    return torch.zeros_like(flat).scatter(1, largest, flat.gather(1, largest)).view_as(tasks)


def elected(tasks: Tensor) -> Tensor:
    r"""The mean of the entries that have the sign of the sum over tasks.

    Args:
        tasks (Tensor): One tensor a task. ``[N, ...]``

    Examples:
        >>> elected(torch.tensor([[3.0, -1.0], [-1.0, 0.0], [1.0, -2.0]]))
        tensor([ 2.0000, -1.5000])
    """
    agree = tasks.sign() == torch.where(tasks.sum(0) >= 0, 1.0, -1.0)
    return (tasks * agree).sum(0) / agree.sum(0).clamp(min=1)


def check_density(density: float) -> None:
    """Refuses what is no share."""
    if not 0 < density <= 1:
        raise ValueError(f"'density' must be above 0 and at most 1 (got {density})")


def _merge(
    adapters: Sequence[Adapter],
    semantics: str,
    weights: Sequence[float] | None,
    combine: Callable[[Tensor], Tensor],
) -> Adapter:
    check_choice("semantics", semantics, SEMANTICS)

    def rule(name: str, pool: Pool) -> Merged:
        num, rank = len(pool.present), pool.present[0]
        if set(pool.present) != {rank}:
            raise ValueError(f"ranks of '{name}' must be equal in all adapters (got {pool.ranks})")
        share = 1.0 if semantics == "sum" else 1.0 / num
        a, b = scaled(pool.factors, share)
        return Merged(_combined((a, b), num, combine))

    return merge(adapters, weights, rule)


def _combined(x: Factors, num: int, combine: Callable[[Tensor], Tensor]) -> Factors:
    a, b = (combine(side.unflatten(0, (num, -1))) for side in x)
    return a, b
