import sys

import pytest
import torch

from pyg_symm.graphs import ego_networks
from pyg_symm.graphs.ego_edges import ego_edges
from pyg_symm.testing import peak_memory

module = sys.modules[ego_edges.__module__]


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


def balls(egos):
    """The hop of each member, ego by ego."""
    out = [{} for _ in range(egos.root.numel())]
    members = torch.stack([egos.n_sub_batch, egos.n_id, egos.hop], dim=1)
    for s, u, hop in members.tolist():
        assert u not in out[s]
        out[s][u] = hop
    return out


FIELDS = ("root", "n_id", "hop", "n_sub_batch", "sub_edge_index", "e_id", "e_sub_batch", "ego_id")


def assert_same(left, right):
    for name in FIELDS:
        assert torch.equal(getattr(left, name), getattr(right, name)), name


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
        assert list(zip(egos.e_sub_batch.tolist(), egos.e_id.tolist(), strict=True)) == expected
        assert torch.equal(egos.n_id[egos.sub_edge_index], edges[:, egos.e_id])
        assert bool((egos.n_sub_batch[egos.sub_edge_index] == egos.e_sub_batch).all())


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


@pytest.mark.parametrize("options", [{}, {"dedup": True}, {"max_nodes": 2}])
@pytest.mark.parametrize("num_nodes", [0, 1, 3])
def test_without_edges_each_node_is_alone(num_nodes, options):
    egos = ego_networks(NONE, num_nodes, 2, **options)
    node = torch.arange(num_nodes)
    zero = torch.zeros_like(node)
    expected = (node, node, zero, node, NONE, NONE[0], NONE[0], node)
    for name, value in zip(FIELDS, expected, strict=True):
        assert torch.equal(getattr(egos, name), value), name


def test_nothing_is_as_large_as_all_pairs():
    num_nodes = 20_000
    node = torch.arange(num_nodes)
    cycle = torch.stack([node, (node + 1) % num_nodes])
    cycle = torch.cat([cycle, cycle.flip(0)], dim=1)
    for num_hops in (1, 2):
        peak = peak_memory(lambda k=num_hops: ego_networks(cycle, num_nodes, k))
        egos = ego_networks(cycle, num_nodes, num_hops)
        output = sum(getattr(egos, name).nbytes for name in FIELDS)
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
