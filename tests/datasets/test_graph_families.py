import networkx as nx
import numpy as np
import pytest

from pyg_symm.datasets.graph_families import (
    GENERIC_FAMILIES,
    BlockModel,
    Community,
    Grid,
    Planar,
    SmallGrid,
    Tree,
)


def draw(family, seed=0):
    graph = family(np.random.default_rng(seed))
    result = nx.empty_graph(graph.num_nodes)
    result.add_edges_from(graph.edges.tolist())
    assert result.number_of_nodes() == graph.num_nodes  # No edge brought a node along.
    assert result.number_of_edges() == len(graph.edges) and nx.number_of_selfloops(result) == 0
    return result


@pytest.mark.parametrize("name", GENERIC_FAMILIES)
def test_connected(name):
    for seed in range(5):
        assert nx.is_connected(draw(GENERIC_FAMILIES[name](), seed))


@pytest.mark.parametrize("num_nodes", [4, 16, 64])
def test_planar(num_nodes):
    for seed in range(5):
        graph = draw(Planar(num_nodes), seed)
        assert nx.check_planarity(graph)[0]
        # A triangulation of which h nodes are on the hull has 3 n - 3 - h edges.
        assert 2 * num_nodes - 3 <= graph.number_of_edges() <= 3 * num_nodes - 6


@pytest.mark.parametrize("num_nodes", [2, 3, 16, 64])
def test_trees(num_nodes):
    assert all(nx.is_tree(draw(Tree(num_nodes), seed)) for seed in range(5))


def test_trees_are_uniform():
    # Of the 16 labelled trees of four nodes 12 are paths and 4 are stars.
    rng = np.random.default_rng(0)
    family = Tree(4)
    edges = [np.sort(family(rng).edges, axis=1) for _ in range(3200)]
    names = [str(sorted(map(tuple, e.tolist()))) for e in edges]
    _, counts = np.unique(names, return_counts=True)
    assert len(counts) == 16
    assert ((counts - 200) ** 2 / 200).sum() < 37.7  # 0.1% of chi-square with 15 degrees.


def test_block_model():
    graphs = [draw(BlockModel(), seed) for seed in range(60)]
    assert 40 <= min(map(len, graphs)) < 60 and 150 < max(map(len, graphs)) <= 200
    small = draw(BlockModel((2, 2), (8, 8), p_in=1.0, p_out=0.05))
    clique = nx.complete_graph(8)
    inside = nx.disjoint_union(clique, clique)
    assert len(small) == 16 and set(inside.edges) <= set(small.edges)


def test_community():
    sizes = set()
    for seed in range(60):
        graph = draw(Community(), seed)
        half = len(graph) // 2
        between = [edge for edge in graph.edges if (edge[0] < half) != (edge[1] < half)]
        assert len(between) == 1  # 0.05 of 12 to 20 nodes.
        sizes.add(len(graph))
    assert sizes == set(range(12, 21))
    assert len(draw(Community((10, 10), p_in=1.0, between=0.3)).edges) == 2 * 10 + 3


def test_grids():
    assert len(Grid()) == 100 and len(SmallGrid()) == 12
    family = Grid((2, 3), (4, 6))
    expected = [(rows, columns) for rows in (2, 3) for columns in (4, 5, 6)]
    assert len(family) == len(expected)
    for position, shape in enumerate(expected):
        graph = nx.Graph(family.at(position).edges.tolist())
        assert nx.is_isomorphic(graph, nx.grid_2d_graph(*shape))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Planar(3), r"'num_nodes' must be at least 4 \(got 3\)"),
        (lambda: Tree(1), r"'num_nodes' must be at least 2 \(got 1\)"),
        (lambda: BlockModel(community_size=(5, 4)), r"'community_size' must .* \(got \(5, 4\)\)"),
        (lambda: BlockModel(num_communities=(0, 4)), r"'num_communities' must .* \(got \(0, 4\)\)"),
        (lambda: BlockModel(p_in=1.5), r"'p_in' must be between 0 and 1 \(got 1.5\)"),
        (lambda: Community((1, 4)), r"'num_nodes' must .* 2 or more \(got \(1, 4\)\)"),
        (lambda: Grid(rows=(3,)), r"'rows' must .* \(got \(3,\)\)"),
    ],
)
def test_bad_sizes(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_never_connected():
    with pytest.raises(ValueError, match="None of 1000 graphs was connected"):
        draw(BlockModel((2, 2), (3, 3), p_out=0.0))
