import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks.data.block_graph_set import BlockGraphSet


def paths(*sizes):
    def path(n):
        edge_index = torch.arange(n).unfold(0, 2, 1).T.reshape(2, -1)
        return Data(edge_index=torch.cat([edge_index, edge_index.flip(0)], dim=1), num_nodes=n)

    return [path(n) for n in sizes]


def test_graphs_are_batched_in_the_order_of_their_blocks():
    graphs = BlockGraphSet(paths(2, 4, 3), max_hops=1, pad_multiple=8)
    assert len(graphs) == 3 and graphs.sizes.tolist() == [2, 4, 3]
    batch = graphs[[0, 1]]
    assert batch.mask.sum(dim=1).tolist() == [2, 4] and batch.mask.size(1) == 8
    assert sum(part.num_graphs for part in graphs.batches()) == 3


def test_parts_are_evenly_spread_and_complete():
    graphs = BlockGraphSet(paths(*range(2, 12)), max_hops=1)
    first, second = graphs.split(0.2)
    assert second.sizes.tolist() == [6, 11] and len(first) == 8
    assert graphs.take(2).sizes.tolist() == [6, 11]
    assert graphs.take(None).sizes.tolist() == graphs.take(99).sizes.tolist()


def test_large_graphs_are_left_out_and_nothing_left_is_an_error():
    assert BlockGraphSet(paths(2, 9, 3), 1, max_nodes=3).sizes.tolist() == [2, 3]
    with pytest.raises(ValueError, match=r"'graphs' must not be empty \(got 0\)"):
        BlockGraphSet([], 1)
    with pytest.raises(ValueError, match="'graphs' must not be empty .got 2, of which 0"):
        BlockGraphSet(paths(4, 5), 1, max_nodes=3)
    with pytest.raises(ValueError, match="'pad_multiple' must be an integer of 1 or more .got 0"):
        BlockGraphSet(paths(4), 1, pad_multiple=0)


def test_graphs_ordered_by_other_hops_are_refused():
    class Ordered(list):
        max_hops = 2
        sizes = torch.tensor([4])

        def batch(self, index):
            raise NotImplementedError

    with pytest.raises(ValueError, match="'max_hops' is 1, but the graphs are ordered by 2"):
        BlockGraphSet(Ordered(paths(4)), max_hops=1)
