"""Sets of variables that predict the same, class by class."""

import itertools
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

import networkx as nx

from pyg_symm.utils import check_sizes

from .acyclic import check_acyclic, checked_nodes
from .separation import BitGraph, ones


class EquivalenceClass(NamedTuple):
    r"""All sets of variables with one Markov boundary of the target.

    Attributes:
        representative: The boundary, which is the smallest member.
        optional: The nodes that may be added, in any combination.
    """

    representative: frozenset[Hashable]
    optional: frozenset[Hashable]

    @property
    def num_members(self) -> int:
        """The number of sets in the class."""
        return 1 << len(self.optional)

    def members(self) -> Iterator[frozenset[Hashable]]:
        r"""All sets of the class, small ones first.

        Examples:
            >>> found = EquivalenceClass(frozenset({1}), frozenset({2, 3}))
            >>> [sorted(member) for member in found.members()]
            [[1], [1, 2], [1, 3], [1, 2, 3]]
        """
        optional = sorted(self.optional, key=str)
        for size in range(len(optional) + 1):
            for added in itertools.combinations(optional, size):
                yield self.representative.union(added)


def equivalence_classes(
    graph: nx.DiGraph,
    target: Hashable,
    nodes: Iterable[Hashable],
    max_classes: int | None = None,
) -> Iterator[EquivalenceClass]:
    r"""All subsets of nodes, in classes that predict the same.

    Two sets are equivalent, :math:`S_1 \sim S_2`, if a common part has all that they
    contain about the target:

    .. math::
        Y \perp (S_1 \cup S_2) \setminus S_{12} \mid S_{12}
        \quad \text{for some } S_{12} \subseteq S_1 \cap S_2

    A class has one Markov boundary, see :func:`~pyg_symm.causal.markov_boundary`, and consists of
    the boundary with any of its optional nodes. Classes are found one by one, without going
    through their members: the time for each is polynomial in the number of nodes. A chain of
    :math:`d` nodes has :math:`d + 1` classes, a star has :math:`2^d`. Equivalence is from `Which
    Invariance Should We Transfer? A Causal Minimax Learning Approach
    <https://arxiv.org/abs/2107.01876>`_.

    Args:
        graph (networkx.DiGraph): An acyclic graph. Nodes other than the target and :obj:`nodes`
            are removed, as by an intervention; they are not latent.
        target (Hashable): The node to be predicted, :math:`Y`.
        nodes (set): The variables to choose from; in a causal graph, the stable ones.
        max_classes (int, optional): The largest number of classes. (default: no limit)

    Returns:
        iterator: An :class:`EquivalenceClass` for each class, the one of the empty set first.

    Raises:
        ValueError: If the graph is undirected or has a cycle, a node is missing, :obj:`nodes`
            holds the target, or :obj:`max_classes` is not positive.

    Examples:
        >>> graph = nx.DiGraph([("Y", "X1"), ("X1", "X2")])
        >>> for found in equivalence_classes(graph, "Y", ["X1", "X2"]):
        ...     print(sorted(found.representative), [sorted(s) for s in found.members()])
        [] [[]]
        ['X2'] [['X2']]
        ['X1'] [['X1'], ['X1', 'X2']]
    """
    check_acyclic(graph, target=target)
    nodes = checked_nodes(graph, "nodes", nodes, target)
    if max_classes is not None:
        check_sizes(1, max_classes=max_classes)
    kept = graph.subgraph([node for node in graph if node == target or node in nodes])
    bits = BitGraph(kept)
    found = (
        EquivalenceClass(bits.subset(chosen), bits.subset(optional))
        for chosen, optional in _classes(bits, bits.bit[target], bits.mask(nodes))
    )
    return itertools.islice(found, max_classes)


def _classes(bits: BitGraph, target: int, nodes: int) -> Iterator[tuple[int, int]]:
    """The boundary and the optional nodes of each class.

    A search over nodes that are chosen, latent or undecided. Each step decides on the undecided
    nodes that nothing separates from the target. If there are none, the rest is optional.
    """
    # Undecided nodes, those chosen before, those to decide on, and the next choice of them.
    stack: list[list[int]] = []

    def visit(undecided: int, chosen: int) -> Iterator[tuple[int, int]]:
        if near := adjacent(bits, target, undecided, chosen):
            stack.append([undecided & ~near, chosen, near, 0])
        else:
            yield chosen, undecided

    yield from visit(nodes, 0)
    while stack:
        undecided, chosen, near, choice = frame = stack[-1]
        frame[3] = (choice - near) & near  # The next subset, as a binary counter.
        if frame[3] == 0:
            stack.pop()
        yield from visit(undecided, chosen | choice)


def adjacent(bits: BitGraph, target: int, undecided: int, chosen: int) -> int:
    r"""The undecided nodes that no set of undecided nodes separates from the target.

    The chosen nodes are given, all others are latent. A node :math:`v` is adjacent if and only if
    an inducing path leads to it (`Richardson and Spirtes
    <https://doi.org/10.1214/aos/1031689015>`_): all colliders are ancestors of :math:`v`, of the
    target or of chosen nodes, and everything else on the path is latent.
    """
    latent = ~(undecided | chosen)
    above = bits.ancestors_of(target | chosen)
    near = bits.reached(target, latent, above) & undecided
    # Only nodes that are reached through some colliders need a search for their own.
    for bit in ones(bits.reached(target, latent, ~0) & undecided & ~near):
        if bits.reached(target, latent, above | bits.ancestors[bit]) & bit:
            near |= bit
    return near
