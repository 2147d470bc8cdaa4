"""Parts of a causal graph, and when all stable variables together are the best choice."""

from collections.abc import Hashable

import networkx as nx

from .acyclic import check_acyclic


def causal_components(
    graph: nx.DiGraph, target: Hashable, env: Hashable
) -> dict[str, frozenset[Hashable]]:
    r"""The parts of a causal graph that decide which variables a predictor may rely on.

    Children of the environment change their mechanisms between environments; all other variables
    are stable. From `Which Invariance Should We Transfer? A Causal Minimax Learning Approach
    <https://arxiv.org/abs/2107.01876>`_.

    Args:
        graph (networkx.DiGraph): An acyclic graph of the target, the environment and all
            variables.
        target (Hashable): The node to be predicted, :math:`Y`.
        env (Hashable): The node of the environment, which has no parents.

    Returns:
        dict: Sets of nodes

        - **mutable:** children of the environment, :math:`X_M`
        - **stable:** all other variables, :math:`X_S`
        - **mutable_children:** :math:`X_M^0 = X_M \cap \mathrm{Ch}(Y)`
        - **descendants:** :math:`K = \mathrm{De}(X_M^0) \setminus X_M^0`
        - **intervened:** :math:`X_M^0 \cup (\mathrm{De}(X_M^0) \setminus \mathrm{Ch}(Y))`

    Raises:
        ValueError: If the graph is undirected or has a cycle, a node is missing, the target is
            adjacent to the environment, or the environment has parents.

    Examples:
        >>> edges = [("E", "M"), ("Y", "M"), ("M", "X1"), ("Y", "X2")]
        >>> parts = causal_components(nx.DiGraph(edges), "Y", "E")
        >>> {name: sorted(nodes) for name, nodes in parts.items()}  # doctest: +NORMALIZE_WHITESPACE
        {'mutable': ['M'], 'stable': ['X1', 'X2'], 'mutable_children': ['M'],
         'descendants': ['X1'], 'intervened': ['M', 'X1']}
    """
    check_acyclic(graph, target=target, env=env)
    if target == env:
        raise ValueError(f"'env' must not be the target (got {env!r})")
    if graph.has_edge(env, target) or graph.has_edge(target, env):
        raise ValueError(f"'target' must not be adjacent to the environment (got {target!r})")
    if graph.in_degree(env) > 0:
        parents = ", ".join(sorted(map(str, graph.predecessors(env))))
        raise ValueError(f"'env' must have no parents (got {env!r} with {parents})")
    mutable = frozenset(graph.successors(env))
    children = frozenset(graph.successors(target))
    mutable_children = mutable & children
    below = frozenset().union(*(nx.descendants(graph, node) for node in mutable_children))
    return {
        "mutable": mutable,
        "stable": frozenset(graph) - mutable - {target, env},
        "mutable_children": mutable_children,
        "descendants": below - mutable_children,
        "intervened": mutable_children | (below - children),
    }


def minimax_condition(graph: nx.DiGraph, target: Hashable, env: Hashable) -> bool:
    r"""Whether all stable variables together have the smallest worst-case risk.

    It is enough that :math:`Y` has no edge into :math:`K`, see :func:`causal_components`. If it
    has one, stable variables carry information on the mechanisms that change, and a subset may be
    better.

    Args:
        graph (networkx.DiGraph): An acyclic graph of the target, the environment and all
            variables.
        target (Hashable): The node to be predicted.
        env (Hashable): The node of the environment, which has no parents.

    Raises:
        ValueError: As for :func:`causal_components`.

    Examples:
        >>> graph = nx.DiGraph([("E", "M"), ("Y", "M"), ("M", "X")])
        >>> minimax_condition(graph, "Y", "E")
        True
        >>> graph.add_edge("Y", "X")
        >>> minimax_condition(graph, "Y", "E")
        False
    """
    return not causal_components(graph, target, env)["descendants"].intersection(graph[target])
