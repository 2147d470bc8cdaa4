import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import ImageSplits


def images(num, channels=3):
    return [
        Data(x=torch.full((1, channels, 4, 5), float(i)), y=torch.tensor([i % 4]))
        for i in range(num)
    ]


def test_sizes_of_images():
    data = ImageSplits(lambda split: images(8), batch_size=4)
    assert data.describe() == {"in_channels": 3, "out_channels": 4}
    assert ImageSplits.example_sizes().keys() == data.describe().keys()
    batch = next(iter(data.val_dataloader()))
    assert batch.x.shape == (4, 3, 4, 5) and batch.num_graphs == 4


def test_further_sets_to_test_on():
    data = ImageSplits(
        lambda split: images(9), ["test", "upright"], {"other": images(6)}, test_limit=3, limit=2
    )
    assert data.test_names == ["test", "upright", "other"]
    sizes = [len(loader.dataset) for loader in data.test_dataloader()]
    assert sizes == [3, 3, 3] and len(data.parts["train"]) == 2 and len(data.parts["val"]) == 9
    assert [int(d.x[0, 0, 0, 0]) for d in data.parts["other"]] == [1, 3, 5]
    assert [int(d.x[0, 0, 0, 0]) for d in data.parts["test"]] == [2, 5, 8]


def test_limits_are_checked():
    with pytest.raises(ValueError, match=r"'test_limit' must be positive \(got 0\)"):
        ImageSplits(lambda split: images(4), test_limit=0)
