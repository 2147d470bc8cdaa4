import pytest
import torch

from pyg_symm.graphs import ego_networks

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
    assert egos.e_id.tolist() == list(range(30))
