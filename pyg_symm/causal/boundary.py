"""The part of a set of variables with all information that the set has about the target."""

from collections.abc import Hashable, Iterable

import networkx as nx

from .acyclic import check_acyclic, checked_nodes
from .separation import BitGraph


def boundary_mask(bits: BitGraph, target: int, subset: int) -> int:
    """The Markov boundary, as bits: the members of the set that the target is connected to.

    A member is needed if and only if it is not d-separated from the target by all others. One
    search with all of them given finds each: if a collider is open only since a member is below
    it, the way down leads to that member.
    """
    return bits.connected(target, subset) & subset


def markov_boundary(
    graph: nx.DiGraph, target: Hashable, subset: Iterable[Hashable]
) -> frozenset[Hashable]:
    r"""The smallest part of a set of nodes that d-separates the target from the rest of the set.

    .. math::
        \mathrm{mb}(S) = \{v \in S : Y \not\perp v \mid S \setminus \{v\}\}

    Nodes outside of the set are latent. For sets of stable variables of a causal graph, take the
    graph of the intervention on all mutable ones, see
    :func:`~pyg_symm.causal.interventional_graph`. Then two sets have the same interventional
    predictor if they have the same boundary.

    Args:
        graph (networkx.DiGraph): An acyclic graph.
        target (Hashable): The node to be predicted, :math:`Y`.
        subset (set): Nodes :math:`S`.

    Raises:
        ValueError: If the graph is undirected or has a cycle, a node is missing, or the set holds
            the target.

    Examples:
        >>> graph = nx.DiGraph([("Y", "X1"), ("X1", "X2"), ("X2", "X3")])
        >>> sorted(markov_boundary(graph, "Y", ["X1", "X2", "X3"]))
        ['X1']
        >>> sorted(markov_boundary(graph, "Y", ["X2", "X3"]))
        ['X2']
    """
    check_acyclic(graph, target=target)
    nodes = checked_nodes(graph, "subset", subset, target)
    bits = BitGraph(graph)
    return bits.subset(boundary_mask(bits, bits.bit[target], bits.mask(nodes)))
