r"""Which units of a pool belong together.

Every clustering is k-means in some geometry of the units, and each geometry is a Gram matrix over
them. Points with this Gram matrix have at most M dimensions, so that k-means does not depend on the
sizes of the layer.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from .factors import Factors, balanced
from .kmeans import kmeans


def _raw(x: Factors) -> Tensor:
    return x[0] @ x[0].T + x[1] @ x[1].T


def _normalized(x: Factors) -> Tensor:
    return _raw((_unit(x[0]), _unit(x[1])))


def _balanced(x: Factors) -> Tensor:
    return _raw(balanced(x))


def _gauge(x: Factors) -> Tensor:
    a, b = balanced(x)
    return (a @ a.T) * (b @ b.T)


# Inner products of units: of [a; b] as it is; of a and b at unit length; of [a; b] at equal lengths
# of a and b, up to sign; of the matrices b a^T.
GEOMETRIES: dict[str, Callable[[Factors], Tensor]] = {
    "raw": _raw,
    "normalized": _normalized,
    "balanced": _balanced,
    "gauge": _gauge,
}
# Geometries that do not see the gauge (a, b) -> (t a, b / t).
FREE = ("balanced", "gauge")


def clusters_of(x: Factors, num_clusters: int, geometry: str, seed: int) -> list[list[int]]:
    r"""Clusters of units, as lists of their numbers.

    The result does not depend on the order of units, apart from rounding: units are sorted by what
    they hold before anything is drawn.

    Args:
        x (tuple): Units as rows ``[M, d_in]`` and ``[M, d_out]``.
        num_clusters (int): The number k of clusters. If fewer units differ, the last are empty.
        geometry (str): ``"raw"``, ``"normalized"``, ``"balanced"`` or ``"gauge"``.
        seed (int): The seed of the first centres.

    Examples:
        >>> a = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-2.0, 0.0]], dtype=torch.double)
        >>> b = torch.tensor([[1.0], [1.0], [-0.5]], dtype=torch.double)  # Units 0 and 2 are equal.
        >>> clusters_of((a, b), 2, "gauge", seed=0)
        [[0, 2], [1]]
    """
    size = len(x[0])
    if num_clusters >= size:
        return [[unit] for unit in range(size)]
    order = _content(x, geometry).argsort(stable=True)
    ordered = x[0][order], x[1][order]
    points = _points(GEOMETRIES[geometry](ordered))
    generator = torch.Generator().manual_seed(seed)
    labels = kmeans(points, num_clusters, generator, signed=geometry == "balanced").tolist()
    clusters: list[list[int]] = [[] for _ in range(num_clusters)]
    for unit, label in zip(order.tolist(), labels, strict=True):
        clusters[label].append(unit)
    filled = sorted(sorted(cluster) for cluster in clusters if cluster)
    return filled + [[] for _ in range(num_clusters - len(filled))]


def _content(x: Factors, geometry: str) -> Tensor:
    """A number of each unit that depends on nothing else, the same in every gauge if need be."""
    generator = torch.Generator().manual_seed(0)
    along_a, along_b = (
        side @ torch.randn(side.size(1), generator=generator, dtype=side.dtype).to(side.device)
        for side in x
    )
    return along_a * along_b if geometry in FREE else along_a + along_b


def _points(gram: Tensor) -> Tensor:
    """Points with a Gram matrix. ``[M, at most M]``"""
    values, vectors = torch.linalg.eigh((gram + gram.T) / 2)
    kept = values > len(gram) * torch.finfo(gram.dtype).eps * values.max().clamp(min=0)
    return vectors[:, kept] * values[kept].sqrt()


def _unit(x: Tensor) -> Tensor:
    size = x.norm(dim=1, keepdim=True)
    return x / size.where(size > 0, 1)
