import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import CrossValidation, IntegerSetData


def graphs(num=40):
    generator = torch.Generator().manual_seed(0)
    return [
        Data(
            x=torch.full((3, 1), float(i)),
            edge_index=torch.randint(3, (2, 6), generator=generator),
            y=torch.tensor([i % 2]),
        )
        for i in range(num)
    ]


class FakeTrainer:
    def __init__(self, epoch):
        self.current_epoch = epoch


def order(data, epoch):
    data.trainer = FakeTrainer(epoch)
    return torch.cat([batch.x.view(-1) for batch in data.train_dataloader()])


def sets(seed=0):
    return IntegerSetData("minimum", 50, 10, 2, 5, test_sizes=[8], batch_size=16, seed=seed)


def folds(seed=0, fold=0):
    return CrossValidation(graphs(), fold, num_folds=5, batch_size=8, seed=seed)


@pytest.mark.parametrize("make", [sets, folds])
def test_order_is_a_function_of_seed_and_epoch(make):
    first = order(make(), 3)
    torch.testing.assert_close(order(make(), 3), first)
    assert not torch.equal(order(make(), 4), first)
    data = make()
    for epoch in range(4):  # What came before leaves no trace.
        last = order(data, epoch)
    assert torch.equal(last, first)
