import torch

from pyg_symm.nn.bundle import all_pairs, neighbors, two_way_pairs
from pyg_symm.nn.bundle.neighbors import within

EDGES = torch.tensor([[0, 1, 2, 1, 3, 3], [1, 0, 1, 2, 0, 3]])


def as_set(pairs):
    found = [tuple(sorted(pair)) for pair in pairs.T.tolist()]
    assert len(set(found)) == len(found)
    return set(found)


def test_all_pairs_of_each_graph():
    batch = torch.tensor([2, 0, 2, 0, 0, 5])
    pairs = all_pairs(batch, 6, batch.device)
    expected = {(i, j) for i in range(6) for j in range(i + 1, 6) if batch[i] == batch[j]}
    assert as_set(pairs) == expected
    alone = all_pairs(None, 4, batch.device)
    assert as_set(alone) == {(i, j) for i in range(4) for j in range(i + 1, 4)}
    assert all_pairs(torch.arange(3), 3, batch.device).shape == (2, 0)
    assert all_pairs(None, 1, batch.device).shape == (2, 0)


def test_edges_that_run_both_ways():
    edges = EDGES[:, :4]
    assert two_way_pairs(edges, 4).tolist() == [[0, 1], [1, 2]]
    assert two_way_pairs(edges[:, [3, 0, 2, 1]], 4).tolist() == [[0, 1], [1, 2]]
    assert two_way_pairs(edges[:, :0], 4).shape == (2, 0)


def test_edges_that_do_not():
    assert two_way_pairs(EDGES[:, :5], 4) is None
    assert two_way_pairs(EDGES[:, [0, 2]], 4) is None
    twice = EDGES[:, [0, 0, 1, 1]]
    assert two_way_pairs(twice, 4) is None
    assert two_way_pairs(EDGES[:, [0, 0]], 4) is None


def test_neighbors_have_no_loops():
    pos = torch.zeros(4, 3)
    edges, both = neighbors(EDGES, None, pos, share=True)
    assert torch.equal(edges, EDGES[:, :5]) and not both
    edges, both = neighbors(EDGES[:, [0, 1, 5]], None, pos, share=True)
    assert edges.tolist() == [[0], [1]] and both
    edges, both = neighbors(EDGES[:, [0, 1, 5]], None, pos, share=False)
    assert edges.tolist() == [[0, 1], [1, 0]] and not both


def test_neighbors_without_edges_are_all():
    pos, batch = torch.zeros(4, 3), torch.tensor([0, 0, 0, 1])
    shared, both = neighbors(None, batch, pos, share=True)
    assert both and as_set(shared) == {(0, 1), (0, 2), (1, 2)}
    edges, both = neighbors(None, batch, pos, share=False)
    pairs = {(i, j) for i in range(3) for j in range(3) if i != j}
    assert not both and set(map(tuple, edges.T.tolist())) == pairs


def test_within_a_cutoff():
    pos = torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]])
    edges = torch.tensor([[0, 1, 0], [1, 2, 2]])
    assert within(edges, pos, 2.0).tolist() == [[0], [1]]
    assert torch.equal(within(edges, pos, None), edges)
