import pytest
import torch


def _graph_of_kind(kind, seed=0, num_nodes=14, num_edges=24):
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


def _star(num_leaves):
    leaf = torch.arange(1, num_leaves + 1)
    hub = torch.zeros_like(leaf)
    return torch.stack([torch.cat([leaf, hub]), torch.cat([hub, leaf])]), num_leaves + 1


def _balls(egos):
    out = [{} for _ in range(egos.root.numel())]
    members = torch.stack([egos.n_sub_batch, egos.n_id, egos.hop], dim=1)
    for s, u, hop in members.tolist():
        assert u not in out[s]
        out[s][u] = hop
    return out


_FIELDS = ("root", "n_id", "hop", "n_sub_batch", "sub_edge_index", "e_id", "e_sub_batch", "ego_id")


def _assert_same_egos(left, right):
    for name in _FIELDS:
        assert torch.equal(getattr(left, name), getattr(right, name)), name


@pytest.fixture
def graph_of_kind():
    """Makes edges of some kind, in no order; nodes 12 and 13 have none."""
    return _graph_of_kind


@pytest.fixture
def make_star():
    """Makes the edges of a hub, which comes first, and its leaves, and counts the nodes."""
    return _star


@pytest.fixture
def balls():
    """Finds the hop of each member, ego by ego."""
    return _balls


@pytest.fixture
def ego_fields():
    """Names of the tensors of ego-networks."""
    return _FIELDS


@pytest.fixture
def assert_same_egos():
    """Wants the same ego-networks."""
    return _assert_same_egos
