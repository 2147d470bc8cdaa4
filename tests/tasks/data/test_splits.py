import torch

from pyg_symm.tasks import ClassSplits, SplitData


def test_splits_are_loaded_once(graphs):
    asked = []

    def dataset(split):
        asked.append(split)
        return graphs(4)

    data = SplitData(dataset, ["test", "val"], batch_size=2)
    assert asked == ["train", "val", "test"]
    assert len(data.test_dataloader()) == 2


def test_at_most_so_many_graphs_to_train_evenly_spread(graphs):
    data = SplitData(lambda split: graphs(10), limit=2)
    assert [int(g.x[0]) for g in data.parts["train"]] == [4, 9]
    assert len(data.parts["val"]) == 10 and data.describe() == {"in_channels": 1}


def test_classes_of_all_splits_are_counted(graphs):
    def dataset(split):
        items = graphs(4)
        for i, item in enumerate(items):
            item.y = torch.tensor([i if split == "val" else 0])
        return items

    sizes = {"in_channels": 1, "out_channels": 4}
    assert ClassSplits(dataset).describe() == ClassSplits(dataset, limit=1).describe() == sizes
    assert ClassSplits.example_sizes().keys() == sizes.keys()
