"""All baselines for the variables of one graph."""

from collections.abc import Hashable
from typing import Any

import networkx as nx

from pyg_symm.causal.components import causal_components

from .anchor import AnchorRegression
from .base import LinearBaseline
from .group_dro import GroupDRO
from .irm import IRMv1
from .pooled import PooledRidge


def baselines_of(
    graph: nx.DiGraph, target: Hashable = "Y", env: Hashable = "E", **options: Any
) -> dict[str, LinearBaseline]:
    r"""All baselines by name, for tables whose columns are named as the nodes of a graph.

    Args:
        graph (networkx.DiGraph): An acyclic graph of the target, the environment and all
            variables.
        target (Hashable, optional): The node to be predicted. (default: :obj:`"Y"`)
        env (Hashable, optional): The node of the environment. (default: :obj:`"E"`)
        **options (optional): ``num_features``, ``penalty`` and ``random_state`` of all.

    Returns:
        dict: Pooled ridge regression on all variables, on the parents of the target and on stable
        variables, and anchor regression, IRM and group DRO on all variables.

    Raises:
        ValueError: As for :func:`~pyg_symm.causal.causal_components`.

    Examples:
        >>> graph = nx.DiGraph([("E", "M"), ("Y", "M"), ("X", "Y")])
        >>> for name, model in baselines_of(graph, num_features=0).items():
        ...     print(name, model.variables)
        pooled ridge ['M', 'X']
        parents only ['X']
        pooled on stable ['X']
        anchor regression ['M', 'X']
        IRMv1 ['M', 'X']
        group DRO ['M', 'X']
    """
    stable = causal_components(graph, target, env)["stable"]
    variables = [node for node in graph if node not in (target, env)]
    options = {"env": env, **options}
    return {
        "pooled ridge": PooledRidge(variables, **options),
        "parents only": PooledRidge(list(graph.predecessors(target)), **options),
        "pooled on stable": PooledRidge([v for v in variables if v in stable], **options),
        "anchor regression": AnchorRegression(variables=variables, **options),
        "IRMv1": IRMv1(variables=variables, **options),
        "group DRO": GroupDRO(variables=variables, **options),
    }
