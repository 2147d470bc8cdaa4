"""Random graphs of ten families, and properties of their nodes, as dense adjacency matrices."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

Family = Callable[[int, np.random.Generator], np.ndarray]


def _pairs(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    return np.stack(np.broadcast_arrays(first, second), axis=1)


def _path(num_nodes: int) -> np.ndarray:
    return _pairs(np.arange(num_nodes - 1), np.arange(1, num_nodes))


def _star(num_nodes: int) -> np.ndarray:
    return _pairs(0, np.arange(1, num_nodes))


def _barabasi_albert(num_nodes: int, rng: np.random.Generator) -> np.ndarray:
    attached = int(rng.integers(1, num_nodes))
    edges = _star(attached + 1)
    for node in range(attached + 1, num_nodes):
        degree = np.bincount(edges.ravel(), minlength=node)
        chosen = rng.choice(node, attached, replace=False, p=degree / degree.sum())
        edges = np.concatenate([edges, _pairs(chosen, node)])
    return edges


def _rows(num_nodes: int) -> int:
    """The smaller factor of the factorisation that is closest to square."""
    return max(i for i in range(1, int(num_nodes**0.5) + 1) if num_nodes % i == 0)


def _grid(num_nodes: int) -> np.ndarray:
    node = np.arange(num_nodes).reshape(_rows(num_nodes), -1)
    across = _pairs(node[:, :-1].ravel(), node[:, 1:].ravel())
    return np.concatenate([across, _pairs(node[:-1].ravel(), node[1:].ravel())])


def _caveman(num_nodes: int) -> np.ndarray:
    clique = np.arange(num_nodes) % _rows(num_nodes)
    return np.argwhere(np.triu(clique[:, None] == clique, k=1))


def _power_law_tree(num_nodes: int, rng: np.random.Generator) -> np.ndarray:
    fits = np.zeros(1, dtype=bool)
    while not fits.any():
        degrees = np.rint(1 + rng.pareto(2.0, (64, num_nodes)))  # Density of exponent 3.
        fits = degrees.sum(axis=1) == 2 * num_nodes - 2  # What the degrees of a tree add up to.
    degree = degrees[np.argmax(fits)].astype(int)
    inner = np.sort(degree[degree > 1])  # They form a path in this order, leaves hang on it.
    leaves = inner - 2
    leaves[0] += 1
    leaves[-1] += 1
    hung_on = np.repeat(np.arange(inner.size), leaves)
    return np.concatenate([_path(inner.size), _pairs(hung_on, np.arange(inner.size, num_nodes))])


def _ladder(num_nodes: int) -> np.ndarray:
    rail = _path(num_nodes // 2)
    side = np.arange(num_nodes // 2)
    odd = np.array([[0, num_nodes - 1]])[: num_nodes % 2]
    return np.concatenate([rail, rail + side.size, _pairs(side, side + side.size), odd])


def _caterpillar(num_nodes: int, rng: np.random.Generator) -> np.ndarray:
    backbone = int(rng.integers(1, num_nodes))
    hung_on = rng.integers(backbone, size=num_nodes - backbone)
    return np.concatenate([_path(backbone), _pairs(hung_on, np.arange(backbone, num_nodes))])


def _lobster(num_nodes: int, rng: np.random.Generator) -> np.ndarray:
    backbone = int(rng.integers(1, num_nodes))
    middle = int(rng.integers(backbone + 1, num_nodes + 1))
    inner = rng.integers(backbone, size=middle - backbone)
    outer = rng.integers(backbone, middle, size=num_nodes - middle)
    hung_on = np.concatenate([inner, outer])
    return np.concatenate([_path(backbone), _pairs(hung_on, np.arange(backbone, num_nodes))])


#: Each family's probability, and its edges :math:`(E, 2)` from a number of nodes (at least 3).
FAMILIES: dict[str, tuple[float, Family]] = {
    # An expected degree uniform in (0, N) is an edge probability uniform in (0, 1).
    "erdos_renyi": (0.2, lambda n, g: np.argwhere(np.triu(g.random((n, n)) < g.random(), k=1))),
    "barabasi_albert": (0.2, _barabasi_albert),
    "grid": (0.05, lambda n, _: _grid(n)),
    "caveman": (0.05, lambda n, _: _caveman(n)),
    "power_law_tree": (0.15, _power_law_tree),
    "ladder": (0.05, lambda n, _: _ladder(n)),
    "path": (0.05, lambda n, _: _path(n)),
    "star": (0.05, lambda n, _: _star(n)),
    "caterpillar": (0.1, _caterpillar),
    "lobster": (0.1, _lobster),
}


def toggle_edges(adj: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    r"""Removes and adds a few edges.

    With :math:`e` edges and :math:`r` missing ones, an edge stays if its draw is below
    :math:`\max(0.9, 0.9 + 0.1 (e - r) / e)` and a missing one appears if it is below
    :math:`\min(0.1, 0.1 e / r)`. A draw is the sum of two numbers uniform in 0 to 0.5, as in the
    original generator; it is not uniform itself, so that an edge nominally kept with probability
    0.9 is kept with 0.98, and one nominally added with :math:`p` is added with :math:`2 p^2`.
    Takes and returns a symmetric Boolean adjacency matrix :math:`(N, N)`.
    """
    num_nodes = adj.shape[0]
    edges = adj.sum() / 2
    missing = num_nodes * (num_nodes - 1) / 2 - edges
    keep = 0.9 + 0.1 * max(edges - missing, 0) / max(edges, 1)
    add = 0.1 * min(edges, missing) / max(missing, 1)
    draw = rng.uniform(0.0, 0.5, adj.shape)
    draw = draw + draw.T
    return np.where(adj, draw < keep, draw < add) & ~np.eye(num_nodes, dtype=bool)


def random_graph(num_nodes: int, family: str, rng: np.random.Generator) -> np.ndarray:
    r"""A graph of one of :obj:`FAMILIES` with shuffled nodes and toggled edges.

    Returns its symmetric Boolean adjacency matrix :math:`(N, N)`; no node is isolated.

    Examples:
        >>> adj = random_graph(10, "lobster", np.random.default_rng(0))
        >>> adj.shape, bool((adj == adj.T).all()), int(adj.sum(0).min()) > 0
        ((10, 10), True, True)
    """
    if num_nodes < 3:
        raise ValueError(f"'num_nodes' must be at least 3 (got {num_nodes})")
    if family not in FAMILIES:
        raise ValueError(f"'family' must be one of {list(FAMILIES)} (got {family!r})")
    toggled = np.zeros((num_nodes, num_nodes), dtype=bool)
    while not toggled.any(axis=0).all():
        edges = rng.permutation(num_nodes)[FAMILIES[family][1](num_nodes, rng)]
        adj = np.zeros_like(toggled)
        adj[edges[:, 0], edges[:, 1]] = adj[edges[:, 1], edges[:, 0]] = True
        toggled = toggle_edges(adj, rng)
    return toggled


def _shortest_paths(adj: np.ndarray) -> np.ndarray:
    """Path lengths between all nodes [B, N, N] of equally large graphs, -1 without a path."""
    step = adj.astype(np.float32)
    frontier = np.broadcast_to(np.eye(adj.shape[-1], dtype=bool), adj.shape)
    lengths = np.where(frontier, 0, -1)
    growing = np.arange(adj.shape[0])
    for length in range(1, adj.shape[-1]):
        frontier = (frontier.astype(np.float32) @ step[growing] > 0) & (lengths[growing] < 0)
        grew = frontier.any(axis=(1, 2))
        growing, frontier = growing[grew], frontier[grew]
        lengths[growing] = np.where(frontier, length, lengths[growing])
    return lengths


def multitask_labels(
    adj: np.ndarray, values: np.ndarray, source: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""The unscaled labels of nodes :math:`(B, N, 3)` and of graphs :math:`(B, 3)`.

    Takes Boolean adjacency matrices :math:`(B, N, N)` of equally large graphs, a number for every
    node :math:`(B, N)` and the source node of every graph :math:`(B)`.
    """
    lengths = _shortest_paths(adj)
    reached = np.maximum(lengths, 0)  # What cannot be reached counts as the original counts it.
    eccentricity = reached.max(axis=1)
    laplacian = adj.sum(axis=1) * values - (adj @ values[..., None])[..., 0]
    node = [reached[np.arange(len(adj)), source], eccentricity, laplacian]
    radius = np.abs(np.linalg.eigvalsh(adj.astype(float))).max(axis=1)
    graph = [(lengths >= 0).all(axis=(1, 2)), eccentricity.max(axis=1), radius]
    return np.stack(node, axis=-1), np.stack(graph, axis=-1)
