import gzip

import pytest
import torch

from pyg_symm.datasets import read_triples

NAMES = {
    "train.txt": "b\tlikes\ta\nc\tlikes\tb\na\thates\tc\n",
    "valid.txt": "a\tlikes\tb\n\n",
    "test.txt": "b\thates\ta\nb\tlikes\tzoe\n",
}
NUMBERS = {
    "train2id.txt": "1\t0\t0\n2\t0\t1\n0\t1\t2\n",
    "valid2id.txt": "0\t0\t1\n",
    "test2id.txt": "1\t1\t0\n1\t0\t3\n",
    "entity2id.txt": "a\t0\nb\t1\nc\t2\nnew york\t3\n",
    "relation2id.txt": "likes\t0\nhates\t1\n",
}


@pytest.fixture
def folder(tmp_path):
    def write(files, **changes):
        for name, text in files.items():
            text = changes.get(name.partition(".")[0], text)
            if text is None:
                continue
            if name.endswith(".gz"):
                with gzip.open(tmp_path / name, "wt") as file:
                    file.write(text)
            else:
                (tmp_path / name).write_text(text)
        return tmp_path

    return write


def rows(graph, split):
    return torch.stack(graph.triples(split), 1).tolist()


def test_names(folder):
    graph = read_triples(folder(NAMES), unseen="skip")
    assert graph.entities == ["a", "b", "c"] and graph.relations == ["hates", "likes"]
    assert rows(graph, "train") == [[1, 1, 0], [2, 1, 1], [0, 0, 2]]
    assert rows(graph, "val") == [[0, 1, 1]] and rows(graph, "test") == [[1, 0, 0]]
    assert graph.statistics()["test"]["skipped"] == 1
    assert "1 triples with names that are in no training triple were skipped" in graph.problems()[0]


def test_a_mark_of_the_byte_order_is_no_name(folder):
    path = folder(NAMES, test="b\thates\ta\n")
    expected = read_triples(path)
    for name in ("train.txt", "valid.txt"):
        (path / name).write_text(NAMES[name], encoding="utf-8-sig")
    graph = read_triples(path)
    assert graph.entities == expected.entities == ["a", "b", "c"]
    assert rows(graph, "train") == rows(expected, "train")


def test_unseen_names(folder):
    path = folder(NAMES)
    with pytest.raises(ValueError, match="test.txt' has 1 triples .* first 'zoe' in line 2"):
        read_triples(path)
    graph = read_triples(path, unseen="keep")
    assert graph.entities == ["a", "b", "c", "zoe"]
    assert rows(graph, "test") == [[1, 0, 0], [1, 1, 3]]
    assert graph.statistics()["test"]["untrained"] == 1


def test_numbers(folder):
    files = {**NUMBERS, "train2id.txt.gz": NUMBERS["train2id.txt"]}
    del files["train2id.txt"]
    graph = read_triples(folder(files), name="mine")
    assert str(graph) == "mine(4 entities, 2 relations, 3 / 1 / 2 triples)"
    assert graph.entities[3] == "new york" and graph.relations == ["likes", "hates"]
    assert rows(graph, "train") == [[1, 0, 0], [2, 0, 1], [0, 1, 2]]
    assert graph.statistics()["test"]["untrained"] == 1


def test_first_lines_with_a_number(folder):
    texts = {
        "train2id": "2\n1 0 0\n2 1 0\n",
        "valid2id": "1\n0 1 0\n",
        "test2id": "1\n1 0 1\n",
        "entity2id": "4\n" + NUMBERS["entity2id.txt"],
    }
    path = folder(NUMBERS, **texts)
    with pytest.raises(ValueError, match="'order' must be given, since .*train2id.txt' begins"):
        read_triples(path)
    graph = read_triples(path, order="htr")
    assert rows(graph, "train") == [[1, 0, 0], [2, 0, 1]]
    assert rows(graph, "test") == [[1, 1, 0]]
    assert rows(read_triples(path, order="hrt"), "test") == [[1, 0, 1]]


@pytest.mark.parametrize(
    "files, changes, message",
    [
        (
            NAMES,
            {"train": "a\tb\n"},
            r"train.txt' must have three names .* \(got 'a\\tb' in line 1\)",
        ),
        (NAMES, {"train": ""}, "'train' must have triples|no training triple"),
        (
            NUMBERS,
            {"train2id": "0 0\n0 0\n"},
            r"must have three numbers .* \(got '0 0' in line 1\)",
        ),
        (NUMBERS, {"train2id": "0 0 x\n"}, r"must have whole numbers \(got '0 0 x' in line 1\)"),
        (NUMBERS, {"train2id": "0 0 9\n"}, r"'train' must have tails in \[0, 4\) \(got 9\)"),
        (NUMBERS, {"entity2id": "a\t0\nb\t2\n"}, "must number its names from 0 without gaps"),
        (NUMBERS, {"entity2id": "a\t0\nb\tx\n"}, "must have a name and a number .* in line 2"),
        (NUMBERS, {"valid2id": ""}, "'val' must have triples"),
    ],
)
def test_damaged_files(folder, files, changes, message):
    with pytest.raises(ValueError, match=message):
        read_triples(folder(files, **changes))


@pytest.mark.parametrize(
    "files, missing", [(NAMES, "valid"), (NUMBERS, "relation2id"), (NUMBERS, "test2id")]
)
def test_missing_files(folder, files, missing):
    with pytest.raises(FileNotFoundError, match=f"'folder' must have '{missing}.txt'"):
        read_triples(folder(files, **{missing: None}))


def test_wrong_arguments(folder, tmp_path):
    with pytest.raises(ValueError, match="'unseen' must be one of"):
        read_triples(folder(NAMES), unseen="drop")
    with pytest.raises(ValueError, match="'order' must be one of"):
        read_triples(folder(NAMES), order="rht")
    with pytest.raises(FileNotFoundError, match="'folder' must be a folder of triples"):
        read_triples(tmp_path / "nowhere")
