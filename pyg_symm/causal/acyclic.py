"""Causal graphs: what they must be, and the mechanism of each node."""

from collections.abc import Hashable, Iterable

import networkx as nx


def check_acyclic(graph: nx.DiGraph, **nodes: Hashable) -> None:
    r"""Checks that a graph is directed and acyclic, and has nodes.

    Args:
        graph (networkx.DiGraph): The graph.
        **nodes: Nodes that it must have, by the names of the arguments that they come from.

    Raises:
        ValueError: If the graph is undirected or has a cycle, or a node is missing.
    """
    if not isinstance(graph, nx.DiGraph):
        raise ValueError(f"'graph' must be a networkx.DiGraph (got {type(graph).__name__})")
    for name, node in nodes.items():
        if node not in graph:
            raise ValueError(f"'{name}' must be a node of the graph (got {node!r})")
    if not nx.is_directed_acyclic_graph(graph):
        cycle = " -> ".join(str(source) for source, _ in nx.find_cycle(graph))
        raise ValueError(f"'graph' must have no cycle (got the cycle {cycle})")


def checked_nodes(
    graph: nx.DiGraph, name: str, nodes: Iterable[Hashable], target: Hashable
) -> frozenset[Hashable]:
    """A set of nodes, which must be in a graph and not hold the target."""
    if isinstance(nodes, str):  # Its letters would be taken for nodes.
        raise ValueError(f"'{name}' must be a set of nodes (got the string {nodes!r})")
    found = frozenset(nodes)
    unknown = sorted(str(node) for node in found if node not in graph)
    if unknown:
        raise ValueError(f"'{name}' must be nodes of the graph (got {', '.join(unknown)})")
    if target in found:
        raise ValueError(f"'{name}' must hold other nodes than {target!r}")
    return found


def interventional_graph(graph: nx.DiGraph, nodes: Iterable[Hashable]) -> nx.DiGraph:
    r"""The graph of an intervention that fixes nodes.

    Nodes that are set from outside no longer depend on their causes, and transmit nothing: they are
    removed with their edges.

    Args:
        graph (networkx.DiGraph): A causal graph.
        nodes (set): The nodes that are set. The node of the environment belongs to them.

    Raises:
        ValueError: If the graph is undirected or has a cycle, or a node is missing.

    Examples:
        >>> graph = nx.DiGraph([("E", "X2"), ("Y", "X1"), ("Y", "X2"), ("X1", "X2")])
        >>> list(interventional_graph(graph, ["X2", "E"]).edges)
        [('Y', 'X1')]
    """
    check_acyclic(graph)
    removed = checked_nodes(graph, "nodes", nodes, target=None)
    return graph.subgraph([node for node in graph if node not in removed]).copy()


def mechanisms(graph: nx.DiGraph) -> dict[Hashable, tuple[Hashable, ...]]:
    r"""The parents of each node, with all nodes in a topological order.

    Args:
        graph (networkx.DiGraph): A causal graph.

    Raises:
        ValueError: If the graph is undirected or has a cycle.

    Examples:
        >>> mechanisms(nx.DiGraph([("X1", "X2"), ("Y", "X1"), ("Y", "X2")]))
        {'Y': (), 'X1': ('Y',), 'X2': ('X1', 'Y')}
    """
    check_acyclic(graph)
    return {node: tuple(graph.predecessors(node)) for node in nx.topological_sort(graph)}
