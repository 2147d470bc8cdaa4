"""Columns of a causal graph, in order and standardised."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from .acyclic import interventional_graph
from .columns import naturally_sorted


@dataclass(frozen=True)
class CausalTable:
    r"""Standardised columns of all variables and the target, in a topological order.

    Args:
        order (list): The variables and the target.
        parents (list): The columns of the parents of each column.
        values (numpy.ndarray): The standardised rows :math:`(n, D)`.
        mean (numpy.ndarray): The means of columns :math:`(D)`.
        scale (numpy.ndarray): The standard deviations of columns :math:`(D)`.
    """

    order: list[Hashable]
    parents: list[list[int]]
    values: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def build(
        cls,
        graph: nx.DiGraph,
        target: Hashable,
        env: Hashable,
        x: np.ndarray,
        names: Sequence[Hashable],
        y: np.ndarray,
    ) -> "CausalTable":
        r"""Takes the columns of a graph from a table.

        Args:
            graph (networkx.DiGraph): The causal graph.
            target (Hashable): The node of the target.
            env (Hashable): The node of the environment.
            x (numpy.ndarray): The table :math:`(n, d)`.
            names (list): The variables of its columns.
            y (numpy.ndarray): The values of the target :math:`(n)`.

        Raises:
            ValueError: If a column is constant.
        """
        below = interventional_graph(graph, [env])
        column = {name: x[:, i] for i, name in enumerate(names)} | {target: y}
        nodes = naturally_sorted(list(below))
        values = np.stack([column[node] for node in nodes], 1)
        mean, scale = values.mean(0), values.std(0)
        for node, least, spread in zip(nodes, np.abs(values).max(0), scale, strict=True):
            if not spread > 1e-12 * least:
                where = "'y'" if node == target else f"column {node!r} of 'X'"
                raise ValueError(f"{where} must not be constant (got {column[node][0]} only)")
        values = (values - mean) / scale
        # Random numbers go by the column: its place must not depend on names, signs or units.
        likeness = np.abs(values.T @ values[:, nodes.index(target)])
        rank = {nodes[i]: k for k, i in enumerate(np.argsort(-likeness, kind="stable").tolist())}
        order = list(nx.lexicographical_topological_sort(below, key=rank.__getitem__))
        place = {node: i for i, node in enumerate(order)}
        parents = [sorted(place[p] for p in below.predecessors(node)) for node in order]
        at = [nodes.index(node) for node in order]
        return cls(order, parents, values[:, at], mean[at], scale[at])

    def columns(self, nodes: Collection[Hashable]) -> list[int]:
        """The columns of some nodes, in order."""
        return [i for i, node in enumerate(self.order) if node in nodes]

    def standardised(self, x: np.ndarray, variables: Sequence[Hashable]) -> np.ndarray:
        r"""New rows of variables in any order, in the order and the units of this table."""
        column = {name: x[:, i] for i, name in enumerate(variables)}
        at = self.columns(variables)
        rows = np.stack([column[self.order[i]] for i in at], 1)
        return (rows - self.mean[at]) / self.scale[at]
