"""The blocks of a graph, by the shortest description of the graph."""

import numpy as np
from scipy.special import gammaln


def description_length(sizes: np.ndarray, edges: np.ndarray) -> np.ndarray:
    r"""Nats that describe a simple graph by a partition into blocks.

    .. math::
        \sum_{r \le s} \log \binom{n_{rs}}{e_{rs}}
        + \log \left(\!\!\binom{B (B + 1) / 2}{E}\!\!\right)
        + \log \binom{N - 1}{B - 1} + \log \frac{N!}{\prod_r n_r!} + \log N

    with :math:`e_{rs}` of :math:`n_{rs}` possible edges between blocks; the microcanonical model of
    `"Nonparametric Bayesian inference of the microcanonical stochastic block model"
    <https://arxiv.org/abs/1610.02703>`_ for simple graphs.

    Args:
        sizes (numpy.ndarray): Nodes of each block :math:`(*, B)`; empty ones do not count.
        edges (numpy.ndarray): Edges between blocks :math:`(*, B, B)`, symmetric.
    """
    blocks = sizes.shape[-1]
    possible = sizes[..., :, None] * sizes[..., None, :] - np.eye(blocks) * sizes[..., None]
    possible = possible / (1 + np.eye(blocks))
    upper = np.triu(np.ones((blocks, blocks), dtype=bool))
    nodes, used = sizes.sum(-1), (sizes > 0).sum(-1)
    total = np.where(upper, edges, 0).sum((-2, -1))
    return (
        np.where(upper, _log_choose(possible, edges), 0).sum((-2, -1))
        + _log_choose(used * (used + 1) / 2 + total - 1, total)
        + _log_choose(nodes - 1, used - 1)
        + gammaln(nodes + 1)
        - gammaln(sizes + 1).sum(-1)
        + np.log(nodes)
    )


def fit_blocks(adjacency: np.ndarray, max_blocks: int = 8) -> np.ndarray:
    r"""The partition of nodes into blocks with a small :func:`description_length`.

    For each number of blocks, spectral clustering is the start of alternating fits of the edge
    probabilities and of the best block of each node. The best result is improved by moving single
    nodes and merging blocks as long as that shortens the description. Nothing is random.

    The original test fits with *graph-tool*, which no package index has: the same model, searched
    by Monte Carlo. Both find clear communities.

    Args:
        adjacency (numpy.ndarray): Symmetric adjacency matrix :math:`(N, N)`.
        max_blocks (int, optional): The largest number of blocks to try. (default: :obj:`8`)

    Returns:
        numpy.ndarray: The block of each node :math:`(N)`, numbered from 0.
    """
    adjacency = np.asarray(adjacency, dtype=float)
    num_nodes = len(adjacency)
    if num_nodes == 0:
        return np.zeros(0, dtype=np.int64)
    degree = adjacency.sum(0)
    scale = 1 / np.sqrt(np.maximum(degree + degree.mean(), 1))  # Tames nodes of small degree.
    vectors = np.linalg.eigh(scale[:, None] * adjacency * scale)[1][:, ::-1]
    fits = [np.zeros(num_nodes, dtype=np.int64)]
    for blocks in range(2, min(max_blocks, num_nodes) + 1):
        rows = vectors[:, :blocks]
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        fits.append(_alternate(adjacency, _cluster(rows, blocks, int(degree.argmax()))))
    best = min(fits, key=lambda block: _length(adjacency, block))
    return _improve(adjacency, best)


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def count_blocks(adjacency: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Nodes of each block :math:`(B)`, and edges between blocks :math:`(B, B)`."""
    member = np.eye(block.max() + 1)[block]
    edges = member.T @ adjacency @ member
    return member.sum(0), edges / (1 + np.eye(len(edges)))


def _length(adjacency: np.ndarray, block: np.ndarray) -> float:
    return float(description_length(*count_blocks(adjacency, block)))


def _compact(block: np.ndarray) -> np.ndarray:
    return np.unique(block, return_inverse=True)[1].reshape(-1)


def _cluster(rows: np.ndarray, num_clusters: int, first: int, num_rounds: int = 50) -> np.ndarray:
    """k-means from centres that are each farthest from those before."""
    centers = rows[[first]]
    for _ in range(num_clusters - 1):
        distance = ((rows[:, None] - centers) ** 2).sum(-1).min(1)
        centers = np.concatenate([centers, rows[[distance.argmax()]]])
    cluster = np.full(len(rows), -1)
    for _ in range(num_rounds):
        nearest = ((rows[:, None] - centers) ** 2).sum(-1).argmin(1)
        if (nearest == cluster).all():
            break
        cluster = nearest
        member = np.eye(num_clusters)[cluster]
        filled = member.sum(0)[:, None]
        centers = np.where(filled > 0, member.T @ rows / np.maximum(filled, 1), centers)
    return _compact(cluster)


def _alternate(adjacency: np.ndarray, block: np.ndarray, num_rounds: int = 50) -> np.ndarray:
    """Probabilities from blocks, then the likeliest block of each node, while that helps."""
    length = _length(adjacency, block)
    for _ in range(num_rounds):
        sizes, edges = count_blocks(adjacency, block)
        eye = np.eye(len(sizes))
        possible = (sizes[:, None] * sizes - eye * sizes) / (1 + eye)
        p = (edges + 0.5) / (possible + 1)
        member = eye[block]
        present = adjacency @ member  # Edges of each node to each block.
        absent = sizes - member - present
        moved = _compact((present @ np.log(p) + absent @ np.log1p(-p)).argmax(1))
        moved_length = _length(adjacency, moved)
        if moved_length >= length:
            break
        block, length = moved, moved_length
    return block


def _improve(adjacency: np.ndarray, block: np.ndarray, max_moves: int = 200) -> np.ndarray:
    """Moves single nodes, or merges two blocks, whichever shortens the description most."""
    for _ in range(max_moves):
        sizes, edges = count_blocks(adjacency, block)
        after = _lengths_after_moves(adjacency, block, sizes, edges)
        node, target = np.unravel_index(after.argmin(), after.shape)
        moved = block.copy()
        moved[node] = target
        pairs = zip(*np.triu_indices(len(sizes), 1), strict=True)
        options = [moved, *(np.where(block == s, r, block) for r, s in pairs)]
        best = min(map(_compact, options), key=lambda option: _length(adjacency, option))
        if _length(adjacency, best) >= _length(adjacency, block) - 1e-9:
            break
        block = best
    return block


def _lengths_after_moves(
    adjacency: np.ndarray, block: np.ndarray, sizes: np.ndarray, edges: np.ndarray
) -> np.ndarray:
    """Description lengths [N, B] after each node has gone to each block."""
    eye = np.eye(len(sizes))
    member = eye[block]
    present = adjacency @ member
    step = eye[None] - member[:, None]  # What a move adds to the sizes [N, B, B].
    change = step[..., :, None] * present[:, None, None, :]
    change = change + change.swapaxes(-1, -2)
    change = change / (1 + eye)
    return description_length(sizes + step, edges + change)
