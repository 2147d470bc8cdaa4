import networkx as nx
import pytest
import torch

from pyg_symm.metrics import (
    PAIRS,
    expressivity_suite,
)
from pyg_symm.metrics.expressivity import (
    relabelled,
)

SUITE = expressivity_suite()
ALL_PAIRS = [pair for pairs in SUITE.values() for pair in pairs]


@pytest.mark.parametrize("pair", ALL_PAIRS, ids=lambda pair: pair.name)
def test_pairs_are_well_formed(pair):
    for data in (pair.one, pair.other):
        data.validate()
        assert data.is_undirected() and data.is_coalesced() and not data.has_self_loops()
        assert data.x.shape == (data.num_nodes, 1)
        assert not data.has_isolated_nodes()
    assert pair.one.num_nodes == pair.other.num_nodes
    degrees = [d.edge_index[0].bincount().sort().values for d in (pair.one, pair.other)]
    assert torch.equal(*degrees)


@pytest.mark.parametrize("row", SUITE)
def test_pairs_are_not_isomorphic(row, to_networkx, is_isomorphic):
    graphs = {id(g): to_networkx(g) for pair in SUITE[row] for g in (pair.one, pair.other)}
    for pair in SUITE[row]:
        one, other = graphs[id(pair.one)], graphs[id(pair.other)]
        assert not is_isomorphic(one, other), pair.name
        assert nx.is_connected(one)
        assert nx.is_connected(other) == (" / 2 C" not in row)
    copy = relabelled(SUITE[row][0].one, torch.Generator().manual_seed(0))
    assert is_isomorphic(SUITE[row][0].one, copy), "nothing is isomorphic to this test"


def test_all_pairs_of_a_family_have_names_of_their_own():
    assert len({pair.name for pair in ALL_PAIRS}) == len(ALL_PAIRS) == len(PAIRS) + 105 + 30
    assert all(PAIRS[name]().name == name for name in PAIRS)
