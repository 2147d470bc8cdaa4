import networkx as nx
import pytest

from pyg_symm.metrics import wl_equivalent
from pyg_symm.metrics.expressivity import cfi_pair, cfi_pairs


def test_over_a_cycle_there_is_one_cycle_or_two(plain):
    pair = cfi_pair(nx.cycle_graph(5))
    cycles = nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(5))
    assert nx.is_isomorphic(plain(pair.one), cycles)
    assert nx.is_isomorphic(plain(pair.other), nx.cycle_graph(10))


def test_over_four_nodes_there_are_the_rook_and_the_shrikhande_graph(plain):
    pair = cfi_pair(nx.complete_graph(4))
    rook = nx.line_graph(nx.complete_bipartite_graph(4, 4))
    isomorphic = [nx.is_isomorphic(plain(data), rook) for data in (pair.one, pair.other)]
    assert sorted(isomorphic) == [False, True]
    for data in (pair.one, pair.other):
        graph = plain(data)
        assert {d for _, d in graph.degree} == {6}
        shared = {
            len(list(nx.common_neighbors(graph, u, v))) for u in graph for v in graph if u < v
        }
        assert shared == {2}


def test_a_second_twist_undoes_the_first(plain):
    base = nx.circular_ladder_graph(3)
    pairs = [cfi_pair(nx.relabel_nodes(base, {n: (n + k) % 6 for n in base})) for k in range(3)]
    for pair in pairs[1:]:
        assert nx.is_isomorphic(plain(pair.other), plain(pairs[0].other))


def test_pairs_are_hard(plain):
    pairs = cfi_pairs()
    assert len({pair.name for pair in pairs}) == 8
    for pair in pairs:
        assert wl_equivalent(pair.one, pair.other)
        if pair.one.num_nodes <= 24:
            assert not nx.is_isomorphic(plain(pair.one), plain(pair.other))


@pytest.mark.parametrize("base", [nx.path_graph(4), nx.empty_graph(0), nx.empty_graph(3)])
def test_bases_without_a_twist(base):
    with pytest.raises(ValueError, match="'base' must be connected and have a cycle"):
        cfi_pair(base)
