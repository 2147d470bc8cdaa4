"""One unit for each cluster of units."""

from collections.abc import Callable

import torch
from torch import Tensor

from .factors import Factors, truncated

Norm = Callable[[Tensor], Tensor]
# Norms of [a; b], row by row.
NORMS: dict[str, Norm] = {
    "l2": lambda x: x.norm(dim=1),
    "linf": lambda x: x.abs().amax(dim=1),
}


def centroid(a: Tensor, b: Tensor) -> Factors:
    """The mean of the rows, on each side by itself. ``[1, d_in]``, ``[1, d_out]``"""
    return a.mean(0, keepdim=True), b.mean(0, keepdim=True)


def rank_one(a: Tensor, b: Tensor) -> Factors:
    r"""The best matrix of rank one for the mean of the :math:`b_j a_j^\top`, with equal norms."""
    return truncated((a, b / len(b)), 1)


REPRESENTATIVES = {"centroid": centroid, "rank1": rank_one}


def aligned(a: Tensor, b: Tensor) -> Factors:
    """The same matrices with signs along the main direction of the rows of ``[a, b]``."""
    rows = torch.cat([a, b], 1)
    main = torch.linalg.eigh(rows @ rows.T)[1][:, -1]
    signs = torch.where(main * main[main.abs().argmax()] < 0, -1.0, 1.0).to(a).unsqueeze(1)
    return a * signs, b * signs


def represented(
    x: Factors, clusters: list[list[int]], representative: str, align: bool
) -> tuple[Factors, list[Factors]]:
    r"""The representative of every cluster, zeros for those without units.

    Args:
        x (tuple): Units as rows ``[M, d_in]`` and ``[M, d_out]``.
        clusters (list): The units of each of k clusters.
        representative (str): ``"centroid"`` or ``"rank1"``.
        align (bool): Whether :math:`(a, b)` and :math:`(-a, -b)` are the same unit.

    Returns:
        tuple: Factors with k rows, and the units of each cluster with the signs that were used.
    """
    a, b = (side.new_zeros(len(clusters), side.size(1)) for side in x)
    members = []
    for row, cluster in enumerate(clusters):
        mine = x[0][cluster], x[1][cluster]
        if align and cluster:
            mine = aligned(*mine)
        if cluster:
            (a[row],), (b[row],) = REPRESENTATIVES[representative](*mine)
        members.append(mine)
    return (a, b), members


def mean_norms(members: list[Factors], norm: Norm) -> Tensor:
    """The mean norm of the units of each cluster, zero for those without units. ``[k]``"""
    means = [norm(torch.cat(unit, 1)).mean() if len(unit[0]) else None for unit in members]
    zero = members[0][0].new_zeros(())
    return torch.stack([zero if mean is None else mean for mean in means])


def decay(x: Factors, members: list[Factors], norm: Norm) -> Tensor:
    """Norms of representatives relative to the mean norms of their units. ``[k]``"""
    means = mean_norms(members, norm)
    return norm(torch.cat(x, 1)) / means.where(means > 0, 1)
