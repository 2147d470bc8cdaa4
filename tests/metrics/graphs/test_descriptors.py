import networkx as nx
import numpy as np

from pyg_symm.metrics.graphs import graph_set
from pyg_symm.metrics.graphs.descriptors import STATISTICS

# Two triangles with a common edge, and a path.
GRAPHS = graph_set([nx.Graph([(0, 1), (1, 2), (2, 0), (1, 3), (2, 3)]), nx.path_graph(2)])


def rows(name, graphs=GRAPHS):
    return STATISTICS[name].function(graphs, False)


def test_degrees():
    assert rows("degree").tolist() == [[0, 0, 0.5, 0.5], [0, 1, 0, 0]]


def test_clustering():
    found = rows("clustering")
    assert found.shape == (2, 100)
    assert found[0, [66, 99]].tolist() == [0.5, 0.5] and found[1, 0] == 1


def test_orbits():
    found = rows("orbit")
    # Each node of degree 2 ends two paths, each of degree 3 is between the others.
    assert found[0, :4].tolist() == [2.5, 1.0, 0.5, 1.5] and found[0, 12:14].tolist() == [0.5, 0.5]
    assert found[1].tolist() == [1, *14 * [0]]


def test_spectrum():
    found = rows("spectrum")
    assert found.shape == (2, 200) and found[1, [0, -1]].tolist() == [0.5, 0.5]
    assert found[0, 0] == 0.25 and np.allclose(found.sum(axis=1), 1)


def test_grids_keep_their_largest_eigenvalue():
    # Bipartite: 2 is an eigenvalue, which round-off puts on either side of the last bin's end.
    grids = graph_set([nx.grid_2d_graph(4, n) for n in (4, 5)])
    rows = STATISTICS["spectrum"].function(grids, False)
    np.testing.assert_allclose(rows[:, -1], [1 / 16, 1 / 20])
