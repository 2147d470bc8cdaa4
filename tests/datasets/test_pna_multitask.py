import numpy as np
import pytest
import torch

from pyg_symm.datasets.pna_multitask import SPLITS, PNAMultitask
from pyg_symm.datasets.random_graphs import FAMILIES, multitask_labels, random_graph


def make(root, split="train", num_graphs_per_size=2, **kwargs):
    kwargs.setdefault("log", False)
    return PNAMultitask(str(root), split, num_graphs_per_size, **kwargs)


def test_dataset(tmp_path):
    dataset = make(tmp_path)
    assert str(dataset) == "PNAMultitask(20)"
    assert [data.num_nodes for data in dataset] == [n for n in range(15, 25) for _ in range(2)]
    for data in dataset:
        assert data.x.shape == (data.num_nodes, 2) and data.x.dtype == torch.float
        assert data.x[:, 0].sum() == 1 and set(data.x[:, 0].tolist()) == {0.0, 1.0}
        assert 0 <= data.x[:, 1].min() and data.x[:, 1].max() < 1
        assert data.is_undirected() and data.is_coalesced()
        assert not data.has_self_loops() and not data.has_isolated_nodes()
        assert data.y_node.shape == (data.num_nodes, 3) and data.y_node.dtype == torch.float
        assert data.y_graph.shape == (1, 3) and data.y_graph.dtype == torch.float
        assert 0 <= data.family < len(FAMILIES)


def test_labels_are_scaled_by_the_training_split(tmp_path):
    train = make(tmp_path)
    torch.testing.assert_close(train.y_node.abs().amax(0), torch.ones(3))
    torch.testing.assert_close(train.y_graph.abs().amax(0), torch.ones(3))
    other = make(tmp_path, "30-35")
    assert torch.equal(train.node_scale, other.node_scale)
    assert torch.equal(train.graph_scale, other.graph_scale)
    for data in (*train[:5], *other):
        adj = torch.zeros(data.num_nodes, data.num_nodes, dtype=torch.bool)
        adj[data.edge_index[0], data.edge_index[1]] = True
        source = data.x[:, 0].argmax()
        node, graph = multitask_labels(
            adj.numpy()[None], data.x[:, 1].double().numpy()[None], source.numpy()[None]
        )
        expected = torch.from_numpy(node[0]).float() / train.node_scale
        torch.testing.assert_close(data.y_node, expected)
        expected = torch.from_numpy(graph).float() / train.graph_scale
        torch.testing.assert_close(data.y_graph, expected)


def assert_equal(first, second):
    assert len(first) == len(second)
    for key in first._data.keys():
        assert torch.equal(first._data[key], second._data[key]), key


def test_deterministic(tmp_path):
    first = make(tmp_path / "a", "val")
    # Whichever split is asked for first, and whatever the global generators hold.
    np.random.seed(5)
    torch.manual_seed(5)
    train = make(tmp_path / "b")
    assert_equal(first, make(tmp_path / "b", "val"))
    assert_equal(train, make(tmp_path / "a"))
    other = make(tmp_path / "a", seed=1)
    assert not torch.equal(other.y_node[:15], train.y_node[:15])
    assert not torch.equal(make(tmp_path / "a", "test").x, first.x)


def test_cache(tmp_path):
    first = make(tmp_path)
    processed = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pt")}
    assert_equal(make(tmp_path), first)
    assert len(make(tmp_path, num_graphs_per_size=1)) == 10  # Another option, another folder.
    assert len(make(tmp_path, seed=1)) == 20
    assert all(path.stat().st_mtime_ns == time for path, time in processed.items())
    assert_equal(make(tmp_path, "val", force_reload=True), make(tmp_path, "val"))


def test_default_root(tmp_path, monkeypatch):
    monkeypatch.setenv("PYG_SYMM_DATA", str(tmp_path))
    PNAMultitask(num_graphs_per_size=1, log=False)
    assert [path.name for path in tmp_path.iterdir()] == ["PNAMultitask"]


def test_splits():
    counts = {split: len(sizes) * count for split, (sizes, count) in SPLITS.items()}
    assert counts["train"] == 5120 and counts["val"] == 640
    assert all(count == 1280 for split, count in counts.items() if split not in ("train", "val"))
    assert list(SPLITS["95-100"][0]) == [95, 96, 97, 98, 99]
    assert set(SPLITS) == {
        "train", "val", "test", "20-25", "25-30", "30-35", "35-40", "40-45", "45-50", "60-65",
        "75-80", "95-100",
    }  # fmt: skip


def test_family_frequencies(tmp_path):
    assert sum(p for p, _ in FAMILIES.values()) == pytest.approx(1)
    family = make(tmp_path, num_graphs_per_size=80).family
    frequency = torch.bincount(family, minlength=len(FAMILIES)) / family.numel()
    expected = torch.tensor([p for p, _ in FAMILIES.values()])
    assert (frequency - expected).abs().max() < 0.05


def test_pre_transform(tmp_path):
    def keep_small(data):
        return data.num_nodes < 17

    def drop_family(data):
        del data.family
        return data

    dataset = make(tmp_path, pre_filter=keep_small, pre_transform=drop_family)
    assert len(dataset) == 4 and "family" not in dataset[0]
    assert len(make(tmp_path)) == 20 and "family" in make(tmp_path)[0]


def test_errors(tmp_path):
    with pytest.raises(ValueError, match="'split'.*95-100.*got 'valid'"):
        make(tmp_path, "valid")
    with pytest.raises(ValueError, match="'num_graphs_per_size'.*got 0"):
        make(tmp_path, num_graphs_per_size=0)
    with pytest.raises(ValueError, match="'seed'.*got -1"):
        make(tmp_path, seed=-1)
    with pytest.raises(ValueError, match="'num_nodes'.*got 2"):
        random_graph(2, "path", np.random.default_rng(0))
    with pytest.raises(ValueError, match="'family'.*lobster.*got 'tree'"):
        random_graph(5, "tree", np.random.default_rng(0))
