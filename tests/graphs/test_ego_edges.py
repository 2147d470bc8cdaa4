import sys

import pytest
import torch

from pyg_symm.graphs import ego_networks
from pyg_symm.graphs.ego_edges import ego_edges
from pyg_symm.testing import peak_memory

module = sys.modules[ego_edges.__module__]
NONE = torch.empty(2, 0, dtype=torch.long)
of_kinds = pytest.mark.parametrize(
    "kind", ["directed", "undirected", "multi-edges", "self loops", "hub"]
)


def three_orders(edges):
    """Edges as they are, by their source and by their target."""
    return [edges, *(edges[:, end.argsort(stable=True)] for end in edges)]


@of_kinds
@pytest.mark.parametrize("options", [{}, {"dedup": True}, {"max_nodes": 4}])
@pytest.mark.parametrize("num_hops", [1, 2])
def test_edges_are_all_those_among_members(kind, num_hops, options, graph_of_kind, balls):
    for edges in three_orders(graph_of_kind(kind)):
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
def test_blocks_do_not_show(kind, num_hops, options, monkeypatch, graph_of_kind, assert_same_egos):
    for edges in three_orders(graph_of_kind(kind)):
        expected = ego_networks(edges, 14, num_hops, **options)
        with monkeypatch.context() as patch:
            patch.setattr(module, "_ROOTS", 3)
            for fewest in (1, 99):  # With a table, and without.
                patch.setattr(module, "_WORTH", fewest)
                assert_same_egos(ego_networks(edges, 14, num_hops, **options), expected)


@pytest.mark.parametrize("options", [{}, {"dedup": True}, {"max_nodes": 2}])
@pytest.mark.parametrize("num_nodes", [0, 1, 3])
def test_without_edges_each_node_is_alone(num_nodes, options, ego_fields):
    egos = ego_networks(NONE, num_nodes, 2, **options)
    node = torch.arange(num_nodes)
    zero = torch.zeros_like(node)
    expected = (node, node, zero, node, NONE, NONE[0], NONE[0], node)
    for name, value in zip(ego_fields, expected, strict=True):
        assert torch.equal(getattr(egos, name), value), name


def test_nothing_is_as_large_as_all_pairs(ego_fields):
    num_nodes = 20_000
    node = torch.arange(num_nodes)
    cycle = torch.stack([node, (node + 1) % num_nodes])
    cycle = torch.cat([cycle, cycle.flip(0)], dim=1)
    for num_hops in (1, 2):
        peak = peak_memory(lambda k=num_hops: ego_networks(cycle, num_nodes, k))
        egos = ego_networks(cycle, num_nodes, num_hops)
        output = sum(getattr(egos, name).nbytes for name in ego_fields)
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
