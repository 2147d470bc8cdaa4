import math

import networkx as nx
import numpy as np
import pytest

from pyg_symm.metrics import fit_blocks
from pyg_symm.metrics.graphs.block_fit import (
    _lengths_after_moves,
    count_blocks,
    description_length,
)


def planted(sizes, p_in, p_out, seed):
    block = np.repeat(np.arange(len(sizes)), sizes)
    p = np.where(block[:, None] == block, p_in, p_out)
    upper = np.triu(np.random.default_rng(seed).random(p.shape) < p, 1)
    return (upper | upper.T).astype(float), block


def same_partition(one, other):
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


def length(adjacency, block):
    return float(description_length(*count_blocks(adjacency, block)))


def literal_length(adjacency, block):
    members = [np.flatnonzero(block == b) for b in set(block.tolist())]
    nodes, blocks, edges = len(block), len(members), int(adjacency.sum()) // 2
    total = math.log(nodes) + math.log(math.comb(nodes - 1, blocks - 1))
    total += math.log(math.factorial(nodes))
    total += math.log(math.comb(blocks * (blocks + 1) // 2 + edges - 1, edges))
    for r, one in enumerate(members):
        total -= math.log(math.factorial(len(one)))
        for s, other in enumerate(members[: r + 1]):
            found = int(adjacency[np.ix_(one, other)].sum()) // (2 if r == s else 1)
            possible = math.comb(len(one), 2) if r == s else len(one) * len(other)
            total += math.log(math.comb(possible, found))
    return total


def test_literal_length():
    adjacency, _ = planted([5, 6, 7], 0.6, 0.2, seed=0)
    for seed in range(5):
        block = np.random.default_rng(seed).integers(3, size=18)
        assert length(adjacency, block) == pytest.approx(literal_length(adjacency, block))


def test_lengths_after_moves():
    adjacency, block = planted([4, 4, 1], 0.6, 0.2, seed=0)
    found = _lengths_after_moves(adjacency, block, *count_blocks(adjacency, block))
    for node in range(9):
        for target in range(3):
            moved = block.copy()
            moved[node] = target
            assert found[node, target] == pytest.approx(literal_length(adjacency, moved))


@pytest.mark.parametrize("sizes", [[20, 20], [40, 20, 30], [25, 30, 20, 40], [20, 40, 30, 35, 25]])
def test_finds_planted_blocks(sizes):
    for seed in range(3):
        adjacency, block = planted(sizes, 0.3, 0.005, seed)
        found = fit_blocks(adjacency)
        assert length(adjacency, found) <= length(adjacency, block) + 1e-9
        assert same_partition(found, block)
        order = np.random.default_rng(seed).permutation(len(block))
        assert same_partition(fit_blocks(adjacency[np.ix_(order, order)]), block[order])


def test_without_blocks():
    for p in (0.05, 0.3):
        assert fit_blocks(nx.to_numpy_array(nx.gnp_random_graph(80, p, seed=0))).max() == 0


@pytest.mark.parametrize("num_nodes", [0, 1, 2, 5])
def test_small_graphs(num_nodes):
    for graph in (nx.empty_graph(num_nodes), nx.complete_graph(num_nodes)):
        assert fit_blocks(nx.to_numpy_array(graph)).tolist() == [0] * num_nodes
