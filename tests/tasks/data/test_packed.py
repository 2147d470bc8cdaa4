import pytest
import torch
from torch_geometric.data import Batch, Data, InMemoryDataset

from pyg_symm.tasks.data.packed import PackedBatches, PackedGraphs


def graphs(count=6):
    torch.manual_seed(0)
    out = []
    for i in range(count):
        n, e = 1 + i % 3, i
        edges = torch.randint(n, (2, e))
        out.append(
            Data(
                x=torch.randn(n, 2),
                edge_index=edges,
                edge_attr=torch.randn(e, 1),
                pos=torch.randn(n, 3),
                y=torch.randn(1, 4),
                number=i,
                name=str(i),
            )
        )
    return out


def assert_same(batch, expected):
    for name in ("x", "pos", "y", "edge_index", "edge_attr", "batch", "ptr", "number"):
        assert torch.equal(batch[name], expected[name]), name
    assert batch.num_graphs == expected.num_graphs and batch.num_nodes == expected.num_nodes


class Stored(InMemoryDataset):
    def __init__(self, items, transform=None):
        super().__init__(None, transform)
        self.data, self.slices = self.collate(items)


class Negated(Stored):
    def get(self, idx):
        data = super().get(idx)
        data.pos = -data.pos
        return data


def negated(data):
    data.pos = -data.pos
    return data


@pytest.mark.parametrize(
    "make",
    [
        Stored,
        lambda items: Stored(items)[[4, 1, 2]],
        lambda items: Stored(items).shuffle(),
        lambda items: Stored(items, negated),
        lambda items: Stored(items[:1]),
        Negated,
    ],
    ids=["whole", "part", "shuffled", "transform", "one", "get"],
)
def test_data_sets_in_memory(make):
    dataset = make(graphs())
    index = torch.arange(len(dataset)).flip(0)
    batch = PackedGraphs(dataset).batch(index)
    assert_same(batch, Batch.from_data_list([dataset[int(i)] for i in index]))


@pytest.mark.parametrize("index", [[0, 1, 2, 3, 4, 5], [4], [3, 0, 3], [0, 0]])
def test_batches_are_those_of_pyg(index):
    items = graphs()
    batch = PackedGraphs(items).batch(torch.tensor(index))
    assert_same(batch, Batch.from_data_list([items[i] for i in index]))


def test_parts_are_packed_graphs_again():
    items = graphs()
    part = PackedGraphs(items).take(torch.tensor([5, 1, 2])).to("cpu")
    assert len(part) == 3 and part.sizes.tolist() == [3, 2, 3]
    assert torch.equal(part.index, torch.tensor([0, 0, 0, 1, 1, 2, 2, 2]))
    assert_same(part.batch(torch.tensor([2, 0])), Batch.from_data_list([items[2], items[5]]))


def test_edges_are_not_needed():
    items = [Data(pos=torch.randn(n, 3), y=torch.randn(n, 3)) for n in (2, 1)]
    packed = PackedGraphs(items)
    assert "y" in packed.node and "y" in packed and "x" not in packed
    assert packed.batch(torch.tensor([1, 0])).edge_index is None
    assert torch.equal(packed["y"], torch.cat([item.y for item in items]))


def test_one_graph_is_enough_and_none_is_not():
    assert len(PackedGraphs(graphs(1))) == 1
    with pytest.raises(ValueError, match="'graphs'"):
        PackedGraphs([])


def test_rows_belong_to_something():
    with pytest.raises(ValueError, match="'extra'"):
        PackedGraphs([Data(pos=torch.zeros(2, 3), extra=torch.zeros(5)) for _ in range(3)])


def test_a_loader_follows_an_order_and_transforms():
    packed = PackedGraphs(graphs())
    loader = PackedBatches(
        packed, 4, order=[5, 4, 3, 2, 1, 0], transform=lambda batch: batch.number
    )
    assert [part.tolist() for part in loader] == [[5, 4, 3, 2], [1, 0]] and len(loader) == 2
    assert [b.num_graphs for b in PackedBatches(packed, 3)] == [3, 3]
