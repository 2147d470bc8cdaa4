from functools import partial

import pytest
import torch

from pyg_symm.tasks import IntegerSetData


class FakeTrainer:
    def __init__(self, epoch):
        self.current_epoch = epoch


def order(data, epoch):
    data.trainer = FakeTrainer(epoch)
    return torch.cat([batch.x.view(-1) for batch in data.train_dataloader()])


@pytest.fixture
def sets():
    return partial(IntegerSetData, "minimum", 50, 10, 2, 5, test_sizes=[8], batch_size=16, seed=0)


@pytest.mark.parametrize("make", ["sets", "folds"])
def test_order_is_a_function_of_seed_and_epoch(make, request):
    make = request.getfixturevalue(make)
    first = order(make(), 3)
    torch.testing.assert_close(order(make(), 3), first)
    assert not torch.equal(order(make(), 4), first)
    data = make()
    for epoch in range(4):  # What came before leaves no trace.
        last = order(data, epoch)
    assert torch.equal(last, first)
