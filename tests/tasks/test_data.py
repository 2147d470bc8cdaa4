import itertools

import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import CrossValidation, IntegerSetData, SplitData


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


def test_parts_of_a_fold_are_disjoint_and_complete():
    tested = []
    for fold in range(5):
        data = folds(fold=fold)
        parts = [[int(g.x[0]) for g in part] for part in (data.train, data.val, data.test)]
        assert sorted(itertools.chain(*parts)) == list(range(40))
        tested += parts[2]
    assert sorted(tested) == list(range(40))


def test_edges_are_sorted_by_target():
    for part in (folds().train, folds().test):
        for graph in part:
            assert bool((graph.edge_index[1].diff() >= 0).all())


def test_last_batch_of_one_graph_is_dropped():
    data = CrossValidation(graphs(42), 0, num_folds=2, val_fraction=0.5, batch_size=9)
    assert len(data.train) % 9 == 1
    assert all(batch.num_graphs > 1 for batch in data.train_dataloader())


def test_longer_sets_to_test():
    data = sets()
    assert data.test_names == ["test", "test8"]
    assert [b.ptr.diff().unique().tolist() for b in data.test_dataloader()[1]] == [[8]]
    assert not torch.equal(data.train.values[:50], data.val.values[:50])


def test_splits_are_loaded_once():
    asked = []

    def dataset(split):
        asked.append(split)
        return graphs(4)

    data = SplitData(dataset, ["test", "val"], batch_size=2)
    assert asked == ["train", "val", "test"]
    assert len(data.test_dataloader()) == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"fold": 5}, "'fold' must be in 0..4 \\(got 5\\)"),
        ({"fold": 0, "val_fraction": 1.0}, "'val_fraction' must be between 0 and 1 \\(got 1.0\\)"),
        ({"fold": 0, "batch_size": 0}, "'batch_size' must be positive \\(got 0\\)"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        CrossValidation(graphs(), num_folds=5, **arguments)
