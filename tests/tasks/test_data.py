import itertools

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms.rooted_subgraph import RootedSubgraphData

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


class OwnFolds(list):
    folds: list | None = None


def test_folds_of_the_dataset():
    dataset = OwnFolds(graphs())
    drawn = folds()
    assert [int(g.x[0]) for g in CrossValidation(dataset, 0, 5).test] == [
        int(g.x[0]) for g in drawn.test
    ]
    every = torch.arange(40)
    dataset.folds = [(every[4:], every[:4]), (every[:-4], every[-4:])]
    data = CrossValidation(dataset, 1, num_folds=5)
    assert [int(g.x[0]) for g in data.test] == [36, 37, 38, 39]
    assert sorted(int(g.x[0]) for g in (*data.train, *data.val)) == list(range(36))
    with pytest.raises(ValueError, match=r"'fold' must be in 0..1 \(got 2\)"):
        CrossValidation(dataset, 2, num_folds=5)
    given = CrossValidation(dataset, 0, folds=[(every[1:], every[:1])])
    assert [int(g.x[0]) for g in given.test] == [0]


def ego_nets(edge_index):
    """Every graph with its edges once more, as one sub-graph that counts them backwards."""
    e_id = torch.arange(edge_index.size(1)).flip(0)
    return [
        RootedSubgraphData(
            **graph.to_dict() | {"edge_index": edge_index},
            sub_edge_index=edge_index[:, e_id],
            n_id=torch.arange(3),
            e_id=e_id,
            n_sub_batch=torch.zeros(3, dtype=torch.long),
            e_sub_batch=torch.zeros(e_id.numel(), dtype=torch.long),
        )
        for graph in graphs()
    ]


def test_ego_networks_are_left_as_they_are():
    dataset = ego_nets(torch.tensor([[1, 0, 2, 1], [0, 1, 1, 2]]))
    for graph in CrossValidation(dataset, 0, num_folds=5).train:
        assert torch.equal(graph.sub_edge_index, graph.edge_index[:, graph.e_id])
        assert graph.e_id.tolist() == [3, 2, 1, 0]
    batch = next(iter(CrossValidation(dataset, 0, num_folds=5).train_dataloader()))
    assert torch.equal(batch.n_id[batch.sub_edge_index], batch.edge_index[:, batch.e_id])


def test_ego_networks_of_unsorted_edges_are_refused():
    dataset = ego_nets(torch.tensor([[0, 1, 1, 2], [2, 0, 2, 1]]))
    with pytest.raises(ValueError, match=r"'dataset' has edges that 'e_id' numbers.*e_id=\[4\]"):
        CrossValidation(dataset, 0, num_folds=5)
    with pytest.raises(ValueError, match="'dataset' has edges that 'e_id' numbers"):
        SplitData(lambda split: dataset)


def test_transforms_run_once_on_every_graph():
    class Counting(list):
        def __iter__(self):
            runs.append(len(self))
            return super().__iter__()

    runs: list[int] = []
    CrossValidation(Counting(graphs()), 0, num_folds=5)
    assert runs == [40]


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
