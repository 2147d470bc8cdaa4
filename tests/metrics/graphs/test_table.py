import math

import networkx as nx
import pytest
from torch_geometric.data import Batch

from pyg_symm.datasets import GenericGraphs
from pyg_symm.metrics import graph_mmd, graph_table

COLUMNS = ["num_graphs", "valid", "unique", "novel", "vun"]
STATISTICS = ["degree", "clustering", "orbit", "spectrum"]


def make(split, **kwargs):
    return GenericGraphs("planar", split, **{"num_graphs": 25, "num_nodes": 12, **kwargs})


def test_counts():
    trees = [nx.path_graph(4), nx.star_graph(3), nx.path_graph(5), nx.cycle_graph(4)]
    generated = [
        trees[0],  # Known.
        trees[1],
        nx.relabel_nodes(trees[1], {0: 3, 3: 0}),  # The same again.
        trees[3],  # Not valid.
        nx.empty_graph(0),  # Not valid either.
    ]
    table = graph_table(generated, [trees[0], trees[0], trees[2]], trees, "tree")
    assert list(table) == [*COLUMNS, *STATISTICS, "ratio"]
    assert [table[name] for name in COLUMNS] == [5, 3 / 5, 4 / 5, 4 / 5, 1 / 5]


def test_training_graphs_as_generated():
    train, test = make("train"), make("test")
    table = graph_table(train, train, test)
    assert table["valid"] == 1 and table["unique"] == 1
    assert table["novel"] == 0 and table["vun"] == 0 and table["ratio"] == 1
    mmd = graph_mmd(train, test)
    assert {name: table[name] for name in STATISTICS} == mmd


def test_other_sample():
    table = graph_table(*(make("train", seed=i, num_nodes=24) for i in (1, 0)), make("test"))
    assert table["valid"] == table["unique"] == table["novel"] == table["vun"] == 1


def test_forms_agree():
    generated, train, test = make("val"), make("train"), make("test")
    batch = Batch.from_data_list(list(generated))
    expected = graph_table(list(generated), train, test, statistics=["degree"])
    assert graph_table(batch, train, test, statistics=["degree"]) == expected
    assert list(expected) == [*COLUMNS, "degree", "ratio"]


def test_nothing_generated():
    table = graph_table([], make("train"), make("test"))
    assert [table[name] for name in COLUMNS] == [0] * 5
    assert [table[name] for name in STATISTICS] == [2.0] * 4
    assert table["ratio"] > 1
    assert graph_table(make("val"), [], make("test"))["novel"] == 1
    nothing = graph_table([], [], [])
    assert math.isnan(nothing.pop("ratio")) and set(nothing.values()) == {0.0}


def test_nothing_valid():
    table = graph_table([nx.complete_graph(5)] * 2, make("train"), make("test"))
    assert [table[name] for name in COLUMNS] == [2, 0, 0.5, 1, 0]
    assert all(0 <= table[name] <= 2 for name in STATISTICS)


def test_bad_graphs():
    with pytest.raises(ValueError, match="'train' must be graphs of PyG or networkx"):
        graph_table([], 3, [])
