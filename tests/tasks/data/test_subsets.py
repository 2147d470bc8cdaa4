import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.datasets import KeyedSubsets
from pyg_symm.tasks import SubsetData


def sets(split, size=6):
    return KeyedSubsets(split, num_sets=10, size=size, num_types=2)


def test_batches():
    data = SubsetData(sets, batch_size=4)
    assert data.describe() == {"in_channels": 4} and data.summary().startswith("KeyedSubsets: 10")
    batches = list(data.train_dataloader())
    assert [b.num_graphs for b in batches] == [4, 4, 2]
    assert sum(int(b.y.sum()) for b in batches) == int(sets("train").y.sum())
    (val,) = SubsetData(sets, batch_size=10).val_dataloader()
    assert torch.equal(val.x, sets("val").x) and torch.equal(val.y, sets("val").y)
    assert torch.equal(next(iter(data.test_dataloader())).x, sets("test").x[:24])


def test_limit():
    data = SubsetData(sets, limit=3)
    assert len(data.train) == 3 and len(data.val) == len(data.test) == 10


def test_features_that_are_not_finite():
    def broken(split):
        x = torch.zeros(3, 2)
        x[0, 0] = torch.nan if split == "val" else 0.0
        return [Data(x=x, y=torch.zeros(3, dtype=torch.bool))]

    with pytest.raises(ValueError, match="'x' of the val sets of list must be finite"):
        SubsetData(broken)
