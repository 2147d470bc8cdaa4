import pytest

from pyg_symm.datasets import UMLS, Kinships, Nations
from pyg_symm.datasets.small_knowledge_graphs import WheelKnowledgeGraph

TEXTS = {"train": "b\tr\ta\na\tr\tb\na\tr\tb\n", "valid": "a\tr\ta\n", "test": "b\tr\tb\n"}
MEMBERS = {f"mini/{split}.txt": text.encode() for split, text in TEXTS.items()}
SIZES = {
    Nations: "Nations(14 entities, 55 relations, 1,592 / 199 / 201 triples)",
    UMLS: "UMLS(135 entities, 46 relations, 5,216 / 652 / 661 triples)",
    Kinships: "Kinships(104 entities, 25 relations, 8,544 / 1,068 / 1,074 triples)",
}


class Mini(WheelKnowledgeGraph):
    """With the wheel that :func:`root` writes."""


@pytest.fixture
def root(tmp_path, write_wheel, monkeypatch):
    wheel = write_wheel(tmp_path / "Mini" / "raw", MEMBERS)
    monkeypatch.setattr(Mini, "wheel", wheel, raising=False)
    return tmp_path


def test_files_of_a_wheel(root):
    graph = Mini(str(root))
    assert str(graph) == "Mini(2 entities, 1 relations, 2 / 1 / 1 triples)"
    assert graph.statistics()["train"]["repeated"] == 1


def test_changed_files_are_fetched_again(root):
    Mini(str(root))
    (root / "Mini" / "raw" / "train.txt").write_text("b\tr\tb\n")
    assert str(Mini(str(root))) == "Mini(2 entities, 1 relations, 2 / 1 / 1 triples)"


def test_default_root(root, monkeypatch):
    monkeypatch.setenv("PYG_SYMM_DATA", str(root))
    assert Mini().num_nodes == 2


@pytest.mark.network
@pytest.mark.parametrize("graph", list(SIZES))
def test_sizes(graph, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", "0")
    try:
        found = graph(str(tmp_path))
    except RuntimeError as error:
        if "Could not download" not in str(error):
            raise
        pytest.skip("pykeen cannot be downloaded here")
    assert str(found) == SIZES[graph]
    assert all(row["leaked"] == row["untrained"] == 0 for row in found.statistics().values())
