import itertools

import pytest
import torch

from pyg_symm.tasks import CrossValidation


def test_parts_of_a_fold_are_disjoint_and_complete(folds):
    tested = []
    for fold in range(5):
        data = folds(fold=fold)
        parts = [[int(g.x[0]) for g in part] for part in (data.train, data.val, data.test)]
        assert sorted(itertools.chain(*parts)) == list(range(40))
        tested += parts[2]
    assert sorted(tested) == list(range(40))


def test_edges_are_sorted_by_target(folds):
    for part in (folds().train, folds().test):
        for graph in part:
            assert bool((graph.edge_index[1].diff() >= 0).all())


class OwnFolds(list):
    folds: list | None = None


def test_folds_of_the_dataset(folds, graphs):
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


def test_transforms_run_once_on_every_graph(graphs):
    class Counting(list):
        def __iter__(self):
            runs.append(len(self))
            return super().__iter__()

    runs: list[int] = []
    CrossValidation(Counting(graphs()), 0, num_folds=5)
    assert runs == [40]


def test_last_batch_of_one_graph_is_dropped(graphs):
    data = CrossValidation(graphs(42), 0, num_folds=2, val_fraction=0.5, batch_size=9)
    assert len(data.train) % 9 == 1
    assert all(batch.num_graphs > 1 for batch in data.train_dataloader())


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"fold": 5}, "'fold' must be in 0..4 \\(got 5\\)"),
        ({"fold": 0, "val_fraction": 1.0}, "'val_fraction' must be between 0 and 1 \\(got 1.0\\)"),
        ({"fold": 0, "batch_size": 0}, "'batch_size' must be an integer of 1 or more \\(got 0\\)"),
    ],
)
def test_bad_arguments(arguments, message, graphs):
    with pytest.raises(ValueError, match=message):
        CrossValidation(graphs(), num_folds=5, **arguments)


def test_at_most_so_many_graphs_to_train_evenly_spread(graphs):
    whole = CrossValidation(graphs(), 0, num_folds=5)
    part = CrossValidation(graphs(), 0, num_folds=5, limit=7)
    kept = [int(g.x[0]) for g in part.train]
    everything = [int(g.x[0]) for g in whole.train]
    assert len(kept) == 7 and set(kept) < set(everything)
    assert kept[-1] == everything[-1] and kept[0] < everything[len(everything) // 4]
    assert len(part.val) == len(whole.val) and len(part.test) == len(whole.test)
    assert part.describe() == whole.describe() == {"in_channels": 1, "out_channels": 2}
    with pytest.raises(ValueError, match="'limit' must be positive .got 0"):
        CrossValidation(graphs(), 0, limit=0)


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"y": None}, r"one class 'y' .* \(got None of graph 3\)"),
        ({"y": torch.tensor([-1])}, r"one class 'y' .* \(got -1 of graph 3\)"),
        ({"y": torch.tensor([0.5])}, r"one class 'y' .* \(got tensor\(\[0.5000\]\) of graph 3\)"),
        ({"y": torch.tensor([0, 1])}, r"one class 'y' .* \(got tensor\(\[0, 1\]\) of graph 3\)"),
        ({"x": None}, r"node features 'x' \(got Data\(.*\) as graph 3\)"),
    ],
)
def test_graphs_without_features_or_class_are_named(fields, message, graphs):
    dataset = graphs()
    dataset[3].update(fields)
    with pytest.raises(ValueError, match=f"'dataset' must have {message}"):
        CrossValidation(dataset, 0, num_folds=5)


def test_classes_may_be_plain_numbers(graphs):
    dataset = graphs()
    for i, graph in enumerate(dataset):
        graph.y = i % 2
    assert next(iter(CrossValidation(dataset, 0, num_folds=5).test_dataloader())).y.dim() == 1
