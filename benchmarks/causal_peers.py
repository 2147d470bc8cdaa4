"""Classes of equivalent sets of variables, as one would write them down."""

import itertools
import random
from collections.abc import Callable, Hashable, Iterator

import networkx as nx

from pyg_symm.causal import BitGraph, equivalence_classes
from pyg_symm.causal.boundary import boundary_mask

Nodes = frozenset[Hashable]
# Representatives of all classes of a graph of "Y" and its variables.
Method = Callable[[nx.DiGraph], set[Nodes]]


def random_graph(num: int, seed: int) -> nx.DiGraph:
    """A random acyclic graph of "Y" and variables, with edges between nodes close in the order."""
    rng = random.Random(seed)
    order = [*range(num // 2), "Y", *range(num // 2, num)]
    graph = nx.DiGraph()
    graph.add_nodes_from(order)
    pairs = ((a, b) for i, a in enumerate(order) for b in order[i + 1 : i + 4])
    graph.add_edges_from(pair for pair in pairs if rng.random() < 0.4)
    return graph


def ours(graph: nx.DiGraph) -> set[Nodes]:
    found = equivalence_classes(graph, "Y", set(graph) - {"Y"})
    return {each.representative for each in found}


def prototype(graph: nx.DiGraph) -> set[Nodes]:
    """The same search with one d-separation of networkx for each undecided node."""
    above = {node: nx.ancestors(graph, node) | {node} for node in graph}

    def visit(undecided: Nodes, chosen: Nodes) -> Iterator[Nodes]:
        known = set().union(above["Y"], *(above[node] for node in chosen))
        near = set()
        for v in undecided:
            given = chosen | ((known | above[v]) & undecided - {v})
            if not nx.is_d_separator(graph, {"Y"}, {v}, set(given)):
                near.add(v)
        if not near:
            yield chosen
            return
        for size in range(len(near) + 1):
            for added in itertools.combinations(near, size):
                yield from visit(undecided - near, chosen.union(added))

    return set(visit(frozenset(graph) - {"Y"}, frozenset()))


def brute_force(graph: nx.DiGraph) -> set[Nodes]:
    """The boundary of each subset, on bitsets."""
    bits = BitGraph(graph)
    target = bits.bit["Y"]
    others = [bits.bit[node] for node in graph if node != "Y"]
    subsets = (
        sum(chosen)
        for size in range(len(others) + 1)
        for chosen in itertools.combinations(others, size)
    )
    return {bits.subset(mask) for mask in {boundary_mask(bits, target, s) for s in subsets}}


def networkx_brute_force(graph: nx.DiGraph) -> set[Nodes]:
    """The boundary of each subset, by deleting what networkx calls separated."""
    others = [node for node in graph if node != "Y"]
    found = set()
    for size in range(len(others) + 1):
        for subset in itertools.combinations(others, size):
            rest = set(subset)
            for node in subset:
                if nx.is_d_separator(graph, {"Y"}, {node}, rest - {node}):
                    rest.remove(node)
            found.add(frozenset(rest))
    return found


METHODS: dict[str, Method] = {
    "ours": ours,
    "networkx prototype": prototype,
    "all subsets, bitsets": brute_force,
    "all subsets, networkx": networkx_brute_force,
}
