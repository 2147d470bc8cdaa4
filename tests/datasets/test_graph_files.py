import pickle

import networkx as nx
import pytest
import torch

from pyg_symm.datasets import GenericGraphs
from pyg_symm.datasets.graph_files import read_graphs, write_graphs


@pytest.mark.parametrize("ending", [".pt", ".g6", ".PT", ".G6"])
def test_round_trip(tmp_path, ending):
    graphs = list(GenericGraphs("planar", "test", num_graphs=20, num_nodes=9))
    path = tmp_path / f"graphs{ending}"
    write_graphs(path, graphs)
    found = read_graphs(path)
    assert len(found) == len(graphs)
    for a, b in zip(graphs, found, strict=True):
        assert a.num_nodes == b.num_nodes
        assert {*map(tuple, a.edge_index.T.tolist())} == {*map(tuple, b.edge_index.T.tolist())}


def test_graph6_of_other_programs(tmp_path):
    path = tmp_path / "graphs.g6"
    nx.write_graph6(nx.petersen_graph(), path)  # With a header.
    (graph,) = read_graphs(path)
    assert (graph.num_nodes, graph.num_edges) == (10, 30)


def test_files_that_hold_no_graphs(tmp_path):
    with pytest.raises(ValueError, match=r"read from one of \['.pt', '.g6'\] \(got 'a.txt'\)"):
        read_graphs(tmp_path / "a.txt")
    with pytest.raises(FileNotFoundError, match="no file.*a.g6"):
        read_graphs(tmp_path / "a.g6")
    (tmp_path / "a.g6").write_text("not a graph\n")
    with pytest.raises(ValueError, match="a.g6' does not hold graphs"):
        read_graphs(tmp_path / "a.g6")
    torch.save({"a": 1}, tmp_path / "a.pt")
    with pytest.raises(ValueError, match="a.pt' must hold a list of graphs"):
        read_graphs(tmp_path / "a.pt")


class Malice:
    def __reduce__(self):
        return print, ("executed",)


def test_nothing_but_graphs_is_unpickled(tmp_path, capsys):
    (tmp_path / "a.pt").write_bytes(pickle.dumps([Malice()], protocol=2))
    with pytest.raises(ValueError, match="a.pt' holds more than tensors"):
        read_graphs(tmp_path / "a.pt")
    assert "executed" not in capsys.readouterr().out
