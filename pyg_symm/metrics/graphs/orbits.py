"""Orbits of the graphlets of 2 to 4 nodes, counted with sparse matrices."""

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from .graph_set import Graphs, GraphSet, graph_set

NUM_ORBITS = 15

# How often a sub-graph that need not be induced, with the node at place `row`, lies within a
# graphlet on the same nodes, with the node at place `column`.
_WITHIN = np.eye(NUM_ORBITS, dtype=np.int64)
_WITHIN[1, 3], _WITHIN[2, 3] = 2, 1
_WITHIN[4, 8:] = 2, 2, 1, 0, 4, 2, 6
_WITHIN[5, 8:] = 2, 0, 1, 2, 2, 4, 6
_WITHIN[6, 8:] = 0, 1, 1, 0, 2, 1, 3
_WITHIN[7, 8:] = 0, 0, 0, 1, 0, 1, 1
_WITHIN[8, 9:] = 0, 0, 0, 1, 1, 3
_WITHIN[9, 12:] = 2, 0, 3
_WITHIN[10, 12:] = 2, 2, 6
_WITHIN[11, 12:] = 0, 2, 3
_WITHIN[12, 14], _WITHIN[13, 14] = 3, 3


def orbit_counts(graphs: Graphs | GraphSet) -> Tensor:
    r"""In how many graphlets of 2 to 4 nodes each node takes each of 15 places.

    A graphlet is a connected induced sub-graph. Places are numbered as in `"Biological network
    comparison using graphlet degree distribution"
    <https://doi.org/10.1093/bioinformatics/btl301>`_ and by the program ORCA:

    - 0: edge; 1, 2: path of 3, end and middle; 3: triangle
    - 4, 5: path of 4, end and inner; 6, 7: star, leaf and centre; 8: cycle
    - 9, 10, 11: triangle with a tail, the tail's end, the two others, the node of degree 3
    - 12, 13: cycle with a chord, not on and on the chord; 14: clique

    Sub-graphs that need not be induced are counted in closed form, from degrees :math:`d`, common
    neighbours :math:`\mathbf{A}^2`, and edges between common neighbours. How many of each kind lie
    within each graphlet is a triangular table of integers, which is then solved backwards. There
    is no loop over nodes; memory grows with the pairs of nodes at distance two.

    Args:
        graphs (Graphs): One graph, or several: their nodes follow each other.

    Returns:
        torch.Tensor: Counts :math:`(N, 15)`, long.

    Examples:
        A triangle with a tail:

        >>> import networkx as nx
        >>> orbit_counts(nx.Graph([(0, 1), (1, 2), (2, 0), (2, 3)]))
        tensor([[2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
                [2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
                [3, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
                [1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]])
    """
    counts = np.concatenate([_subgraph_counts(part) for part in graph_set(graphs).parts()])
    for orbit in range(NUM_ORBITS - 2, 0, -1):  # What lies within larger orbits is known by then.
        counts[:, orbit] -= counts[:, orbit + 1 :] @ _WITHIN[orbit, orbit + 1 :]
    return torch.from_numpy(counts)


def _subgraph_counts(adj: csr_array) -> np.ndarray:
    """Sub-graphs at each place of each node [N, 15], induced or not."""
    degree = adj.sum(axis=1)
    common = csr_array(adj @ adj)  # Nodes between two nodes; degrees on the diagonal.
    shared = csr_array(adj.multiply(common))  # Triangles at each edge.
    triangles = shared.sum(axis=1) // 2
    around = adj @ (degree - 1)  # Further steps from the neighbours.
    counts = np.zeros((adj.shape[0], NUM_ORBITS), dtype=np.int64)
    counts[:, 0] = degree
    counts[:, 1] = around
    counts[:, 2] = _pairs(degree)
    counts[:, 3] = triangles
    counts[:, 4] = adj @ around - degree * (degree - 1) - 2 * triangles
    counts[:, 5] = (degree - 1) * around - 2 * triangles
    counts[:, 6] = adj @ _pairs(degree - 1)
    counts[:, 7] = degree * (degree - 1) * (degree - 2) // 6
    counts[:, 8] = _pairs_in(common).sum(axis=1) - _pairs(degree)
    counts[:, 9] = adj @ triangles - 2 * triangles
    counts[:, 10] = shared @ (degree - 2)
    counts[:, 11] = triangles * (degree - 2)
    counts[:, 12] = csr_array((adj @ shared).multiply(adj)).sum(axis=1) // 2 - triangles
    counts[:, 13] = _pairs_in(shared).sum(axis=1)
    counts[:, 14] = _cliques(adj, shared)
    return counts


def _pairs(count: np.ndarray) -> np.ndarray:
    return count * (count - 1) // 2


def _pairs_in(matrix: csr_array) -> csr_array:
    return csr_array((_pairs(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)


def _cliques(adj: csr_array, shared: csr_array, size: int = 1 << 22) -> np.ndarray:
    """Cliques of four at each node [N]: edges between the common neighbours of each edge."""
    edges = shared.tocoo()
    wanted = (edges.row < edges.col) & (edges.data >= 2)
    source, target = edges.row[wanted], edges.col[wanted]
    count = np.zeros(adj.shape[0], dtype=np.int64)
    width = max(1, int(adj.sum(axis=1).max(initial=1)))
    for start in range(0, source.size, max(1, size // width)):  # Bounds the rows in memory.
        part = slice(start, start + max(1, size // width))
        between = csr_array(adj[source[part]].multiply(adj[target[part]]))
        found = csr_array((between @ adj).multiply(between)).sum(axis=1) // 2
        np.add.at(count, source[part], found)
        np.add.at(count, target[part], found)
    return count // 3  # Each node of a clique has three of its edges.
