import networkx as nx
import pytest
import torch

from pyg_symm.metrics.expressivity import (
    SR25,
    cayley_graph,
    double_cover_pair,
    from_graph6,
    generalized_petersen_graph,
)


@pytest.mark.parametrize(
    "data, expected",
    [
        (cayley_graph([41], [[1], [9]]), nx.circulant_graph(41, [1, 9])),
        (cayley_graph([6], [[1], [3]]), nx.complete_bipartite_graph(3, 3)),
        (cayley_graph([10], [[2]]), nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(5))),
        (
            cayley_graph([4, 4], [[0, 1], [0, 2], [1, 0], [2, 0]]),
            nx.line_graph(nx.complete_bipartite_graph(4, 4)),
        ),
        (generalized_petersen_graph(3, 1), nx.circular_ladder_graph(3)),
        (generalized_petersen_graph(5, 1), nx.circular_ladder_graph(5)),
        (generalized_petersen_graph(5, 2), nx.petersen_graph()),
        (generalized_petersen_graph(10, 2), nx.dodecahedral_graph()),
        (generalized_petersen_graph(10, 3), nx.desargues_graph()),
    ],
)
def test_graphs_are_what_networkx_has(data, expected, is_isomorphic, plain):
    assert nx.is_isomorphic(plain(data), expected)


def test_graph6():
    for text in [*SR25, "?", "@", "A_", nx.to_graph6_bytes(nx.cycle_graph(62), header=False)]:
        text = text if isinstance(text, str) else text.decode().strip()
        data = from_graph6(text)
        graph = nx.from_graph6_bytes(text.encode())
        assert data.num_nodes == len(graph)
        edges = {tuple(edge) for edge in data.edge_index.t().tolist()}
        assert edges == {pair for u, v in graph.edges for pair in ((u, v), (v, u))}


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda g: cayley_graph([4, 4], [[1]]), "'steps' must have 2 numbers"),
        (lambda g: cayley_graph([4], [[4]]), "'steps' must not join a node with itself"),
        (lambda g: generalized_petersen_graph(4, 2), "'skip' must be in 1 to below 2.0 \\(got 2"),
        *(
            (lambda g, text=text: from_graph6(text), "'text' must be graph6")
            for text in ("", "!", "DQ", "DQcc", "D!c", "~??~")
        ),
        (lambda g: double_cover_pair(g, num_chords=1), "'num_chords' must be at least 2"),
        (lambda g: double_cover_pair(g, cycle_length=2), "'cycle_length' must be at least 3"),
        (lambda g: double_cover_pair(g, num_nodes=14), "'num_nodes' must be at least 15"),
        (lambda g: double_cover_pair(g, num_nodes=15, num_chords=99), "'num_chords' is too large"),
    ],
)
def test_arguments_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call(torch.Generator().manual_seed(0))
