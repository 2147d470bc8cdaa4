r"""Pairs of Cai, Fürer and Immerman: graphs that differ in one twist.

A node of the base graph becomes a node for every even set of the edges at it. Two such nodes
:math:`(u, S)` and :math:`(v, T)` are joined if :math:`\{u, v\}` is an edge of the base that is in
both or in none of :math:`S` and :math:`T`. The other graph of the pair is *twisted* at one edge:
there, nodes are joined if the edge is in exactly one of the two sets.

On a connected base, the two are not isomorphic, and twists at two edges cancel. The wider the base
(in the sense of its tree-width), the higher the dimension of the Weisfeiler-Leman test that is
needed to tell them apart.

Paper: `An optimal lower bound on the number of variables for graph identification
<https://doi.org/10.1007/BF01305232>`_
"""

import itertools

import networkx as nx
import torch
from torch_geometric.data import Data

from .graphs import from_edges
from .pairs import GraphPair


def cfi_pair(base: nx.Graph, name: str = "CFI") -> GraphPair:
    r"""The graphs over a base, without and with a twist.

    A node of degree :math:`d` becomes :math:`2^{d - 1}` nodes.

    Args:
        base (networkx.Graph): A connected graph that has a cycle.
        name (str, optional): The name of the pair. (default: ``"CFI"``)

    Raises:
        ValueError: If the base is not connected or has no cycle: the two would be isomorphic.

    Examples:
        >>> cfi_pair(nx.complete_graph(4)).one
        Data(x=[16, 1], edge_index=[2, 96], num_nodes=16)
    """
    if len(base) == 0 or not nx.is_connected(base) or base.number_of_edges() < len(base):
        raise ValueError(f"'base' must be connected and have a cycle (got {base})")
    return GraphPair(name, _cover(base, None), _cover(base, next(iter(base.edges()))))


def cfi_pairs() -> list[GraphPair]:
    r"""Pairs over small bases, from the cycle of three nodes to the Petersen graph.

    Examples:
        >>> [pair.one.num_nodes for pair in cfi_pairs()]
        [6, 16, 24, 24, 24, 32, 40, 40]
    """
    bases = {
        "C3": nx.cycle_graph(3),
        "K4": nx.complete_graph(4),
        "wheel of 5": nx.wheel_graph(5),
        "prism": nx.circular_ladder_graph(3),
        "K3,3": nx.complete_bipartite_graph(3, 3),
        "cube": nx.hypercube_graph(3),
        "5-prism": nx.circular_ladder_graph(5),
        "Petersen": nx.petersen_graph(),
    }
    return [cfi_pair(base, f"CFI {name}") for name, base in bases.items()]


def _cover(base: nx.Graph, twisted: tuple | None) -> Data:
    edge_of = {frozenset(edge): number for number, edge in enumerate(base.edges())}
    nodes: dict[tuple, int] = {}
    for node in base:
        around = [edge_of[frozenset((node, other))] for other in base[node]]
        for size in range(0, len(around) + 1, 2):
            for chosen in itertools.combinations(around, size):
                nodes[node, frozenset(chosen)] = len(nodes)
    of_base: dict = {node: [key for key in nodes if key[0] == node] for node in base}
    edges = [
        (nodes[one], nodes[other])
        for (u, v), number in zip(base.edges(), range(len(edge_of)), strict=True)
        for one in of_base[u]
        for other in of_base[v]
        if ((number in one[1]) == (number in other[1])) != ((u, v) == twisted)
    ]
    return from_edges(torch.tensor(edges).t(), len(nodes))
