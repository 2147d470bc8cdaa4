import pytest
import torch

from pyg_symm.nn.bundle import all_pairs, neighbors, two_way_first
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


def meaning(edges, two_way):
    """All directed edges that are meant, sorted."""
    back = edges[:, :two_way].flip(0)
    return sorted(map(tuple, torch.cat([edges, back], dim=1).T.tolist()))


def test_edges_that_run_both_ways():
    edges = EDGES[:, :4]
    for order in ([0, 1, 2, 3], [3, 0, 2, 1]):
        pairs, two_way = two_way_first(edges[:, order], 4)
        assert pairs.tolist() == [[0, 1], [1, 2]] and two_way == 2
    assert two_way_first(edges[:, :0], 4)[0].shape == (2, 0)


def test_edges_some_of_which_run_one_way():
    pairs, two_way = two_way_first(EDGES[:, :5], 4)
    assert two_way == 2 and pairs.T.tolist() == [[0, 1], [1, 2], [3, 0]]


@pytest.mark.parametrize("seed", range(20))
def test_every_edge_is_meant_once(seed):
    generator = torch.Generator().manual_seed(seed)
    edges = torch.randint(5, (2, 30), generator=generator)  # Many of them parallel.
    edges = edges[:, edges[0] != edges[1]]
    pairs, two_way = two_way_first(edges, 5)
    assert meaning(pairs, two_way) == sorted(map(tuple, edges.T.tolist()))
    assert bool((pairs[0, :two_way] < pairs[1, :two_way]).all()) and two_way > 0


def test_neighbors_have_no_loops():
    pos = torch.zeros(4, 3)
    edges, two_way = neighbors(EDGES, None, pos, share=True)
    assert meaning(edges, two_way) == sorted(map(tuple, EDGES[:, :5].T.tolist())) and two_way == 2
    edges, two_way = neighbors(EDGES[:, [0, 1, 5]], None, pos, share=False)
    assert edges.tolist() == [[0, 1], [1, 0]] and two_way == 0


def test_neighbors_without_edges_are_all():
    pos, batch = torch.zeros(4, 3), torch.tensor([0, 0, 0, 1])
    shared, two_way = neighbors(None, batch, pos, share=True)
    assert two_way == 3 and as_set(shared) == {(0, 1), (0, 2), (1, 2)}
    edges, two_way = neighbors(None, batch, pos, share=False)
    pairs = {(i, j) for i in range(3) for j in range(3) if i != j}
    assert two_way == 0 and set(map(tuple, edges.T.tolist())) == pairs


def test_neighbors_within_a_cutoff():
    pos = torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]])
    for edges in (None, torch.ones(3, 3).nonzero().T):
        found, two_way = neighbors(edges, None, pos, share=True, cutoff=1.5)
        assert found.tolist() == [[0], [1]] and two_way == 1


def test_within_a_cutoff():
    pos = torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]])
    edges = torch.tensor([[0, 1, 0], [1, 2, 2]])
    assert within(edges, pos, 2.0).tolist() == [[0], [1]]
    assert torch.equal(within(edges, pos, None), edges)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_edges_of_many_nodes_do_not_meet_by_overflow(dtype):
    num, low, high = 70_000, 10, 20_000
    other, end = divmod(low * num + high + 2**31, num)  # Twice that is as much modulo 2^32.
    edges = torch.tensor([[low, end], [high, other]])
    pairs, two_way = two_way_first(edges.to(dtype), num)
    assert two_way == 0 and torch.equal(pairs, edges.to(dtype))


def test_a_cutoff_keeps_edges_of_unknown_length():
    pos = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [5.0, 0.0, 0.0], [torch.nan, 0.0, 0.0]])
    edges = torch.tensor([[0, 0, 0], [1, 2, 3]])
    assert within(edges, pos, 2.0).tolist() == [[0, 0], [1, 3]]
