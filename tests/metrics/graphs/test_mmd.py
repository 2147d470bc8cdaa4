import math

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.transforms import Compose
from torch_geometric.utils import from_networkx

from pyg_symm.datasets import GenericGraphs
from pyg_symm.metrics import graph_mmd, orbit_counts
from pyg_symm.metrics.graphs import total_variation_mmd
from pyg_symm.metrics.graphs.descriptors import STATISTICS
from pyg_symm.metrics.graphs.graph_set import graph_set

FAMILIES = {
    "planar": {"num_nodes": 16},
    "tree": {"num_nodes": 16},
    "sbm": {"community_size": (8, 12)},
    "community": {},
}


def make(name, split="train", **kwargs):
    return GenericGraphs(name, split, **{"num_graphs": 25, **FAMILIES[name], **kwargs})


# A transcription of the definitions, one graph and one pair of graphs at a time.
def histogram(values, bins, limits):
    counts = np.histogram(values, bins, limits)[0]
    return counts / counts.sum()


ROWS = {
    "degree": lambda g: np.array(nx.degree_histogram(g)) / len(g),
    "clustering": lambda g: histogram(list(nx.clustering(g).values()), 100, (0.0, 1.0)),
    "orbit": lambda g: orbit_counts(g).double().mean(0).numpy(),
    "spectrum": lambda g: histogram(
        np.linalg.eigvalsh(nx.normalized_laplacian_matrix(g).toarray()).clip(0, 2), 200, (-1e-5, 2)
    ),
}
SIGMAS = {"degree": 1.0, "clustering": 0.1, "orbit": 30.0, "spectrum": 1.0}


def kernel(x, y, sigma):
    width = max(len(x), len(y))
    x, y = (np.pad(row, (0, width - len(row))) for row in (x, y))
    return math.exp(-((abs(x - y).sum() / 2) ** 2) / (2 * sigma**2))


def mean_kernel(xs, ys, sigma):
    return sum(kernel(x, y, sigma) for x in xs for y in ys) / (len(xs) * len(ys))


def literal_mmd(xs, ys, sigma):
    inside = mean_kernel(xs, xs, sigma) + mean_kernel(ys, ys, sigma)
    return inside - 2 * mean_kernel(xs, ys, sigma)


@pytest.mark.parametrize("name", FAMILIES)
def test_literal_definition(name):
    one, other = graph_set(make(name)), graph_set(make(name, "test"))
    found = graph_mmd(one, other)
    assert list(found) == list(STATISTICS)
    for statistic, value in found.items():
        rows = [[ROWS[statistic](g) for g in graphs.networkx()] for graphs in (one, other)]
        assert value == pytest.approx(literal_mmd(*rows, SIGMAS[statistic]), abs=1e-12)


@pytest.mark.parametrize("name", STATISTICS)
def test_rows_are_those_of_the_definition(name):
    graphs = [*nx.graph_atlas_g()[1:140], nx.star_graph(9), nx.grid_2d_graph(3, 5)]
    rows = STATISTICS[name].function(graph_set(graphs), False)
    width = rows.shape[1]
    expected = [ROWS[name](graph) for graph in graphs]
    padded = np.stack([np.pad(row, (0, width - len(row))) for row in expected])
    np.testing.assert_allclose(rows, padded, atol=1e-12)
    assert STATISTICS[name].sigma == SIGMAS[name]


def shuffled(graphs):
    rng = np.random.default_rng(0)
    result = []
    for i in rng.permutation(len(graphs)):
        data = graphs[int(i)].clone()
        data.edge_index = torch.from_numpy(rng.permutation(data.num_nodes))[data.edge_index]
        result.append(data)
    return result


@pytest.mark.parametrize("name", FAMILIES)
def test_order_does_not_matter(name):
    one, other = make(name), make(name, "test")
    assert graph_mmd(one, other) == pytest.approx(graph_mmd(other, one), abs=1e-15)
    assert graph_mmd(shuffled(one), shuffled(other)) == pytest.approx(
        graph_mmd(one, other), abs=1e-12
    )
    assert set(graph_mmd(one, [one[i] for i in range(len(one) - 1, -1, -1)]).values()) == {0.0}
    twice = [*one, *one]
    assert max(graph_mmd(one, shuffled(twice)).values()) < 1e-12


def test_input_forms():
    graphs = [nx.gnp_random_graph(n, 0.4, seed=n) for n in range(4, 9)]
    data = [from_networkx(graph) for graph in graphs]
    reference = [nx.cycle_graph(n) for n in range(3, 7)]
    expected = graph_mmd(graphs, reference)
    assert graph_mmd(data, reference) == expected
    assert graph_mmd(Batch.from_data_list(data), reference) == expected
    assert all(0 < value < 2 for value in expected.values())


def test_families_differ():
    train, test, other = make("planar", num_graphs=150), make("planar", "test"), make("community")
    same, different = graph_mmd(train, test), graph_mmd(train, other)
    assert all(0 < same[statistic] < different[statistic] for statistic in STATISTICS)


def test_ratio():
    train, test = make("planar"), make("planar", "test")
    generated = make("planar", seed=1)
    found, divisor = graph_mmd(generated, test, train=train), graph_mmd(train, test)
    assert found["ratio"] == pytest.approx(np.mean([found[k] / divisor[k] for k in divisor]))
    assert graph_mmd(train, test, train=train)["ratio"] == 1.0
    trees = graph_mmd(make("tree", seed=1), make("tree", "test"), train=make("tree"))
    assert math.isfinite(trees["ratio"])  # Nothing is divided by the clustering of trees, 0.
    assert math.isnan(graph_mmd(train, test, ["degree"], train=test)["ratio"])


def test_empty_sets():
    graphs = [nx.path_graph(3)]
    worst = dict.fromkeys(STATISTICS, 2.0)
    for empty in ([], [nx.empty_graph(0)]):
        assert graph_mmd(empty, graphs) == graph_mmd(graphs, empty) == worst
        assert graph_mmd(empty, empty) == dict.fromkeys(STATISTICS, 0.0)
    assert graph_mmd([nx.empty_graph(0), *graphs], graphs) == dict.fromkeys(STATISTICS, 0.0)
    assert graph_mmd([nx.empty_graph(1)], [nx.empty_graph(1)])["spectrum"] == 0.0


def test_samples_of_any_size():
    rng = np.random.default_rng(0)
    one, other = rng.random((1500, 3)), rng.random((30, 5))
    expected = literal_mmd(one[:40], other, 0.7)
    assert total_variation_mmd(one[:40], other, 0.7) == pytest.approx(expected, abs=1e-12)
    in_parts = total_variation_mmd(one, other, 0.7)
    assert in_parts == pytest.approx(total_variation_mmd(one[::-1], other, 0.7), abs=0.0)
    assert total_variation_mmd(np.eye(2)[[0]], np.eye(2)[[1]], 1e-3) == pytest.approx(2.0)


@pytest.mark.parametrize("statistics", ["degree", ["degree", "color"]])
def test_bad_statistics(statistics):
    with pytest.raises(ValueError, match=r"'statistics' must be some of .* \(got "):
        graph_mmd([], [], statistics)


def test_bad_graphs():
    with pytest.raises(ValueError, match="'reference' must be graphs"):
        graph_mmd([], [Compose([])])
