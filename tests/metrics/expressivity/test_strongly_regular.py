import itertools

import networkx as nx
import numpy as np
import pytest

from pyg_symm.metrics import (
    expressivity_suite,
)
from pyg_symm.metrics.expressivity import (
    SR25,
    cayley_graph,
    chang_pairs,
    doob_pair,
    from_graph6,
)

SUITE = expressivity_suite()


@pytest.mark.parametrize(
    "row, parameters",
    [("rook / Shrikhande", (16, 6, 2, 2)), ("srg(25,12,5,6)", (25, 12, 5, 6))],
)
def test_strongly_regular(row, parameters):
    nodes, degree, common, apart = parameters
    for pair in SUITE[row]:
        for data in (pair.one, pair.other):
            adj = np.zeros((nodes, nodes))
            adj[tuple(data.edge_index)] = 1
            other = 1 - np.eye(nodes) - adj
            np.testing.assert_array_equal(
                adj @ adj, degree * np.eye(nodes) + common * adj + apart * other
            )


def latin_square_graph(rows):
    graph = nx.empty_graph(25)
    for a, b in itertools.combinations(range(25), 2):
        (i, j), (k, m) = divmod(a, 5), divmod(b, 5)
        if i == k or j == m or rows[i][j] == rows[k][m]:
            graph.add_edge(a, b)
    return graph


def test_family_holds_paley_and_latin_square_graphs(is_isomorphic, plain):
    def square(a, b):  # (a + b sqrt 2)^2 in the field of 25 elements; 2 is no square mod 5.
        return (a * a + 2 * b * b) % 5, 2 * a * b % 5

    squares = {square(a, b) for a in range(5) for b in range(5)} - {(0, 0)}
    paley = cayley_graph([5, 5], sorted(squares))
    cyclic = latin_square_graph([[(i + j) % 5 for j in range(5)] for i in range(5)])
    twisted = latin_square_graph(["12345", "21453", "34512", "45231", "53124"])
    assert nx.is_isomorphic(plain(paley), cyclic)  # Three of the six directions of the plane.
    assert is_isomorphic(paley, from_graph6(SR25[1]))
    assert nx.is_isomorphic(twisted, plain(from_graph6(SR25[0])))
    assert nx.is_isomorphic(nx.complement(twisted), plain(from_graph6(SR25[2])))


def test_chang_graphs(plain):
    pairs = chang_pairs()
    graphs = [plain(pairs[0].one), *(plain(pair.other) for pair in pairs[:3])]
    assert nx.is_isomorphic(graphs[0], nx.line_graph(nx.complete_graph(8)))
    for graph in graphs:
        adj = nx.to_numpy_array(graph, nodelist=range(28))
        other = 1 - np.eye(28) - adj
        np.testing.assert_array_equal(adj @ adj, 12 * np.eye(28) + 6 * adj + 4 * other)
    for pair in pairs:
        assert not nx.is_isomorphic(plain(pair.one), plain(pair.other)), pair.name


def test_doob_graph(plain):
    pair = doob_pair()
    one, other = plain(pair.one), plain(pair.other)
    assert nx.intersection_array(one) == nx.intersection_array(other) == ([9, 6, 3], [1, 2, 3])
    cliques = [max(map(len, nx.find_cliques(g.subgraph(g[0])))) for g in (one, other)]
    assert cliques == [3, 3]
    links = [nx.number_connected_components(g.subgraph(g[0])) for g in (one, other)]
    assert links == [3, 2]  # Three cliques through a node, or a hexagon and a clique.
