from pathlib import Path

import pytest
import torch
from torch_geometric.datasets import TUDataset
from torch_geometric.transforms import Constant, ToUndirected

from pyg_symm.datasets import MUTAG

# A path of three atoms and a single bond, in the format of the real files.
TEXTS = {
    "A": "2, 1\n1, 2\n2, 3\n3, 2\n4, 5\n5, 4\n",
    "edge_labels": "1\n1\n3\n3\n0\n0\n",
    "graph_indicator": "1\n1\n1\n2\n2\n",
    "graph_labels": "1\n-1\n",
    "node_labels": "0\n2\n1\n0\n6\n",
}
MEMBERS = {f"mini/MUTAG/MUTAG_{name}.txt": text.encode() for name, text in TEXTS.items()}


class MiniMUTAG(MUTAG):
    """With the wheel that :func:`root` writes."""


@pytest.fixture
def root(tmp_path, write_wheel, monkeypatch):
    monkeypatch.setattr(MiniMUTAG, "wheel", write_wheel(tmp_path / "MUTAG" / "raw", MEMBERS))
    return str(tmp_path)


def assert_same_graphs(first, second):
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert a.keys() == b.keys()
        assert all(torch.equal(a[key], b[key]) for key in a.keys())


def test_mini_mutag(root):
    dataset = MiniMUTAG(root)
    assert str(dataset) == "MiniMUTAG(2)"
    assert (dataset.num_features, dataset.num_edge_features, dataset.num_classes) == (7, 4, 2)
    assert dataset[0].edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert dataset[0].x.argmax(dim=1).tolist() == [0, 2, 1]
    assert dataset[0].edge_attr.argmax(dim=1).tolist() == [1, 1, 3, 3]
    assert dataset.y.tolist() == [1, 0]
    assert_same_graphs(dataset, TUDataset(root, "MUTAG", use_edge_attr=True))


def test_processed_folders(root):
    MiniMUTAG(root)
    (Path(root) / "MUTAG" / "raw" / "mini-1.0-py3-none-any.whl").unlink()
    assert len(MiniMUTAG(root)) == 2  # Neither downloaded nor processed again.
    assert len(MiniMUTAG(root, pre_filter=lambda data: data.num_nodes > 2)) == 1
    assert len(MiniMUTAG(root, pre_filter=lambda data: data.num_nodes > 1)) == 2
    assert MiniMUTAG(root, pre_transform=Constant(2))[0].x[:, -1].tolist() == [2, 2, 2]
    assert MiniMUTAG(root, pre_transform=Constant(3))[0].x[:, -1].tolist() == [3, 3, 3]
    assert MiniMUTAG(root, transform=ToUndirected())[0].num_edges == 4
    assert len(list((Path(root) / "MUTAG").glob("processed_*"))) == 5


def test_force_reload(root):
    path = MiniMUTAG(root).processed_paths[0]
    torch.save("stale", path)
    assert_same_graphs(MiniMUTAG(root, force_reload=True), MiniMUTAG(root))


def test_files_that_have_changed_since_their_download(root):
    dataset = MiniMUTAG(root)
    labels = Path(dataset.raw_dir) / "MUTAG_graph_labels.txt"
    labels.write_text("1\n1\n")
    assert_same_graphs(MiniMUTAG(root), dataset)  # Processed before.
    assert_same_graphs(MiniMUTAG(root, force_reload=True), dataset)
    assert labels.read_text() == TEXTS["graph_labels"]


def test_stopped_while_saving(root, monkeypatch):
    def save(content, file):
        file.write(b"half of it")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(torch, "save", save)
        MiniMUTAG(root)
    assert len(MiniMUTAG(root)) == 2


def test_default_root(root, monkeypatch):
    monkeypatch.setenv("PYG_SYMM_DATA", root)
    assert MiniMUTAG().raw_dir == str(Path(root) / "MUTAG" / "raw")


@pytest.mark.network
def test_mutag(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", "0")
    try:
        dataset = MUTAG(str(tmp_path))
    except RuntimeError as error:
        if "Could not download" not in str(error):
            raise
        pytest.skip("grakel cannot be downloaded here")
    assert len(dataset) == 188
    assert (dataset.num_features, dataset.num_edge_features, dataset.num_classes) == (7, 4, 2)
    assert dataset.y.bincount().tolist() == [63, 125]
    assert dataset._data.num_nodes == 3371 and dataset._data.num_edges == 7442
    assert_same_graphs(dataset, TUDataset(str(tmp_path), "MUTAG", use_edge_attr=True))
