"""d-separation, with sets of nodes as bits of integers."""

from collections.abc import Hashable, Iterable

import networkx as nx

from .acyclic import check_acyclic, checked_nodes


class BitGraph:
    r"""An acyclic graph in which sets of nodes are integers: node :math:`i` is bit :math:`i`.

    Args:
        graph (networkx.DiGraph): An acyclic graph. It is not checked.

    Attributes:
        nodes: All nodes, in the order of the graph.
        bit: The bit of each node.
        ancestors: The ancestors of each bit, itself included.
    """

    def __init__(self, graph: nx.DiGraph) -> None:
        self.nodes = tuple(graph)
        self.bit = {node: 1 << i for i, node in enumerate(self.nodes)}
        self.ancestors: dict[int, int] = {}
        self._parents: dict[int, int] = {}
        self._children = dict.fromkeys(self.bit.values(), 0)
        for node in nx.topological_sort(graph):
            mine = self.bit[node]
            parents = self.mask(graph.predecessors(node))
            self._parents[mine] = parents
            self.ancestors[mine] = mine | self.ancestors_of(parents)
            for parent in ones(parents):
                self._children[parent] |= mine

    def mask(self, nodes: Iterable[Hashable]) -> int:
        """The bits of a set of nodes."""
        return sum(self.bit[node] for node in set(nodes))

    def subset(self, mask: int) -> frozenset[Hashable]:
        """The nodes of a set of bits."""
        return frozenset(self.nodes[bit.bit_length() - 1] for bit in ones(mask))

    def ancestors_of(self, mask: int) -> int:
        """All ancestors of a set of nodes, the set included."""
        found = 0
        for bit in ones(mask):
            found |= self.ancestors[bit]
        return found

    def reached(self, source: int, through: int, colliders: int) -> int:
        r"""The nodes at the ends of walks from one node.

        Inside of a walk, nodes with two arrows into them must be in one set, and all others in
        another.

        Args:
            source (int): The bit of the node that walks start from.
            through (int): Where a walk may pass a node that is no collider.
            colliders (int): Where two arrows may meet.
        """
        parents, children = self._parents, self._children
        # Nodes that a walk came to against an arrow, and along one.
        up, down = parents[source], children[source]
        seen_up = seen_down = 0
        while up or down:
            seen_up |= up
            seen_down |= down
            to_parents, to_children = up & through | down & colliders, (up | down) & through
            up = down = 0
            while to_parents:
                bit = to_parents & -to_parents
                to_parents ^= bit
                up |= parents[bit]
            while to_children:
                bit = to_children & -to_children
                to_children ^= bit
                down |= children[bit]
            up &= ~seen_up
            down &= ~seen_down
        return seen_up | seen_down

    def connected(self, source: int, given: int) -> int:
        """The nodes that one node is not d-separated from, and given ones next to such nodes."""
        return self.reached(source, ~given, self.ancestors_of(given))


def ones(mask: int) -> Iterable[int]:
    """The bits of an integer, each as an integer."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def d_separated(
    graph: nx.DiGraph, node: Hashable, others: Iterable[Hashable], given: Iterable[Hashable] = ()
) -> bool:
    r"""Whether a node is d-separated from others by a set of nodes.

    Args:
        graph (networkx.DiGraph): An acyclic graph.
        node (Hashable): The node.
        others (set): The nodes that it is compared with.
        given (set, optional): The nodes that are known. (default: none)

    Raises:
        ValueError: If the graph is undirected or has a cycle, a node is missing, or the sets
            overlap.

    Examples:
        >>> graph = nx.DiGraph([("A", "C"), ("B", "C")])
        >>> d_separated(graph, "A", ["B"]), d_separated(graph, "A", ["B"], given=["C"])
        (True, False)
    """
    check_acyclic(graph, node=node)
    others = checked_nodes(graph, "others", others, node)
    given = checked_nodes(graph, "given", given, node)
    if both := others & given:
        raise ValueError(f"'given' must not hold any of 'others' (got {', '.join(map(str, both))})")
    bits = BitGraph(graph)
    return not bits.connected(bits.bit[node], bits.mask(given)) & bits.mask(others)
