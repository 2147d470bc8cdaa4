import torch

from pyg_symm.tasks import IntegerSetData


def test_longer_sets_to_test():
    data = IntegerSetData("minimum", 50, 10, 2, 5, test_sizes=[8], batch_size=16)
    assert data.test_names == ["test", "test8"]
    assert [b.ptr.diff().unique().tolist() for b in data.test_dataloader()[1]] == [[8]]
    assert not torch.equal(data.train.values[:50], data.val.values[:50])
