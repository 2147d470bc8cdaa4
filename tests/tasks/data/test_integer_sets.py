import torch

from pyg_symm.tasks import IntegerSetData


def test_longer_sets_to_test():
    data = IntegerSetData("minimum", 50, 10, 2, 5, test_sizes=[8], batch_size=16)
    assert data.test_names == ["test", "test8"]
    assert [b.ptr.diff().unique().tolist() for b in data.test_dataloader()[1]] == [[8]]
    assert not torch.equal(data.train.values[:50], data.val.values[:50])


def test_at_most_so_many_sets_to_train():
    make = {"num_test": 10, "min_size": 2, "max_size": 5, "test_sizes": [8], "batch_size": 16}
    assert len(IntegerSetData("minimum", 50, limit=7, **make).train) == 7
    assert len(IntegerSetData("minimum", 5, limit=7, **make).train) == 5
    sizes = IntegerSetData("sum_mod", 5, num_bits=6, **make).describe()
    assert sizes == {"num_bits": 6, "label_bits": 4}
