import networkx as nx
import numpy as np
import pytest
from scipy.stats import chi2

from pyg_symm.datasets import GenericGraphs
from pyg_symm.metrics import BlockModelTest, graph_validity


def test_literal_probability():
    rng = np.random.default_rng(0)
    adjacency = nx.to_numpy_array(nx.planted_partition_graph(3, 6, 0.5, 0.2, seed=0))
    block = rng.integers(3, size=18)
    values = []
    for r in range(3):
        for s in range(3):
            one, other = np.flatnonzero(block == r), np.flatnonzero(block == s)
            pairs = len(one) * len(other) if r != s else len(one) * (len(one) - 1)
            p = adjacency[np.ix_(one, other)].sum() / (pairs + 1e-6)
            wald = (p - (0.3 if r == s else 0.005)) ** 2 / (p * (1 - p) + 1e-6)
            values.append(1 - chi2.cdf(wald, 1))
    assert BlockModelTest().probability(adjacency, block) == pytest.approx(np.mean(values))


def test_own_family_passes():
    # About as many as with the true blocks: the test refuses a tenth of its own family.
    assert graph_validity(GenericGraphs("sbm", "test"), "sbm").double().mean() >= 0.8


def test_others_fail():
    graphs = [
        nx.gnp_random_graph(90, 0.1, seed=0),
        nx.planted_partition_graph(3, 30, 0.9, 0.005, seed=0),
        nx.planted_partition_graph(3, 30, 0.3, 0.05, seed=0),
        nx.planted_partition_graph(6, 30, 0.3, 0.005, seed=0),
        nx.planted_partition_graph(4, 12, 0.6, 0.005, seed=0),
        nx.grid_2d_graph(10, 10),
        nx.path_graph(3),
        nx.empty_graph(60),
    ]
    assert not graph_validity(graphs, "sbm").any()


def test_other_sizes():
    graph = nx.planted_partition_graph(3, 12, 0.7, 0.02, seed=0)
    test = BlockModelTest(block_size=(10, 14), p_in=0.7, p_out=0.02)
    assert test(graph) and not BlockModelTest()(graph)
    assert not BlockModelTest((4, 5), (10, 14), 0.7, 0.02)(graph)
