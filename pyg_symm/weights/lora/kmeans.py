r"""k-means on few points, several starts at once, also on points up to their sign.

scikit-learn has no k-means up to signs. Points are few here, so that all their distances are known
and every start picks its centres among the best of several draws.
"""

import math

import torch
from torch import Tensor

_TINY = 1e-13  # Equal points are so far apart, squared, as a share of the largest norm.


def kmeans(
    points: Tensor,
    num_clusters: int,
    generator: torch.Generator,
    *,
    signed: bool = False,
    num_starts: int = 10,
    max_iterations: int = 300,
) -> Tensor:
    r"""Lloyd's algorithm from greedy k-means++ centres, the best of several starts.

    Args:
        points (Tensor): Points in float64. ``[M, F]``
        num_clusters (int): The number k of clusters. If fewer points differ, some clusters are
            empty.
        generator (torch.Generator): Draws the first centres.
        signed (bool, optional): Whether :math:`x` and :math:`-x` are the same point.
            (default: :obj:`False`)
        num_starts (int, optional): How many starts. (default: :obj:`10`)
        max_iterations (int, optional): The most steps. (default: :obj:`300`)

    Returns:
        Tensor: The cluster of each point, from 0 to k - 1. ``[M]``

    Examples:
        >>> points = torch.tensor([[0.0], [5.0], [0.1], [5.1]], dtype=torch.double)
        >>> labels = kmeans(points, 2, torch.Generator().manual_seed(0))
        >>> labels[0] == labels[2], labels[1] == labels[3], labels[0] == labels[1]
        (tensor(True), tensor(True), tensor(False))
    """
    seeds, alive = _seeds(points, num_clusters, generator, signed, num_starts)
    centers = points[seeds]  # [starts, k, F]
    labels, previous = seeds.new_full((num_starts, len(points)), -1), None
    for _ in range(max_iterations):
        labels, signs, cost = _assigned(points, centers, alive, signed)
        if previous is not None and torch.equal(labels, previous):
            break
        previous = labels
        hot = torch.nn.functional.one_hot(labels, num_clusters).to(points)
        count = hot.sum(1)
        total = torch.einsum("rmk,rm,mf->rkf", hot, signs, points)
        centers = total / count.clamp(min=1).unsqueeze(-1)
        _refill(points, centers, cost, alive & (count == 0))
    total_cost = _assigned(points, centers, alive, signed)[2].sum(1)
    return labels[_first_least(total_cost)]


def _seeds(
    points: Tensor, num: int, generator: torch.Generator, signed: bool, starts: int
) -> tuple[Tensor, Tensor]:
    """First centres ``[starts, k]`` as numbers of points, and which are new points."""
    apart = _squared(points, points, signed)  # [M, M]
    least = _TINY * points.square().sum(1).max()
    trials = 2 + int(math.log(num))
    size = len(points)
    chosen = torch.randint(size, (starts, 1), generator=generator).to(points.device)
    alive = [torch.ones_like(chosen[:, 0], dtype=torch.bool)]
    near = apart[chosen[:, 0]]  # [starts, M]
    for _ in range(num - 1):
        share = near.where(near > least, 0)
        left = share.sum(1) > 0
        # Where no point is left, the draw has no meaning, and the centre stays unused.
        odds = share.where(left.unsqueeze(1), 1).cpu()
        draws = torch.multinomial(odds, trials, replacement=True, generator=generator)
        candidates = apart[draws.to(points.device)].minimum(near.unsqueeze(1))
        best = candidates.sum(2).argmin(1, keepdim=True)
        chosen = torch.cat([chosen, draws.to(points.device).gather(1, best)], 1)
        alive.append(left)
        near = apart[chosen[:, -1]].minimum(near)
    return chosen, torch.stack(alive, 1)


def _assigned(
    points: Tensor, centers: Tensor, alive: Tensor, signed: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """The nearest centre of each point, the sign that brings it there, and the squared distance."""
    apart = _squared(points, centers, signed).masked_fill(~alive.unsqueeze(1), math.inf)
    cost, labels = apart.min(2)
    signs = torch.ones_like(cost)
    if signed:
        nearest = centers.gather(1, labels.unsqueeze(-1).expand(-1, -1, points.size(1)))
        signs = torch.where((nearest * points).sum(-1) < 0, -1.0, 1.0).to(points)
    return labels, signs, cost


def _squared(points: Tensor, centers: Tensor, signed: bool) -> Tensor:
    """Squared distances ``[..., M, k]``."""
    product = points @ centers.mT
    product = product.abs() if signed else product
    sizes = points.square().sum(-1).unsqueeze(-1) + centers.square().sum(-1).unsqueeze(-2)
    return (sizes - 2 * product).clamp(min=0)


def _refill(points: Tensor, centers: Tensor, cost: Tensor, empty: Tensor) -> None:
    """Moves centres without points to the points that are farthest from theirs."""
    for start in empty.any(1).nonzero().flatten().tolist():
        places = empty[start].nonzero().flatten()
        farthest = cost[start].topk(min(len(places), len(points))).indices
        centers[start, places[: len(farthest)]] = points[farthest]


def _first_least(cost: Tensor) -> int:
    """The first of the smallest costs, where rounding makes no difference."""
    return int((cost <= cost.min() * (1 + 1e-9)).nonzero()[0])
