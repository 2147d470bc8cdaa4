import networkx as nx
import pytest
import torch

from pyg_symm.metrics import wl_equivalent
from pyg_symm.metrics.expressivity import regular_pairs, switched_pairs


@pytest.mark.parametrize("pairs", [switched_pairs(12), regular_pairs(12), switched_pairs(3, 14)])
def test_equal_to_1wl_and_not_isomorphic(pairs, plain):
    for number, pair in enumerate(pairs, start=1):
        assert pair.name.endswith(f" {number}")
        assert wl_equivalent(pair.one, pair.other)
        one, other = plain(pair.one), plain(pair.other)
        assert nx.is_connected(one) and nx.is_connected(other)
        assert not nx.is_isomorphic(one, other)


def test_nodes_are_alike_in_regular_pairs_only(plain):
    degrees = [{d for _, d in plain(pair.one).degree} for pair in switched_pairs(12)]
    assert max(map(len, degrees)) > 1
    for pair in regular_pairs(6, num_nodes=8, degree=3):
        assert {d for _, d in plain(pair.other).degree} == {3}


@pytest.mark.parametrize("family", [switched_pairs, regular_pairs])
def test_a_function_of_the_seed(family):
    one, same, other = (family(3, seed=seed) for seed in (0, 0, 1))
    edges = [[pair.other.edge_index for pair in pairs] for pairs in (one, same, other)]
    assert all(map(torch.equal, edges[0], edges[1]))
    assert not all(map(torch.equal, edges[0], edges[2]))


def test_arguments():
    for num_nodes in (4, 7):
        with pytest.raises(ValueError, match=rf"'num_nodes' .* \(got {num_nodes}\)"):
            switched_pairs(1, num_nodes=num_nodes)
    with pytest.raises(ValueError, match=r"'degree' .* \(got 3, 7\)"):
        regular_pairs(1, num_nodes=7, degree=3)
    with pytest.raises(ValueError, match="'num_pairs' is too large: only 0 were found"):
        regular_pairs(1, num_nodes=5, degree=4)
