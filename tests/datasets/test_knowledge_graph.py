import pytest
import torch

from pyg_symm.datasets import KnowledgeGraph

NAMES = list("abcde")
TRAIN = torch.tensor([[0, 1, 0, 2], [0, 1, 0, 0], [1, 2, 1, 3]])
VAL = torch.tensor([[1, 0], [0, 0], [0, 1]])
TEST = torch.tensor([[2, 4], [1, 0], [0, 1]])


def build(**changes):
    splits = {"train": TRAIN, "val": VAL, "test": TEST}
    return KnowledgeGraph({**splits, **changes}, NAMES, ["r", "s"], "mine")


def test_splits_without_repetition():
    graph = build()
    assert str(graph) == "mine(5 entities, 2 relations, 3 / 2 / 2 triples)"
    assert torch.stack(graph.triples("train"), 1).tolist() == [[0, 0, 1], [1, 1, 2], [2, 0, 3]]
    assert [len(part[0]) for part in graph.known] == [3, 2, 2]
    data = graph.data("test")
    assert data.edge_index.tolist() == [[2, 4], [0, 1]] and data.edge_type.tolist() == [1, 0]
    assert data.num_nodes == graph.num_nodes == 5 and graph.num_relations == 2


def test_statistics():
    found = build().statistics()
    names = ["triples", "repeated", "skipped", "leaked", "reversed", "untrained"]
    assert {split: list(row) for split, row in found.items()} == dict.fromkeys(found, names)
    assert list(found["train"].values()) == [3, 1, 0, 0, 0, 0]
    assert list(found["val"].values()) == [2, 0, 0, 1, 1, 0]
    assert list(found["test"].values()) == [2, 0, 0, 0, 0, 1]
    assert build().markdown().splitlines()[0].split() == [
        "|",
        *"split triples repeated skipped leaked reversed untrained".replace(" ", " | ").split(),
        "|",
    ]


def test_problems():
    assert build().problems() == [
        "mine, train: 1 repeated triples were dropped.",
        "mine, val: 1 triples are in an earlier split as well.",
        "mine, test: 1 entities are in no training triple.",
    ]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"val": torch.empty(3, 0)}, "'val' must have triples"),
        ({"test": TEST.t()}, r"'test' must have the shape \[3, T\] \(got \[2, 3\]\)"),
        ({"train": TRAIN + 2}, r"'train' must have relations in \[0, 2\) \(got 3\)"),
        (
            {"train": torch.tensor([[5], [0], [0]])},
            r"'train' must have heads in \[0, 5\) \(got 5\)",
        ),
        ({"train": torch.tensor([[0], [0], [-1]])}, r"'train' must have tails in .* \(got -1\)"),
    ],
)
def test_wrong_triples(changes, message):
    with pytest.raises(ValueError, match=message):
        build(**changes)


def test_wrong_names_and_splits():
    with pytest.raises(ValueError, match="'entities' must have different names .got 'a' twice."):
        KnowledgeGraph({"train": TRAIN, "val": VAL, "test": TEST}, ["a", "a"], ["r", "s"])
    with pytest.raises(ValueError, match="'split' must be one of .* .got 'valid'."):
        build().triples("valid")
