import networkx as nx
import numpy as np
import torch

from pyg_symm.datasets import GenericGraphs
from pyg_symm.metrics import isomorphism_classes
from pyg_symm.metrics.expressivity import PAIRS


def relabelled(graph, rng):
    order = rng.permutation(len(graph)).tolist()
    return nx.relabel_nodes(nx.convert_node_labels_to_integers(graph), dict(enumerate(order)))


def test_all_graphs_of_up_to_six_nodes():
    rng = np.random.default_rng(0)
    graphs = [graph for graph in nx.graph_atlas_g() if len(graph) <= 6]
    classes = isomorphism_classes([*graphs, *(relabelled(graph, rng) for graph in graphs)])
    assert torch.equal(classes, torch.arange(len(graphs)).repeat(2))


def test_equal_to_colour_refinement_but_not_isomorphic():
    pairs = [build() for build in PAIRS.values()]
    classes = isomorphism_classes([graph for pair in pairs for graph in (pair.one, pair.other)])
    assert (classes[::2] != classes[1::2]).all()


def test_swapped_sides_of_grids():
    grids = GenericGraphs("grid", "all", rows=(4, 9), columns=(4, 9), num_graphs=36)
    assert isomorphism_classes(grids).unique().numel() == 6 * 7 // 2


def test_empty():
    assert isomorphism_classes([]).shape == (0,)
    graphs = [nx.empty_graph(0), nx.empty_graph(1), nx.empty_graph(0), nx.empty_graph(2)]
    assert isomorphism_classes(graphs).tolist() == [0, 1, 0, 2]
