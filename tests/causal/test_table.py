import networkx as nx
import numpy as np
import pytest

from pyg_symm.causal.table import CausalTable

GRAPH = nx.DiGraph([("X1", "Y"), ("Y", "M"), ("E", "M"), ("M", "X2"), ("X1", "X2")])


def build(x, y=(1.0, 2.0, 4.0)):
    return CausalTable.build(GRAPH, "Y", "E", np.array(x), ["M", "X1", "X2"], np.array(y))


def test_columns_are_in_topological_order():
    x = np.array([[1.0, 2, 3], [4, 6, 5], [9, 7, 8]])
    table = build(x)
    assert table.order == ["X1", "Y", "M", "X2"]
    assert table.parents == [[], [0], [1], [0, 2]]
    np.testing.assert_allclose(table.values.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(table.values.std(0), 1)
    np.testing.assert_allclose((table.values * table.scale + table.mean)[:, 2], x[:, 0])
    assert table.columns({"M", "X1"}) == [0, 2]


def test_the_order_depends_on_no_name_sign_or_unit():
    graph = nx.DiGraph([("Y", "a"), ("Y", "b"), ("Y", "c"), ("E", "b")])
    y, *x = np.random.default_rng(0).normal(size=(4, 50))
    x = np.stack(x, 1)
    table = CausalTable.build(graph, "Y", "E", x, ["a", "b", "c"], y)
    new = {"a": "c", "b": "a", "c": "b", "Y": "Z", "E": "D"}
    renamed = nx.relabel_nodes(graph, new)
    x = x * [-3, 100, 0.1] + 1
    other = CausalTable.build(renamed, "Z", "D", x, ["c", "a", "b"], -2 * y)
    assert other.order == [new[node] for node in table.order]
    np.testing.assert_allclose(np.abs(other.values), np.abs(table.values))


def test_constant_columns():
    with pytest.raises(ValueError, match="column 'X1' of 'X' must not be constant .got 6.1 only"):
        build([[1, 6.1, 3], [4, 6.1, 5], [9, 6.1, 8]])
    with pytest.raises(ValueError, match="'y' must not be constant"):
        build([[1, 2, 3], [4, 6, 5], [9, 7, 8]], [3, 3, 3])
    with pytest.raises(ValueError, match="column 'M' of 'X' must not be constant"):
        build([[0, 2, 3], [0, 6, 5], [0, 7, 8]])
