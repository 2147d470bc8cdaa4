import sys

import networkx as nx
import pytest
import torch

from pyg_symm.graphs import ego_networks
from pyg_symm.testing import peak_memory

module = sys.modules[ego_networks.__module__]
NONE = torch.empty(2, 0, dtype=torch.long)


def random_graph(kind, seed=0, num_nodes=14, num_edges=24):
    """Edges in no order; nodes 12 and 13 have none."""
    generator = torch.Generator().manual_seed(seed)
    edges = torch.randint(num_nodes - 2, (2, num_edges), generator=generator)
    if kind != "self loops":
        edges = edges[:, edges[0] != edges[1]]
    if kind == "undirected":
        edges = torch.cat([edges, edges.flip(0)], dim=1)
    if kind == "multi-edges":
        return torch.cat([edges, edges[:, :8].repeat(1, 6)], dim=1)
    if kind == "hub":
        star = torch.stack([torch.arange(1, num_nodes - 2), torch.zeros(num_nodes - 3).long()])
        edges = torch.cat([edges[:, :6], star, star.flip(0)], dim=1)
    edges = edges.unique(dim=1)
    return edges[:, torch.randperm(edges.size(1), generator=generator)]


def three_orders(edges):
    """Edges as they are, by their source and by their target."""
    return [edges, *(edges[:, end.argsort(stable=True)] for end in edges)]


KINDS = ["directed", "undirected", "multi-edges", "self loops", "hub"]
of_kinds = pytest.mark.parametrize("kind", KINDS)
of_hops = pytest.mark.parametrize("num_hops", range(4))


def distances(edge_index, num_nodes):
    """For each node the nodes that reach it, and in how many steps."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(num_nodes))
    graph.add_edges_from(edge_index.flip(0).t().tolist())
    return [nx.single_source_shortest_path_length(graph, v) for v in range(num_nodes)]


def balls(egos):
    """The hop of each member, ego by ego."""
    out = [{} for _ in range(egos.root.numel())]
    for s, u, hop in zip(egos.owner.tolist(), egos.node.tolist(), egos.hop.tolist(), strict=True):
        assert u not in out[s]
        out[s][u] = hop
    return out


def assert_same(left, right):
    for a, b in zip(left, right, strict=True):
        assert torch.equal(a, b)


@of_kinds
@of_hops
def test_members_are_those_that_reach_the_root(kind, num_hops):
    edges = random_graph(kind)
    egos = ego_networks(edges, 14, num_hops)
    expected = [
        {u: hop for u, hop in reached.items() if hop <= num_hops}
        for reached in distances(edges, 14)
    ]
    assert balls(egos) == expected
    assert torch.equal(egos.root, torch.arange(14)) and torch.equal(egos.ego_id, egos.root)
    key = egos.owner * 14 + egos.node
    assert bool((key.diff() > 0).all())


@of_kinds
@pytest.mark.parametrize("options", [{}, {"dedup": True}, {"max_nodes": 4}])
@pytest.mark.parametrize("num_hops", [1, 2])
def test_edges_are_all_those_among_members(kind, num_hops, options):
    for edges in three_orders(random_graph(kind)):
        egos = ego_networks(edges, 14, num_hops, **options)
        expected = [
            (s, e)
            for s, ball in enumerate(balls(egos))
            for e, (u, v) in enumerate(edges.t().tolist())
            if u in ball and v in ball
        ]
        assert list(zip(egos.edge_owner.tolist(), egos.edge_id.tolist(), strict=True)) == expected
        assert torch.equal(egos.node[egos.edge_index], edges[:, egos.edge_id])
        assert bool((egos.owner[egos.edge_index] == egos.edge_owner).all())


@of_kinds
@pytest.mark.parametrize("options", [{}, {"dedup": True}])
@pytest.mark.parametrize("num_hops", [1, 2])
def test_blocks_do_not_show(kind, num_hops, options, monkeypatch):
    for edges in three_orders(random_graph(kind)):
        expected = ego_networks(edges, 14, num_hops, **options)
        with monkeypatch.context() as patch:
            patch.setattr(module, "_ROOTS", 3)
            for fewest in (1, 99):  # With a table, and without.
                patch.setattr(module, "_WORTH", fewest)
                assert_same(ego_networks(edges, 14, num_hops, **options), expected)


@of_kinds
@of_hops
@pytest.mark.parametrize("max_nodes", [1, 3, 6])
def test_cap_keeps_the_nearest(kind, num_hops, max_nodes):
    for seed in range(5):
        edges = random_graph(kind, seed)
        egos = ego_networks(edges, 14, num_hops, max_nodes, seed=seed)
        full = balls(ego_networks(edges, 14, num_hops))
        for root, (kept, ball) in enumerate(zip(balls(egos), full, strict=True)):
            assert kept.items() <= ball.items()  # And the hops are still the distances.
            assert len(kept) == min(max_nodes, len(ball)) and kept[root] == 0
            left_out = [ball[u] for u in ball.keys() - kept.keys()]
            assert max(kept.values()) <= min(left_out, default=num_hops)


def test_cap_is_drawn_from_its_seed():
    star = torch.stack([torch.arange(1, 60), torch.zeros(59, dtype=torch.long)])
    first = ego_networks(star, 60, 1, max_nodes=10, seed=3)
    torch.manual_seed(5)
    assert_same(ego_networks(star, 60, 1, max_nodes=10, seed=3), first)
    assert torch.initial_seed() == 5 and torch.rand(1) == torch.rand(
        1, generator=torch.Generator().manual_seed(5)
    )
    other = ego_networks(star, 60, 1, max_nodes=10, seed=4)
    assert not torch.equal(other.node, first.node)


def test_cap_is_fair():
    star = torch.stack([torch.arange(1, 7), torch.zeros(6, dtype=torch.long)])
    parallel = torch.cat([star, star[:, :1].expand(-1, 20)], dim=1)  # These win no favours.
    for edges in (star, parallel):
        egos = [ego_networks(edges, 7, 1, max_nodes=3, seed=seed) for seed in range(300)]
        counts = torch.cat([e.node[e.owner == 0] for e in egos]).bincount(minlength=7)[1:]
        assert int(counts.sum()) == 600
        assert int((counts - 100).abs().max()) < 5 * 100**0.5


@of_kinds
@of_hops
@pytest.mark.parametrize("max_nodes", [None, 4])
def test_ego_networks_of_the_same_members_are_shared(kind, num_hops, max_nodes):
    edges = random_graph(kind, num_edges=30)
    full = balls(ego_networks(edges, 14, num_hops, max_nodes))
    egos = ego_networks(edges, 14, num_hops, max_nodes, dedup=True)
    sharing = {}
    for v, ball in enumerate(full):
        sharing.setdefault(frozenset(ball), []).append(v)
    assert egos.root.tolist() == [nodes[0] for nodes in sharing.values()]
    for s, (ball, nodes) in enumerate(zip(balls(egos), sharing.values(), strict=True)):
        assert (egos.ego_id == s).nonzero().view(-1).tolist() == nodes
        assert ball == {u: min(full[v][u] for v in nodes) for u in full[nodes[0]]}


def test_clique_has_one_ego_network():
    clique = torch.ones(6, 6).triu(1).nonzero().t()
    egos = ego_networks(torch.cat([clique, clique.flip(0)], dim=1), 6, 1, dedup=True)
    assert balls(egos) == [dict.fromkeys(range(6), 0)]
    assert egos.root.tolist() == [0] and egos.ego_id.tolist() == [0] * 6
    assert egos.edge_id.tolist() == list(range(30))


@pytest.mark.parametrize("options", [{}, {"dedup": True}, {"max_nodes": 2}])
@pytest.mark.parametrize("num_nodes", [0, 1, 3])
def test_without_edges_each_node_is_alone(num_nodes, options):
    egos = ego_networks(NONE, num_nodes, 2, **options)
    node = torch.arange(num_nodes)
    zero = torch.zeros_like(node)
    assert_same(egos, (node, node, zero, node, NONE, NONE[0], NONE[0], node))


def test_nothing_is_as_large_as_all_pairs():
    num_nodes = 20_000
    node = torch.arange(num_nodes)
    cycle = torch.stack([node, (node + 1) % num_nodes])
    cycle = torch.cat([cycle, cycle.flip(0)], dim=1)
    for num_hops in (1, 2):
        peak = peak_memory(lambda k=num_hops: ego_networks(cycle, num_nodes, k))
        output = sum(part.nbytes for part in ego_networks(cycle, num_nodes, num_hops))
        assert peak < 6 * output + 4 * module._TABLE < num_nodes**2 / 4


@pytest.mark.parametrize(
    "edges, message",
    [
        (torch.zeros(3, 2).long(), r"'edge_index' must be of shape \[2, E\] \(got \[3, 2\]\)"),
        (torch.zeros(2).long(), r"'edge_index' must be of shape \[2, E\] \(got \[2\]\)"),
        (torch.tensor([[0, 1], [1, 4]]), r"must be at least 5 .* \(got 4\)"),
        (torch.tensor([[0, -1], [1, 2]]), r"must not be negative \(got -1\)"),
        (torch.tensor([[0.0], [1.0]]), r"must hold integers \(got torch.float32\)"),
    ],
)
def test_wrong_edges(edges, message):
    with pytest.raises(ValueError, match=message):
        ego_networks(edges, 4, 1)
