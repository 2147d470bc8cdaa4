import collections

import networkx as nx
import numpy as np
import pytest

from pyg_symm.datasets.random_graphs import FAMILIES, multitask_labels, random_graph, toggle_edges

TREES = ("power_law_tree", "path", "star", "caterpillar", "lobster")
SIZES = (3, 4, 7, 12, 15, 16, 23, 24)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def family_graph(family, num_nodes, rng):
    """A graph before its edges are toggled."""
    edges = FAMILIES[family][1](num_nodes, rng)
    assert edges.shape == (len(edges), 2)
    graph = nx.empty_graph(num_nodes)
    graph.add_edges_from(edges.tolist())
    assert graph.number_of_nodes() == num_nodes, "an edge names a node that is not there"
    assert graph.number_of_edges() == len(edges), "an edge is there twice"
    assert nx.number_of_selfloops(graph) == 0
    return graph


def without_leaves(graph):
    return graph.subgraph([node for node, degree in graph.degree if degree > 1])


def is_path(graph):
    if graph.number_of_nodes() < 2:
        return True
    return nx.is_connected(graph) and nx.is_forest(graph) and max(d for _, d in graph.degree) <= 2


@pytest.mark.parametrize("num_nodes", SIZES)
@pytest.mark.parametrize("family", FAMILIES)
def test_family_is_simple(family, num_nodes, rng):
    for _ in range(5):
        graph = family_graph(family, num_nodes, rng)
        if family in TREES:
            assert nx.is_tree(graph)
        elif family not in ("erdos_renyi", "caveman"):
            assert nx.is_connected(graph)


def same(first, second):
    degrees = [sorted(d for _, d in g.degree) for g in (first, second)]
    return degrees[0] == degrees[1] and nx.is_isomorphic(first, second)


@pytest.mark.parametrize("num_nodes", SIZES)
def test_fixed_families(num_nodes, rng):
    rows = next(i for i in range(int(num_nodes**0.5), 0, -1) if num_nodes % i == 0)
    ladder = nx.ladder_graph(num_nodes // 2)
    if num_nodes % 2:
        ladder.add_edge(0, num_nodes - 1)
    expected = {
        "path": nx.path_graph(num_nodes),
        "star": nx.star_graph(num_nodes - 1),
        "grid": nx.grid_2d_graph(rows, num_nodes // rows),
        "caveman": nx.caveman_graph(rows, num_nodes // rows),
        "ladder": ladder,
    }
    for family, graph in expected.items():
        assert same(family_graph(family, num_nodes, rng), graph), family


def test_erdos_renyi(rng):
    density = [nx.density(family_graph("erdos_renyi", 20, rng)) for _ in range(400)]
    assert abs(np.mean(density) - 1 / 2) < 0.06
    assert abs(np.var(density) - 1 / 12) < 0.02  # Uniform, apart from the noise of each graph.


def test_barabasi_albert(rng):
    attached = collections.Counter()
    for _ in range(200):
        edges = family_graph("barabasi_albert", 10, rng).number_of_edges()
        (m,) = [m for m in range(1, 10) if m + (10 - m - 1) * m == edges][:1]
        attached[m] += 1
    assert set(attached) <= set(range(1, 10)) and len(attached) >= 5
    hub = [max(d for _, d in family_graph("barabasi_albert", 24, rng).degree) for _ in range(100)]
    assert max(hub) == 23


def test_random_trees(rng):
    largest = []
    for _ in range(100):
        tree = family_graph("power_law_tree", 24, rng)
        assert is_path(without_leaves(tree))
        largest.append(max(degree for _, degree in tree.degree))
        assert is_path(without_leaves(family_graph("caterpillar", 24, rng)))
        assert is_path(without_leaves(without_leaves(family_graph("lobster", 24, rng))))
    assert max(largest) >= 10 and np.median(largest) <= 8  # A heavy tail.


def test_toggled_probabilities(rng):
    adj = nx.to_numpy_array(nx.cycle_graph(300)) > 0
    kept, added = [], []
    for _ in range(40):
        out = toggle_edges(adj, rng)
        assert (out == out.T).all() and not out.diagonal().any()
        kept.append((out & adj).sum() / 600)
        added.append((out & ~adj).sum())
    missing = 300 * 299 / 2 - 300
    assert abs(np.mean(kept) - 0.98) < 0.005
    assert abs(np.mean(added) - 2 * missing * 2 * (0.1 * 300 / missing) ** 2) < 0.05
    dense = ~adj & ~np.eye(300, dtype=bool)
    edges = dense.sum() / 2
    keep = 0.9 + 0.1 * (edges - 300) / edges
    gone = np.mean([(dense & ~toggle_edges(dense, rng)).sum() / 2 for _ in range(40)])
    assert abs(gone - edges * 2 * (1 - keep) ** 2) < 0.1
    back = np.mean([(adj & toggle_edges(dense, rng)).sum() / 600 for _ in range(40)])
    assert abs(back - 0.02) < 0.005
    complete = ~np.eye(9, dtype=bool)
    assert (toggle_edges(complete, rng) == complete).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_random_graph(family, rng):
    for num_nodes in (3, 15, 24):
        adj = random_graph(num_nodes, family, rng)
        assert adj.shape == (num_nodes, num_nodes) and adj.dtype == bool
        assert (adj == adj.T).all() and not adj.diagonal().any()
        assert adj.any(axis=0).all(), "an isolated node"


@pytest.mark.parametrize("num_nodes", [3, 15, 20])
def test_labels(num_nodes, rng):
    adj = [random_graph(num_nodes, family, rng) for family in FAMILIES]
    pair = np.zeros((num_nodes, num_nodes), dtype=bool)
    pair[0, 1] = pair[1, 0] = True
    adj = np.stack([*adj, nx.to_numpy_array(nx.path_graph(num_nodes)) > 0, pair])
    values = rng.random(adj.shape[:2])
    source = rng.integers(num_nodes, size=len(adj))
    y_node, y_graph = multitask_labels(adj, values, source)
    for i, matrix in enumerate(adj):
        graph = nx.from_numpy_array(matrix.astype(int))
        lengths = dict(nx.all_pairs_shortest_path_length(graph))
        eccentricity = [max(lengths[v].values()) for v in graph]
        laplacian = nx.laplacian_matrix(graph).toarray() @ values[i]
        length = [lengths[int(source[i])].get(v, 0) for v in graph]
        np.testing.assert_allclose(y_node[i], np.stack([length, eccentricity, laplacian], 1))
        radius = np.abs(np.linalg.eigvalsh(nx.to_numpy_array(graph))).max()
        expected = [nx.is_connected(graph), max(eccentricity), radius]
        np.testing.assert_allclose(y_graph[i], expected)
        if nx.is_connected(graph):
            assert expected[1] == nx.diameter(graph)
            assert eccentricity == [nx.eccentricity(graph)[v] for v in graph]
