import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import PointData, PointSplits
from pyg_symm.tasks.data.points import one_hot_elements


def clouds(count, **fields):
    """Clouds of two points that stand where their number says."""
    out = [Data(pos=torch.full((2, 3), float(i), dtype=torch.double)) for i in range(count)]
    return [data.update({name: make() for name, make in fields.items()}) for data in out]


def numbers(batch):
    return batch.pos[::2, 0].tolist()


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"y": lambda: torch.zeros(2, 3)}, {"in_channels": 0, "out_channels": 0, "out_vectors": 1}),
        (
            {"y": lambda: torch.zeros(2, 4, 3)},
            {"in_channels": 0, "out_channels": 0, "out_vectors": 4},
        ),
        ({"y": lambda: torch.zeros(1, 5)}, {"in_channels": 0, "out_channels": 5}),
        ({"y": lambda: torch.tensor([2])}, {"in_channels": 0, "out_channels": 3}),
        ({"x": lambda: torch.zeros(2, 6)}, {"in_channels": 6, "out_channels": 1}),
        (
            {"vec": lambda: torch.zeros(2, 2, 3)},
            {"in_channels": 0, "in_vectors": 2, "out_channels": 1},
        ),
    ],
)
def test_data_describe_themselves(fields, expected):
    assert PointData(clouds(4, **fields)).describe() == {"in_channels": 0, **expected}


def test_batches_of_an_epoch_have_every_graph_once_and_follow_the_seed():
    def epoch(seed):
        data = PointData(clouds(11), val=clouds(3), batch_size=4, seed=seed)
        return list(data.train_dataloader())

    batches = epoch(1)
    seen = [number for batch in batches for number in numbers(batch)]
    assert sorted(seen) == list(range(11)) and [b.num_graphs for b in batches] == [4, 4, 3]
    assert seen == [number for batch in epoch(1) for number in numbers(batch)]
    assert seen != [number for batch in epoch(2) for number in numbers(batch)]
    assert batches[0].pos.dtype == torch.float


def test_a_tenth_is_held_out_and_limits_are_evenly_spread():
    data = PointData(clouds(20), limit=3)
    assert numbers(data.val.batch(torch.arange(2))) == [9, 19] and data.tests["test"] is data.val
    assert numbers(data.train.batch(torch.arange(3))) == [5, 12, 18]
    assert "3 to train" in data.summary()
    tests = {"near": clouds(1), "far": clouds(2)}
    data = PointData(clouds(9), val=clouds(8), val_limit=2, tests=tests)
    assert [numbers(batch) for batch in data.val_dataloader()] == [[3, 7]] and len(data.train) == 9
    assert data.test_names == ["near", "far"]
    assert [len(loader.graphs) for loader in data.test_dataloader()] == [1, 2]


def test_splits_are_asked_for_by_name():
    sizes = {"train": 3, "val": 2, "test": 1, "far": 4}
    data = PointSplits(lambda split: clouds(sizes[split]), ["test", "far"], batch_size=2)
    assert (len(data.train), len(data.val)) == (3, 2)
    assert {name: len(part) for name, part in data.tests.items()} == {"test": 1, "far": 4}


def test_only_training_batches_are_transformed():
    def shift(batch):
        batch.pos = batch.pos + 100
        return batch

    data = PointData(clouds(4), val=clouds(2), transform=shift)
    assert next(iter(data.train_dataloader())).pos.min() >= 100
    assert next(iter(data.val_dataloader())).pos.max() < 100
    assert data.train["pos"].max() < 100


def test_atoms_have_the_code_of_their_element():
    graphs = clouds(4, z=lambda: torch.tensor([8, 1]))
    data = PointData(graphs, val=clouds(1, z=lambda: torch.tensor([1, 1])))
    assert data.train["x"][:2].tolist() == [[0, 1], [1, 0]] and data.describe()["in_channels"] == 2
    assert data.val["x"].tolist() == [[1, 0], [1, 0]]
    with pytest.raises(ValueError, match=r"'far' .*\[1, 8\] .*\[6, 9\]"):
        PointData(graphs, tests={"far": clouds(1, z=lambda: torch.tensor([9, 6]))})
    with pytest.raises(ValueError, match="'z'"):
        one_hot_elements(torch.tensor([2]), torch.tensor([1, 8]))


def test_edges_may_be_left_to_the_network():
    graphs = clouds(4, edge_index=lambda: torch.tensor([[0, 1], [1, 0]]))
    for edges in (True, False):
        batch = next(iter(PointData(graphs, edges=edges).train_dataloader()))
        assert ("edge_index" in batch) == edges


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="'train'"):
        PointData(clouds(1))
    with pytest.raises(ValueError, match="'val_limit'"):
        PointData(clouds(4), val_limit=0)
    with pytest.raises(ValueError, match="'limit'"):
        PointData(clouds(4), limit=0)


def test_new_graphs_get_the_features_of_the_training_graphs():
    def molecule(*z):
        return Data(z=torch.tensor(z), pos=torch.randn(len(z), 3).double())

    data = PointData([molecule(8, 1, 1), molecule(6, 8)] * 2)
    batch = data.batch([molecule(8), molecule(1, 6)])
    assert batch.x.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]] and batch.num_graphs == 2
    assert batch.pos.dtype == torch.float and batch.batch.tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match=r"'graphs' must have elements of .* \(got \[7\]\)"):
        data.batch([molecule(7)])
    with pytest.raises(ValueError, match="'graphs' must not be empty"):
        data.batch([])
