import json
from dataclasses import asdict

import pytest
import torch

from pyg_symm.metrics import (
    PAIRS,
    GraphPair,
    OnData,
    Separation,
    expressivity_suite,
    separation,
    separations,
)
from pyg_symm.metrics.expressivity import (
    from_edges,
    from_graph6,
    relabelled,
)
from pyg_symm.nn import SPEN
from pyg_symm.nn.models import AggregatorGIN

SUITE = expressivity_suite()
ALL_PAIRS = [pair for pairs in SUITE.values() for pair in pairs]
HEXAGONS = PAIRS["C6 / 2 C3"]()


def gin():
    return OnData(AggregatorGIN(1, 16, num_layers=3, out_channels=16))


def spen():
    return OnData(SPEN(1, 8, 3, 4, act="elu", norm="batch", num_hops=2))


def test_separation_reports_every_seed(path_and_star):
    path, star = path_and_star
    pair = GraphPair("trees", path, star)
    state = torch.get_rng_state()
    found = separation(gin, pair, seeds=(3, 4))
    assert torch.equal(torch.get_rng_state(), state), "the caller's random state has changed"
    assert found == separation(gin, pair, seeds=(3, 4)) and len(set(found.gaps)) == 2
    assert found.gaps[1:] == separation(gin, pair, seeds=(4,)).gaps
    assert found.is_separated and found.noise < 1e-12 and found.threshold is None
    assert not separation(gin, pair, threshold=3.0).is_separated
    assert separations(gin, [pair, HEXAGONS], seeds=(3, 4))[0] == found
    assert json.loads(json.dumps(asdict(found)))["gaps"] == list(found.gaps)


def test_small_gaps_far_above_the_noise_separate(is_isomorphic):
    one, other = from_graph6("ICZbmqwjO"), from_graph6("ICpvRqsiW")
    assert not is_isomorphic(one, other)
    found = separation(spen, GraphPair("ten nodes", one, other))
    assert found.is_separated and 1e-8 < found.gap < 1e-6 and found.noise < 1e-14
    assert found.limit == pytest.approx(100 * max(found.noise, 2**-52))
    for i, graph in enumerate((one, other)):
        copy = relabelled(graph, torch.Generator().manual_seed(i))
        same = separation(spen, GraphPair("copy", graph, copy))
        assert not same.is_separated and same.gap < 1e-14
        assert same == separation(spen, GraphPair("copy", graph, copy))


def test_the_noise_decides():
    assert Separation((1e-6,), (2e-9,)).is_separated
    assert not Separation((1e-7,), (2e-9,)).is_separated
    # One copy may agree to the last bit where others do not.
    assert not Separation((2e-14,), (0.0,)).is_separated
    assert Separation((3e-14,), (0.0,)).is_separated
    # The noise of any seed counts for the gap of any.
    assert not Separation((1e-8, 0.0), (0.0, 1e-9)).is_separated
    assert Separation((1e-8,), (1e-9,), threshold=1e-9).is_separated
    assert str(Separation((1e-8,), (1e-9,))) == "not separated (gap 1.0e-08, noise 1.0e-09)"


def test_separation_of_a_copy_is_none():
    for pair in ALL_PAIRS[::20]:
        copy = relabelled(pair.one, torch.Generator().manual_seed(5))
        assert not separation(gin, GraphPair("copy", pair.one, copy)).is_separated


def test_relabelled_is_the_same_graph(is_isomorphic):
    data = from_edges(torch.tensor([[0, 1, 2], [1, 2, 3]]), 4, torch.arange(4.0).view(4, 1))
    data.edge_attr = data.x[data.edge_index].sum(dim=0)
    data.y = torch.tensor([7])
    out = relabelled(data, torch.Generator().manual_seed(0))
    assert not torch.equal(out.edge_index, data.edge_index)
    torch.testing.assert_close(out.edge_attr, out.x[out.edge_index].sum(dim=0))
    assert is_isomorphic(out, data) and torch.equal(out.y, data.y)


class NodeNumbers(torch.nn.Module):
    """Reads how far apart the numbers of neighbours are."""

    def forward(self, data):
        return data.edge_index.diff(dim=0).double().square().mean().view(1, 1)


class SlightlyNumbered(NodeNumbers):
    """Reads the edges, and the numbers of nodes in the last digits."""

    def forward(self, data):
        return data.num_edges + 1e-6 * super().forward(data)


class Constant(torch.nn.Module):
    """Reads nothing."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, data):
        return data.x.new_full((1, 2), self.value)


def test_networks_that_are_not_invariant_are_caught():
    with pytest.raises(ValueError, match="invariant to the order of nodes"):
        separation(SlightlyNumbered, HEXAGONS)
    assert not separation(SlightlyNumbered, HEXAGONS, threshold=0.1).is_separated
    with pytest.raises(ValueError, match="invariant to the order of nodes .*'C6 / 2 C3'"):
        separation(NodeNumbers, HEXAGONS)


def test_degenerate_networks():
    assert separation(lambda: Constant(0.0), HEXAGONS).gaps == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="finite read-outs"):
        separation(lambda: Constant(float("nan")), HEXAGONS)
    with pytest.raises(ValueError, match="'seeds' must not be empty"):
        separation(gin, HEXAGONS, seeds=())
