import networkx as nx
import pytest
import torch

from pyg_symm.metrics import (
    double_cover_pairs,
    wl_equivalent,
)


@pytest.mark.parametrize("cycle_length", [3, 4, 5, 6, 7])
def test_double_covers(cycle_length, to_networkx, is_isomorphic):
    for pair in double_cover_pairs(6, seed=3, cycle_length=cycle_length):
        one, other = to_networkx(pair.one), to_networkx(pair.other)
        assert min(nx.girth(one), nx.girth(other)) == cycle_length
        assert nx.is_connected(one) and nx.is_connected(other)
        assert not is_isomorphic(one, other) and wl_equivalent(pair.one, pair.other)
        assert 0 < pair.one.x.mean() < 1 and torch.equal(pair.one.x, pair.other.x)


def test_double_covers_are_a_function_of_the_seed(is_isomorphic):
    first, again, another = (double_cover_pairs(3, seed=seed) for seed in (1, 1, 2))
    for a, b, c in zip(first, again, another, strict=True):
        assert torch.equal(a.one.edge_index, b.one.edge_index) and torch.equal(a.one.x, b.one.x)
        assert not is_isomorphic(a.one, c.one)
    sizes = [pair.one.num_nodes for pair in double_cover_pairs(30)]
    assert min(sizes) >= 32 and max(sizes) <= 64
