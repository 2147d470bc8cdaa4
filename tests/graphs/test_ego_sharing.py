import pytest
import torch

from pyg_symm.graphs import ego_networks

of_kinds = pytest.mark.parametrize(
    "kind", ["directed", "undirected", "multi-edges", "self loops", "hub"]
)
of_hops = pytest.mark.parametrize("num_hops", range(4))


@of_kinds
@of_hops
@pytest.mark.parametrize("max_nodes", [None, 4])
def test_ego_networks_of_the_same_members_are_shared(
    kind, num_hops, max_nodes, graph_of_kind, balls
):
    edges = graph_of_kind(kind, num_edges=30)
    full = balls(ego_networks(edges, 14, num_hops, max_nodes))
    egos = ego_networks(edges, 14, num_hops, max_nodes, dedup=True)
    sharing = {}
    for v, ball in enumerate(full):
        sharing.setdefault(frozenset(ball), []).append(v)
    assert egos.root.tolist() == [nodes[0] for nodes in sharing.values()]
    for s, (ball, nodes) in enumerate(zip(balls(egos), sharing.values(), strict=True)):
        assert (egos.ego_id == s).nonzero().view(-1).tolist() == nodes
        assert ball == {u: min(full[v][u] for v in nodes) for u in full[nodes[0]]}


def test_clique_has_one_ego_network(balls):
    clique = torch.ones(6, 6).triu(1).nonzero().t()
    egos = ego_networks(torch.cat([clique, clique.flip(0)], dim=1), 6, 1, dedup=True)
    assert balls(egos) == [dict.fromkeys(range(6), 0)]
    assert egos.root.tolist() == [0] and egos.ego_id.tolist() == [0] * 6
    assert egos.e_id.tolist() == list(range(30))
