import random

import networkx as nx
import pytest


@pytest.fixture
def random_graph():
    """A random acyclic graph of ``Y`` and other nodes, of any density, the target anywhere."""

    def draw(num, seed):
        rng = random.Random(seed)
        nodes = ["Y", *(f"X{i}" for i in range(1, num + 1))]
        order = rng.sample(nodes, len(nodes))
        share = rng.uniform(0.1, 0.7)
        graph = nx.DiGraph()
        graph.add_nodes_from(nodes)
        pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
        graph.add_edges_from(pair for pair in pairs if rng.random() < share)
        return graph

    return draw


@pytest.fixture
def simulated_graph():
    """The graph of the published simulation: ``X9`` and ``X10`` are mutable."""
    edges = "Y-X1 Y-X9 X9-X1 X5-X1 X6-X1 X6-X5 X1-X3 X3-X2 X2-X4 X7-X4 X8-X4 X8-X2 X8-X7 X3-X10"
    edges += " X5-X10 X8-X10 E-X9 E-X10"
    return nx.DiGraph(edge.split("-") for edge in edges.split())
