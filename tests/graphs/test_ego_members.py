import sys

import networkx as nx
import pytest
import torch

from pyg_symm.graphs import EgoPlan, ego_networks, ego_sizes
from pyg_symm.testing import peak_memory
from pyg_symm.utils import memory

module = sys.modules[ego_sizes.__module__]
NONE = torch.empty(2, 0, dtype=torch.long)
of_kinds = pytest.mark.parametrize(
    "kind", ["directed", "undirected", "multi-edges", "self loops", "hub"]
)
of_hops = pytest.mark.parametrize("num_hops", range(4))


def distances(edge_index, num_nodes):
    """For each node the nodes that reach it, and in how many steps."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(num_nodes))
    graph.add_edges_from(edge_index.flip(0).t().tolist())
    return [nx.single_source_shortest_path_length(graph, v) for v in range(num_nodes)]


@of_kinds
@of_hops
def test_members_are_those_that_reach_the_root(kind, num_hops, graph_of_kind, balls):
    edges = graph_of_kind(kind)
    egos = ego_networks(edges, 14, num_hops)
    expected = [
        {u: hop for u, hop in reached.items() if hop <= num_hops}
        for reached in distances(edges, 14)
    ]
    assert balls(egos) == expected
    assert torch.equal(egos.root, torch.arange(14)) and torch.equal(egos.ego_id, egos.root)
    key = egos.n_sub_batch * 14 + egos.n_id
    assert bool((key.diff() > 0).all())


@of_kinds
@of_hops
@pytest.mark.parametrize("max_nodes", [1, 3, 6])
def test_cap_keeps_the_nearest(kind, num_hops, max_nodes, graph_of_kind, balls):
    for seed in range(5):
        edges = graph_of_kind(kind, seed)
        egos = ego_networks(edges, 14, num_hops, max_nodes, seed=seed)
        full = balls(ego_networks(edges, 14, num_hops))
        for root, (kept, ball) in enumerate(zip(balls(egos), full, strict=True)):
            assert kept.items() <= ball.items()  # And the hops are still the distances.
            assert len(kept) == min(max_nodes, len(ball)) and kept[root] == 0
            left_out = [ball[u] for u in ball.keys() - kept.keys()]
            assert max(kept.values()) <= min(left_out, default=num_hops)


def test_cap_is_drawn_from_its_seed(assert_same_egos):
    star = torch.stack([torch.arange(1, 60), torch.zeros(59, dtype=torch.long)])
    first = ego_networks(star, 60, 1, max_nodes=10, seed=3)
    torch.manual_seed(5)
    assert_same_egos(ego_networks(star, 60, 1, max_nodes=10, seed=3), first)
    assert torch.initial_seed() == 5 and torch.rand(1) == torch.rand(
        1, generator=torch.Generator().manual_seed(5)
    )
    other = ego_networks(star, 60, 1, max_nodes=10, seed=4)
    assert not torch.equal(other.n_id, first.n_id)


def test_cap_is_fair():
    star = torch.stack([torch.arange(1, 7), torch.zeros(6, dtype=torch.long)])
    parallel = torch.cat([star, star[:, :1].expand(-1, 20)], dim=1)  # These win no favours.
    for edges in (star, parallel):
        egos = [ego_networks(edges, 7, 1, max_nodes=3, seed=seed) for seed in range(300)]
        counts = torch.cat([e.n_id[e.n_sub_batch == 0] for e in egos]).bincount(minlength=7)[1:]
        assert int(counts.sum()) == 600
        assert int((counts - 100).abs().max()) < 5 * 100**0.5


@of_kinds
@of_hops
@pytest.mark.parametrize("max_nodes", [None, 4])
def test_sizes_are_those_of_the_ego_networks(kind, num_hops, max_nodes, graph_of_kind):
    edges = graph_of_kind(kind)
    egos = ego_networks(edges, 14, num_hops, max_nodes, seed=2)
    expected = egos.n_sub_batch.bincount(minlength=14)
    assert torch.equal(ego_sizes(edges, 14, num_hops, max_nodes, seed=2), expected)
    assert ego_sizes(NONE, 0, num_hops, max_nodes).numel() == 0


@of_kinds
def test_looking_at_fewer_roots_changes_nothing(kind, monkeypatch, graph_of_kind, assert_same_egos):
    edges = graph_of_kind(kind)
    expected = ego_networks(edges, 14, 3)
    monkeypatch.setattr(module, "_WORK", 5)
    assert_same_egos(ego_networks(edges, 14, 3), expected)


def test_sizes_of_a_large_star_need_no_pairs(make_star):
    edges, num_nodes = make_star(200_000)
    peak = peak_memory(lambda: ego_sizes(edges, num_nodes, 1))
    assert peak < 50 * edges.nbytes
    assert int(ego_sizes(edges, num_nodes, 1).square().sum()) == 200_001**2 + 200_000 * 4


def test_members_that_do_not_fit_are_refused(monkeypatch, make_star):
    edges, num_nodes = make_star(20_000)
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "free_memory", lambda device: 10**7)
    with pytest.raises(ValueError, match="of 2 hops have more than .* members, .* 'max_nodes'"):
        ego_networks(edges, num_nodes, 2)
    with pytest.raises(ValueError, match="of 2 hops have more than .* pairs of .* 'max_nodes'"):
        EgoPlan.from_edges(edges, num_nodes, 2)
    ego_networks(edges, num_nodes, 1, max_nodes=2)


def test_members_that_fit_although_the_first_are_many(monkeypatch, assert_same_egos, make_star):
    edges, num_nodes = make_star(3_000)
    expected = ego_networks(edges, num_nodes, 1)
    # The hub comes first: as many for all roots would not fit, but all together do.
    count = expected.n_id.numel()
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "free_memory", lambda device: 60 * count)
    assert_same_egos(ego_networks(edges, num_nodes, 1), expected)
