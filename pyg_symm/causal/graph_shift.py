"""Graphs and molecules as tables of descriptors, with an environment for each row."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch_geometric.data import Data

from pyg_symm.chem import DESCRIPTORS
from pyg_symm.chem.counts import COUNTS
from pyg_symm.graphs.statistics import STATISTICS

from .columns import read_table, read_target
from .descriptors import describe_graphs, describe_molecules
from .environments import environment_numbers


@dataclass(frozen=True, repr=False)
class GraphShift:
    r"""Descriptors of graphs, a target, and environments in which the descriptors shift.

    The parts are what :meth:`CausalMinimaxRegressor.fit <pyg_symm.causal.CausalMinimaxRegressor>`
    and the baselines take. Columns may be anything that is computed for a graph, such as channels
    of the embedding of a trained network.

    Args:
        X (numpy.ndarray): Descriptors :math:`(n, d)`.
        names (list): The name of each descriptor.
        y (numpy.ndarray): The target :math:`(n)`.
        env (numpy.ndarray): The environment of each row :math:`(n)`.
        index (numpy.ndarray): The graph that each row is of, by its number :math:`(n)`. Molecules
            that could not be read have no row.

    Examples:
        >>> smiles = ["Cc1ccccc1", "CCc1ccccc1O", "C1CC1C", "NC1CC1CC"]
        >>> shift = GraphShift.from_smiles(smiles, "logP", min_count=2)
        >>> shift
        GraphShift(4, descriptors=11, environments=2)
        >>> shift.environments
        {'C1CC1': 2, 'c1ccccc1': 2}
        >>> shift.pick(["rings", "aromatic_rings"]).X
        array([[1., 1.],
               [1., 1.],
               [1., 0.],
               [1., 0.]])
    """

    X: np.ndarray
    names: tuple[str, ...]
    y: np.ndarray
    env: np.ndarray
    index: np.ndarray

    @classmethod
    def from_smiles(
        cls,
        smiles: Sequence[str],
        y: str | Any,
        env: str | Any = "scaffold",
        min_count: int = 20,
        columns: Mapping[str, Any] | None = None,
    ) -> "GraphShift":
        r"""Counts and properties of molecules.

        Descriptors are those of :data:`~pyg_symm.chem.counts.COUNTS` and
        :data:`~pyg_symm.chem.DESCRIPTORS`.

        Args:
            smiles (list): Molecules. Those that rdkit refuses are left out.
            y (str or array): The target :math:`(n)`, or the name of a descriptor, which is then no
                column.
            env (str or array, optional): The environment of each molecule :math:`(n)`, such as its
                source, or ``"scaffold"``: its rings and what links them. (default:
                :obj:`"scaffold"`)
            min_count (int, optional): Environments with fewer molecules become one, ``"other"``.
                (default: :obj:`20`)
            columns (dict, optional): More columns :math:`(n)` by name.

        Raises:
            ValueError: If no molecule is left, or the target, environments or columns do not fit.
        """
        names = COUNTS + DESCRIPTORS
        if isinstance(y, str) and y not in names:
            raise ValueError(f"'y' must be an array or one of {', '.join(names)} (got {y!r})")
        if isinstance(env, str) and env != "scaffold":
            raise ValueError(f"'env' must be an array or 'scaffold' (got {env!r})")
        num, columns = len(smiles), dict(columns or {})
        _check(min_count, columns, num, names)
        # Before the molecules are read, which takes longest.
        target = None if isinstance(y, str) else read_target(y, num)
        labels = None if isinstance(env, str) else _labels(env, num)
        table = describe_molecules(smiles)
        if target is None:
            target = table.values[:, names.index(y)]
        else:
            target = target[table.kept]
        own = table.scaffolds if labels is None else labels[table.kept].tolist()
        found = cls(table.values, names, target, _merged(own, min_count), table.kept)
        picked = [name for name in names if not isinstance(y, str) or name != y]
        return found.pick(picked).joined(_rows_of(columns, table.kept))

    @classmethod
    def from_graphs(
        cls,
        graphs: Sequence[Data],
        env: Any,
        y: Any = None,
        min_count: int = 1,
        columns: Mapping[str, Any] | None = None,
    ) -> "GraphShift":
        r"""Sizes, cycles and degrees of graphs, :data:`~pyg_symm.graphs.statistics.STATISTICS`.

        Args:
            graphs (list): Graphs of PyG, or a data set of them.
            env (array): The environment of each graph :math:`(n)`.
            y (array, optional): The target :math:`(n)`. (default: ``y`` of each graph, one number)
            min_count (int, optional): Environments with fewer graphs become one, ``"other"``.
                (default: :obj:`1`)
            columns (dict, optional): More columns :math:`(n)` by name.

        Raises:
            ValueError: If there is no graph, or the target, environments or columns do not fit.
        """
        num, columns = len(graphs), dict(columns or {})
        _check(min_count, columns, num, STATISTICS)
        if y is None:
            if any(graph.y is None or graph.y.numel() != 1 for graph in graphs):
                raise ValueError("'y' must be given: not every graph has one number as its 'y'")
            y = [float(graph.y) for graph in graphs]
        target, labels = read_target(y, num), _merged(_labels(env, num).tolist(), min_count)
        table = describe_graphs(graphs)
        found = cls(table.values, table.names, target, labels, table.kept)
        return found.joined(_rows_of(columns, table.kept))

    def joined(self, columns: Mapping[str, Any]) -> "GraphShift":
        r"""With more columns.

        Args:
            columns (dict): Columns :math:`(n)` by name.

        Raises:
            ValueError: If a name is taken, or a column has another shape or is not finite.
        """
        values, names = [self.X], list(self.names)
        _check_names(columns, names)
        for name, column in columns.items():
            column = torch.as_tensor(column).detach().cpu().double().numpy()
            if column.shape != (len(self),):
                shape = list(column.shape)
                raise ValueError(
                    f"'columns' must have shape [{len(self)}] (got {shape} for {name!r})"
                )
            values.append(read_table(column[:, None], name)[0])
            names.append(name)
        return GraphShift(np.concatenate(values, 1), tuple(names), self.y, self.env, self.index)

    def pick(self, names: Sequence[str]) -> "GraphShift":
        r"""With some of the columns.

        Raises:
            ValueError: If there is no such column.
        """
        if unknown := [str(name) for name in names if name not in self.names]:
            raise ValueError(f"'names' must be among {', '.join(self.names)} (got {unknown[0]})")
        at = [self.names.index(name) for name in names]
        return GraphShift(self.X[:, at], tuple(names), self.y, self.env, self.index)

    def varying(self) -> "GraphShift":
        """Without columns of one value, which no regression can use."""
        return self.pick([n for n, x in zip(self.names, self.X.T, strict=True) if np.ptp(x) > 0])

    def take(self, rows: Any) -> "GraphShift":
        """Some of the rows, by their numbers or a mask."""
        x, y, env, index = (part[rows] for part in (self.X, self.y, self.env, self.index))
        return GraphShift(x, self.names, y, env, index)

    def split(self, share: float = 0.5, seed: int = 0) -> tuple["GraphShift", "GraphShift"]:
        r"""Rows of some environments, drawn at random, and rows of the others.

        Args:
            share (float, optional): The share of environments in the first part; at least one is
                in each. (default: :obj:`0.5`)
            seed (int, optional): The seed. (default: :obj:`0`)

        Raises:
            ValueError: If there is one environment, or the share is not between zero and one.
        """
        if not 0 < share < 1:
            raise ValueError(f"'share' must be between 0 and 1 (got {share})")
        num = len(self.environments)
        if num < 2:
            raise ValueError(f"'env' must have at least two environments (got {num})")
        first = min(num - 1, max(1, round(share * num)))
        order = np.random.RandomState(seed).permutation(num)
        mine = np.isin(environment_numbers(self.env, len(self))[1], order[:first])
        return self.take(mine), self.take(~mine)

    @property
    def environments(self) -> dict[Hashable, int]:
        """The number of rows of each environment."""
        labels, number = environment_numbers(self.env, len(self))
        return dict(zip(labels, np.bincount(number).tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({len(self)}, descriptors={len(self.names)}, "
            f"environments={len(self.environments)})"
        )


def _check(min_count: int, columns: Mapping[str, Any], num: int, names: Sequence[str]) -> None:
    """Checks what is not looked at until all graphs are described."""
    if min_count < 1:
        raise ValueError(f"'min_count' must be positive (got {min_count})")
    if num == 0:
        raise ValueError("there must be at least one graph or molecule (got none)")
    _check_names(columns, names)
    for name, column in columns.items():
        if len(column) != num:
            raise ValueError(f"'columns' must have shape [{num}] (got {len(column)} for {name!r})")


def _check_names(columns: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in columns:
        if name in names:
            raise ValueError(f"'columns' must have other names than descriptors (got {name!r})")


def _rows_of(columns: Mapping[str, Any], kept: np.ndarray) -> dict[str, Any]:
    """Columns of all graphs, for those that have a row."""
    rows = torch.from_numpy(kept)
    return {name: torch.as_tensor(column)[rows] for name, column in columns.items()}


def _labels(env: Any, num: int) -> np.ndarray:
    """The environment of each graph, which must be there for all."""
    labels, number = environment_numbers(env, num)
    return np.array(labels)[number]


def _merged(labels: Sequence[Hashable], min_count: int) -> np.ndarray:
    """Labels, with those of few rows as one."""
    counts = Counter(labels)
    if min(counts.values()) >= min_count:
        return np.array(labels)
    return np.array([str(x) if counts[x] >= min_count else "other" for x in labels])
