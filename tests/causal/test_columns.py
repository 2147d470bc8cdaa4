import numpy as np
import pytest
import torch

from pyg_symm.causal.columns import (
    check_columns,
    check_rows,
    environments_in,
    naturally_sorted,
    pick_columns,
    read_table,
    read_target,
)


def test_tables_of_several_kinds():
    rows = [[1, 2], [3, 4]]
    for table in (rows, np.array(rows), torch.tensor(rows), np.array(rows, dtype=object)):
        values, names = read_table(table)
        assert values.dtype == float and values.tolist() == rows and names is None


def test_data_frames():
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [3.0, 4.0]})
    values, names = read_table(pick_columns(frame, ["a", "b", "c"], ["c", "a"]))
    assert values.tolist() == [[3, 1], [4, 2]] and names == ["c", "a"]
    assert environments_in(frame, ["b"], "b").tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="'X' must have the columns d, e"):
        pick_columns(frame, ["a", "d", "e"], ["d", "a", "e"])


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        ([1.0, 2.0], ValueError, r"'X' must have rows and columns.*Reshape your data"),
        (np.empty((0, 3)), ValueError, "'X' must not be empty: 0 sample"),
        (np.empty((3, 0)), ValueError, "'X' must not be empty: 0 feature"),
        ([[1.0, np.nan]], ValueError, r"'X' must be finite.*got nan in row 0, column 1"),
        ([[np.inf, 1]], ValueError, "'X' must be finite.*got inf in row 0, column 0"),
        ([[1j]], ValueError, "'X' must be real"),
        ([["a", "1"]], ValueError, "'X' must hold numbers .could not convert string.*'a'"),
        ([[object(), 1]], TypeError, "'X' must hold numbers .float.. argument must be"),
        (torch.eye(2).to_sparse(), TypeError, "'X' must be dense"),
    ],
)
def test_bad_tables(table, error, message):
    with pytest.raises(error, match=message):
        read_table(table)


def test_environments_in_an_array():
    assert environments_in([[1, 2], [3, 4]], ["X", "E"], "E").tolist() == [2, 4]
    assert environments_in([[1, 2], [3, 4]], ["X", "M"], "E") is None


def test_sparse_arrays():
    scipy = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="'X' must be dense"):
        read_table(scipy.eye(3, format="csr"))


def test_targets():
    assert read_target(torch.tensor([1, 2]), 2).tolist() == [1, 2]
    with pytest.warns(UserWarning, match="column-vector"):
        assert read_target(np.ones((2, 1)), 2).tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"'y' must have shape \[3\] \(got \[2\]\)"):
        read_target([1, 2], 3)
    with pytest.raises(ValueError, match="'y' must be given"):
        read_target(None, 3)
    with pytest.raises(ValueError, match="'y' must be finite"):
        read_target([1, np.nan], 2)


def test_names_of_columns():
    assert check_columns(["X1", "X2"], None, 2) == ["X1", "X2"]
    assert check_columns(["X1"], ["A", "X1"], 2) == ["A", "X1"]
    with pytest.raises(ValueError, match=r"'X' must have one column for each of X1, X2.*got 3"):
        check_columns(["X1", "X2"], None, 3)
    with pytest.raises(ValueError, match="'feature_names' must name 3 columns .got 2 names"):
        check_columns(["X1"], ["X1", "X2"], 3)
    with pytest.raises(ValueError, match="different names .got A twice"):
        check_columns(["A"], ["A", "A"], 2)
    with pytest.raises(ValueError, match="missing: X2, X3"):
        check_columns(["X1", "X2", "X3"], ["X1"], 1)


def test_rows():
    check_rows(4, None)
    with pytest.raises(ValueError, match="at least 4 rows"):
        check_rows(3, None)
    with pytest.raises(ValueError, match="'env' must have at least two environments .got one"):
        check_rows(5, ["a"] * 5)


def test_natural_order():
    assert naturally_sorted(["X10", "X2", "X1", 3, "A"]) == [3, "A", "X1", "X2", "X10"]
