import gzip

import networkx as nx
import numpy as np
import pytest

from pyg_symm.causal.files import read_columns, read_environments, read_graph

EDGES = [("E", "M"), ("Y", "M"), ("M", "X1"), ("Y", "X1")]


@pytest.mark.parametrize("between", [" -> ", ",", " ", "\t", ", ", "->"])
def test_lists_of_edges(tmp_path, between):
    lines = ["# A comment", "", *(between.join(edge) for edge in EDGES)]
    (tmp_path / "graph.txt").write_text("\n".join(lines))
    graph = read_graph(str(tmp_path / "graph.txt"))
    assert isinstance(graph, nx.DiGraph) and set(graph.edges) == set(EDGES)


def test_gml(tmp_path):
    nx.write_gml(nx.DiGraph(EDGES), tmp_path / "graph.gml")
    assert set(read_graph(str(tmp_path / "graph.gml")).edges) == set(EDGES)
    (tmp_path / "bad.gml").write_text("graph [ node [ ] ]")
    with pytest.raises(ValueError, match="'graph' must be a GML file"):
        read_graph(str(tmp_path / "bad.gml"))


def test_bad_edges(tmp_path):
    (tmp_path / "graph.txt").write_text("A B\nA B C\n")
    with pytest.raises(ValueError, match=r"two names on each line \(got 'A B C' on line 2"):
        read_graph(str(tmp_path / "graph.txt"))


def test_one_file_with_environments(tmp_path):
    with gzip.open(tmp_path / "all.csv.gz", "wt") as file:
        file.write("note,Y,E,X\nfirst,1,a,2\nsecond,3,b,\n")
    values, labels = read_environments([str(tmp_path / "all.csv.gz")], ["X", "Y"], "E")
    np.testing.assert_array_equal(values, [[2, 1], [np.nan, 3]])
    assert labels.tolist() == ["a", "b"]


def test_a_file_for_each_environment(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("X,Y\n1,2\n3,4\n")
    paths = [str(tmp_path / f"{name}.csv") for name in "ab"]
    values, labels = read_environments(paths, ["Y"], "E")
    assert values.tolist() == [[2], [4], [2], [4]]
    assert labels.tolist() == ["a.csv", "a.csv", "b.csv", "b.csv"]
    (tmp_path / "b.csv").write_text("X,Y,E\n1,2,z\n")
    with pytest.raises(ValueError, match="all files or none must have the column 'E'"):
        read_environments(paths, ["Y"], "E")


def test_files_of_one_name(tmp_path):
    """Each is an environment of its own, named after its path."""
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.csv").write_text("X,Y\n1,2\n")
    paths = [str(tmp_path / name / "data.csv") for name in "ab"]
    assert read_environments(paths, ["Y"], "E")[1].tolist() == paths


def test_files_of_spreadsheets(tmp_path):
    """A mark of the byte order is no part of the first name."""
    (tmp_path / "a.csv").write_text("X,E\n1,s\n", encoding="utf-8-sig")
    assert read_environments([str(tmp_path / "a.csv")], ["X"], "E")[0].tolist() == [[1]]
    (tmp_path / "graph.txt").write_text("X -> Y\n", encoding="utf-8-sig")
    assert set(read_graph(str(tmp_path / "graph.txt"))) == {"X", "Y"}


def test_missing_environments_and_files(tmp_path):
    path = str(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("X,E\n1,s\n2,\n")
    message = r"column 'E' of '.*a.csv' must name an environment \(got '' on line 3\)"
    with pytest.raises(ValueError, match=message):
        read_environments([path], ["X"], "E")
    assert read_columns(path, ["X"]).tolist() == [[1], [2]]
    with pytest.raises(ValueError, match=r"'path' must name at least one file \(got none\)"):
        read_environments([], ["X"], "E")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X,Z\n1,2\n", r"'.*mine.csv' must have the columns Y"),
        ("X,Y\n", "must have rows"),
        ("X,Y\n1,2\n1,two\n", r"column 'Y' of '.*' must hold numbers \(got 'two' on line 3\)"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_environments([str(tmp_path / "mine.csv")], ["X", "Y"], "E")
