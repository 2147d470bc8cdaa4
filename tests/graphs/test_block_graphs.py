import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.graphs import BlockGraphs
from pyg_symm.transforms import StructuralOrder


@pytest.fixture
def graphs(random_graph):
    return [random_graph(n, seed, density=0.4) for seed, n in enumerate([5, 1, 9, 7])]


def test_layout(graphs):
    dense = BlockGraphs.from_data(graphs)
    assert dense.node.shape == (4, 9) and dense.edge.shape == (4, 9, 9) and dense.num_graphs == 4
    assert dense.mask.sum(1).tolist() == [5, 1, 9, 7]
    assert torch.equal(dense.edge, dense.edge.mT)
    for i, data in enumerate(graphs):
        ordered = StructuralOrder(3)(data)
        block = dense.block_id[i][dense.mask[i]]
        assert block.tolist() == sorted(ordered.block_id.tolist())
        assert dense.num_blocks[i] == ordered.num_blocks
        assert dense.edge[i].count_nonzero() == data.num_edges
        assert dense.block_size[i].sum() == data.num_nodes
        assert dense.pairs[i].sum() == data.num_nodes * (data.num_nodes - 1) // 2
    assert (dense.block_degree[torch.arange(4), dense.num_blocks - 1] >= 0).all()


def test_round_trip_is_the_same_graph(graphs):
    for data, back in zip(graphs, BlockGraphs.from_data(graphs).to_data_list(), strict=True):
        order = StructuralOrder(3)(data).block_id.argsort(stable=True)
        assert torch.equal(back.x, data.x[order])
        back.validate()
        again = BlockGraphs.from_data([back])
        assert torch.equal(again.edge[0], BlockGraphs.from_data([data]).edge[0])


def test_given_blocks_are_kept_and_batches_are_taken(graphs):
    ordered = [StructuralOrder(1)(data) for data in graphs]
    dense = BlockGraphs.from_data(Batch.from_data_list(ordered))
    assert dense.num_blocks.tolist() == [data.num_blocks for data in ordered]


def test_degrees_are_shared_within_blocks_or_unknown(graphs):
    dense = BlockGraphs.from_data(graphs)
    seen = dense.block_id.unsqueeze(1) <= dense.block_id.unsqueeze(2)
    ends = ((dense.edge > 0) & seen).sum(2)
    assert torch.equal(ends * dense.mask, dense.node_degree)
    assert not BlockGraphs.from_data(graphs, max_hops=0).block_degree.any()


def test_unlabelled_graphs():
    data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
    dense = BlockGraphs.from_data([data])
    assert dense.node.tolist() == [[0, 0]] and dense.edge[0].tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    "change, match",
    [
        ({"edge_index": torch.tensor([[0], [1]]), "edge_attr": None}, "two directions differ"),
        ({"edge_index": torch.tensor([[0], [0]]), "edge_attr": None}, "self loops"),
        ({"x": torch.rand(5, 1)}, "'x' must hold one class for each of 5"),
        ({"x": torch.full((5, 1), -1)}, "'x' must be at least 0 .got -1"),
        ({"edge_attr": torch.tensor(0)}, "'edge_attr' must hold one class"),
    ],
)
def test_bad_input(change, match, random_graph):
    data = random_graph(5, 0, density=0.4)
    for key, value in change.items():
        data[key] = value
    with pytest.raises(ValueError, match=match):
        BlockGraphs.from_data([data])


def test_nothing():
    with pytest.raises(ValueError, match="'data' holds no graphs"):
        BlockGraphs.from_data([])


def test_room_for_more_changes_nothing(graphs):
    dense = BlockGraphs.from_data(graphs)
    wide = dense.pad(8)
    assert wide.node.shape == (4, 16) and wide.block_size.size(1) % 8 == 0
    assert torch.equal(wide.mask.sum(1), dense.mask.sum(1))
    assert torch.equal(wide.num_blocks, dense.num_blocks) and wide.pairs.sum() == dense.pairs.sum()
    for a, b in zip(wide.to_data_list(), dense.to_data_list(), strict=True):
        assert torch.equal(a.edge_index, b.edge_index) and torch.equal(a.x, b.x)
