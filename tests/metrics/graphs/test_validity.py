import networkx as nx
import pytest
import torch
from torch_geometric.utils import from_networkx

from pyg_symm.datasets import GenericGraphs
from pyg_symm.metrics import graph_validity
from pyg_symm.metrics.graphs.validity import kind_of_family

GRAPHS = {
    "path": nx.path_graph(6),
    "single": nx.empty_graph(1),
    "empty": nx.empty_graph(0),
    "cycle": nx.cycle_graph(6),
    "two": nx.disjoint_union(nx.path_graph(3), nx.path_graph(3)),
    "k5": nx.complete_graph(5),
    "k33": nx.complete_bipartite_graph(3, 3),
}


@pytest.mark.parametrize(
    "kind, valid",
    [
        ("planar", {"path", "single", "cycle"}),
        ("tree", {"path", "single"}),
        ("connected", {"path", "single", "cycle", "k5", "k33"}),
        ("sbm", set()),
        ("community", set()),
        (nx.is_bipartite, {"path", "single", "cycle", "two", "k33"}),
    ],
)
def test_kinds(kind, valid):
    expected = torch.tensor([name in valid for name in GRAPHS])
    assert torch.equal(graph_validity(list(GRAPHS.values()), kind), expected)
    assert torch.equal(graph_validity([from_networkx(g) for g in GRAPHS.values()], kind), expected)


def test_small_communities():
    graphs = list(GenericGraphs("community", "all"))
    assert graph_validity(graphs, "community").double().mean() > 0.95
    random = [nx.gnm_random_graph(d.num_nodes, d.num_edges // 2, seed=0) for d in graphs]
    assert graph_validity(random, "community").double().mean() < 0.05


@pytest.mark.parametrize("name", ["planar", "tree"])
def test_own_families(name):
    assert graph_validity(GenericGraphs(name, "test"), name).all()


def test_empty():
    assert graph_validity([]).shape == (0,) and graph_validity([]).dtype == torch.bool
    assert graph_validity([], workers=2).shape == (0,)


@pytest.mark.slow
def test_workers():
    graphs = list(GRAPHS.values())
    assert torch.equal(graph_validity(graphs, "tree", workers=2), graph_validity(graphs, "tree"))


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"'kind' must be one of .* \(got 'grid'\)"):
        graph_validity([], "grid")
    with pytest.raises(ValueError, match=r"'workers' must not be negative \(got -1\)"):
        graph_validity([], workers=-1)


def test_kinds_of_families():
    kinds = {name: kind_of_family(name) for name in ("planar", "sbm", "grid", "community")}
    assert kinds == {
        "planar": "planar",
        "sbm": "sbm",
        "grid": "connected",
        "community": "community",
    }
    assert kind_of_family("tree", ["num_nodes"]) == "tree"
    with pytest.raises(ValueError, match=r"'kind' must be given.*\['num_nodes'\] for 'sbm'"):
        kind_of_family("sbm", ["num_nodes"])
