"""Causal graphs from data of several environments."""

import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import networkx as nx
import numpy as np

from .columns import read_table, read_target
from .environments import environment_numbers

Edge = tuple[Hashable, Hashable]


def discover_graph(
    x: np.ndarray,
    y: np.ndarray,
    env: np.ndarray,
    names: Sequence[Hashable],
    target: Hashable = "Y",
    env_name: Hashable = "E",
    alpha: float = 0.05,
    test: str = "fisherz",
    max_rows: int = 500,
    seed: int = 0,
) -> nx.DiGraph:
    r"""Finds a causal graph by CD-NOD: tests of independence with the environment as a variable.

    Needs `causal-learn <https://causal-learn.readthedocs.io>`_. Tests leave the direction of some
    edges open. Those of the environment lead away from it; others are directed so that there is no
    cycle and no new collider, with a warning that names them: check them. From `Causal Discovery
    from Heterogeneous/Nonstationary Data <https://arxiv.org/abs/1903.01672>`_.

    Args:
        x (numpy.ndarray): The variables :math:`(n, d)`.
        y (numpy.ndarray): The target :math:`(n)`.
        env (numpy.ndarray): The number of the environment of each row :math:`(n)`.
        names (list): The names of the variables.
        target (str, optional): The name of the target. (default: :obj:`"Y"`)
        env_name (str, optional): The name of the environment. (default: :obj:`"E"`)
        alpha (float, optional): The level of the tests. (default: :obj:`0.05`)
        test (str, optional): ``"fisherz"`` for linear relations, or ``"kci"`` for all, whose time
            grows with the cube of the number of rows. (default: :obj:`"fisherz"`)
        max_rows (int, optional): Rows that ``"kci"`` takes at most, at random.
            (default: :obj:`500`)
        seed (int, optional): The seed of the choice of rows. (default: :obj:`0`)

    Raises:
        ImportError: If causal-learn is not installed.
        ValueError: If the edges cannot be directed without a cycle or a new collider.
    """
    try:
        from causallearn.search.ConstraintBased.CDNOD import cdnod
    except ImportError as error:
        raise ImportError(
            'causal discovery needs causal-learn: pip install "pyg_symm[discovery]"'
        ) from error
    rows = np.arange(len(y))
    if test == "kci" and len(rows) > max_rows:
        rows = np.sort(np.random.default_rng(seed).choice(rows, max_rows, replace=False))
    data = np.column_stack([x, y])[rows]
    nodes = [*names, target, env_name]
    found = cdnod(data, env[rows].reshape(-1, 1), alpha, test, show_progress=False).G.graph
    directed: set[Edge] = set()
    open_edges: set[frozenset[Hashable]] = set()
    for i, j in zip(*np.nonzero(np.triu(found != 0)), strict=True):
        ends = (int(found[i, j]), int(found[j, i]))
        if env_name in (nodes[i], nodes[j]):
            directed.add((env_name, nodes[i] if nodes[j] == env_name else nodes[j]))
        elif ends == (-1, 1):
            directed.add((nodes[i], nodes[j]))
        elif ends == (1, -1):
            directed.add((nodes[j], nodes[i]))
        else:
            open_edges.add(frozenset((nodes[i], nodes[j])))
    if open_edges:
        shown = sorted(" - ".join(sorted(map(str, edge))) for edge in open_edges)
        warnings.warn(
            f"the data do not tell the direction of {', '.join(shown)}; one that fits is taken",
            stacklevel=2,
        )
    return directed_graph(nodes, directed, open_edges)


def graph_of(
    model: Any, table: Any, given: Sequence[Hashable] | None, y: Any, env: Any
) -> nx.DiGraph:
    r"""The graph of a regressor: its own, one made from names, or one that is found in the data.

    Args:
        model (CausalMinimaxRegressor): The regressor.
        table (DataFrame or numpy.ndarray): The variables :math:`(n, d)`.
        given (list, optional): The names of its columns. (default: x0, x1, ...)
        y (array): The target :math:`(n)`.
        env (array, optional): The environment of each row :math:`(n)`.

    Raises:
        ValueError: If the graph is something else, or is to be found without environments.
    """
    if isinstance(model.graph, nx.Graph):
        return model.graph
    names = given or [f"x{i}" for i in range(table.shape[1])]
    if callable(model.graph):
        return model.graph(names)
    if model.graph != "cdnod":
        raise ValueError(
            "'graph' must be a networkx.DiGraph, a function that makes one, or 'cdnod' "
            f"(got {model.graph!r})"
        )
    if env is None:
        raise ValueError("'env' must be given to find a graph (got None)")
    x = read_table(table)[0]
    labels = environment_numbers(env, len(x))[1]
    return discover_graph(x, read_target(y, len(x)), labels, names, model.target, model.env)


def directed_graph(
    nodes: Sequence[Hashable], directed: set[Edge], open_edges: set[frozenset[Hashable]]
) -> nx.DiGraph:
    r"""Directs edges so that there is no cycle and no new collider (Dor and Tarsi).

    Args:
        nodes (list): All nodes.
        directed (set): The edges with a direction.
        open_edges (set): The edges without one.

    Raises:
        ValueError: If there is no such graph.

    Examples:
        >>> list(directed_graph("ABC", {("A", "B")}, {frozenset("BC")}).edges)
        [('A', 'B'), ('B', 'C')]
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(directed)
    arrows, lines, left = set(directed), set(open_edges), list(nodes)

    def near(node: Hashable) -> set[Hashable]:
        pairs = [*(set(edge) for edge in arrows), *(set(edge) for edge in lines)]
        return set().union(*(pair for pair in pairs if node in pair)) - {node}

    while left:
        for node in left:
            around = {other for edge in lines if node in edge for other in edge if other != node}
            # A node that nothing leaves, and whose open neighbours are next to all others.
            if all(source != node for source, _ in arrows) and all(
                near(node) - {other} <= near(other) for other in around
            ):
                break
        else:
            raise ValueError("the edges have no directions without a cycle or a new collider")
        graph.add_edges_from((other, node) for other in around)
        left.remove(node)
        arrows = {edge for edge in arrows if node not in edge}
        lines = {edge for edge in lines if node not in edge}
    return graph
