"""Families of random graphs, to train and evaluate graph generators."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

Range = tuple[int, int]


class Graph(NamedTuple):
    r"""A number of nodes, and each edge :math:`(E, 2)` once."""

    num_nodes: int
    edges: np.ndarray


class Family(Protocol):
    """What :class:`~pyg_symm.datasets.GenericGraphs` draws from."""

    #: How many graphs the papers use.
    num_graphs: ClassVar[int]

    def __call__(self, rng: np.random.Generator) -> Graph:
        """A graph of the family."""


@dataclass(frozen=True)
class Planar:
    r"""Delaunay triangulations of points uniform in the unit square.

    From `"SPECTRE" <https://arxiv.org/abs/2204.01613>`_: always planar and connected.

    Args:
        num_nodes (int, optional): At least 4. (default: :obj:`64`)
    """

    num_nodes: int = 64
    num_graphs: ClassVar[int] = 200

    def __post_init__(self) -> None:
        _check_least("num_nodes", self.num_nodes, 4)

    def __call__(self, rng: np.random.Generator) -> Graph:
        corners = Delaunay(rng.random((self.num_nodes, 2))).simplices
        sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
        return Graph(self.num_nodes, np.unique(np.sort(sides, axis=1), axis=0))


@dataclass(frozen=True)
class Tree:
    r"""Trees uniform among all labelled ones, drawn as Prüfer sequences.

    From `"Efficient and Scalable Graph Generation through Iterative Local Expansion"
    <https://arxiv.org/abs/2312.11529>`_.

    Args:
        num_nodes (int, optional): At least 2. (default: :obj:`64`)
    """

    num_nodes: int = 64
    num_graphs: ClassVar[int] = 200

    def __post_init__(self) -> None:
        _check_least("num_nodes", self.num_nodes, 2)

    def __call__(self, rng: np.random.Generator) -> Graph:
        parents = rng.integers(self.num_nodes, size=self.num_nodes - 2)
        left = np.bincount(parents, minlength=self.num_nodes) + 1
        edges = np.empty((self.num_nodes - 1, 2), dtype=np.int64)
        for i, parent in enumerate(parents):
            leaf = int(np.argmax(left == 1))
            edges[i] = leaf, parent
            left[leaf] -= 1
            left[parent] -= 1
        edges[-1] = np.flatnonzero(left == 1)
        return Graph(self.num_nodes, edges)


@dataclass(frozen=True)
class BlockModel:
    r"""Connected graphs of a stochastic block model.

    From `"SPECTRE" <https://arxiv.org/abs/2204.01613>`_. Numbers of communities and their sizes are
    uniform; a graph that is not connected is drawn again, sizes included.

    Args:
        num_communities (tuple, optional): Least and largest number. (default: :obj:`(2, 5)`)
        community_size (tuple, optional): Least and largest size. (default: :obj:`(20, 40)`)
        p_in (float, optional): Probability of an edge in a community. (default: :obj:`0.3`)
        p_out (float, optional): The same between two communities. (default: :obj:`0.005`)
    """

    num_communities: Range = (2, 5)
    community_size: Range = (20, 40)
    p_in: float = 0.3
    p_out: float = 0.005
    num_graphs: ClassVar[int] = 200

    def __post_init__(self) -> None:
        _check_range("num_communities", self.num_communities)
        _check_range("community_size", self.community_size)
        _check_probability("p_in", self.p_in)
        _check_probability("p_out", self.p_out)

    def __call__(self, rng: np.random.Generator) -> Graph:
        def draw() -> Graph:
            sizes = _uniform(rng, self.community_size, _uniform(rng, self.num_communities))
            block = np.repeat(np.arange(len(sizes)), sizes)
            p = np.where(block[:, None] == block, self.p_in, self.p_out)
            return Graph(block.size, np.argwhere(np.triu(rng.random(p.shape) < p, k=1)))

        return _first_connected(draw, self)


@dataclass(frozen=True)
class Grid:
    r"""Two-dimensional grids, each pair of sides once.

    From `"GraphRNN" <https://arxiv.org/abs/1802.08773>`_ and `"GRAN"
    <https://arxiv.org/abs/1910.00760>`_: as there, sides may be swapped, so that of the 100 graphs
    55 are different. They are a fixed list; a seed shuffles it.

    Args:
        rows (tuple, optional): Least and largest number of rows. (default: :obj:`(10, 19)`)
        columns (tuple, optional): Least and largest number of columns. (default: :obj:`(10, 19)`)
    """

    rows: Range = (10, 19)
    columns: Range = (10, 19)
    num_graphs: ClassVar[int] = 100

    def __post_init__(self) -> None:
        _check_range("rows", self.rows)
        _check_range("columns", self.columns)

    def __len__(self) -> int:
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)

    def at(self, position: int) -> Graph:
        """The graph at a position of the list."""
        row, column = divmod(position, self.columns[1] - self.columns[0] + 1)
        shape = self.rows[0] + row, self.columns[0] + column
        node = np.arange(shape[0] * shape[1]).reshape(shape)
        across = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], axis=1)
        down = np.stack([node[:-1].ravel(), node[1:].ravel()], axis=1)
        return Graph(node.size, np.concatenate([across, down]))

    def __call__(self, rng: np.random.Generator) -> Graph:
        return self.at(int(rng.integers(len(self))))


@dataclass(frozen=True)
class SmallGrid(Grid):
    r"""GraphRNN's small grids: 2 to 4 rows of 2 to 5 nodes, 12 graphs."""

    rows: Range = (2, 4)
    columns: Range = (2, 5)
    num_graphs: ClassVar[int] = 12


@dataclass(frozen=True)
class Community:
    r"""Two random graphs of equal size, and a few edges between.

    The set *community-small* of `"GraphRNN" <https://arxiv.org/abs/1802.08773>`_: both have
    :math:`n / 2` nodes, and :math:`0.05 n` edges go between, at least one. The paper says that an
    edge inside has probability 0.3; its code and the files that others train on have 0.7, which is
    the default here. A graph that is not connected is drawn again, its size included.

    Args:
        num_nodes (tuple, optional): Least and largest number :math:`n`. (default: :obj:`(12, 20)`)
        p_in (float, optional): Probability of an edge in a community. (default: :obj:`0.7`)
        between (float, optional): Edges between the communities, for each node of the graph.
            (default: :obj:`0.05`)
    """

    num_nodes: Range = (12, 20)
    p_in: float = 0.7
    between: float = 0.05
    num_graphs: ClassVar[int] = 100

    def __post_init__(self) -> None:
        _check_range("num_nodes", self.num_nodes, least=2)
        _check_probability("p_in", self.p_in)
        _check_probability("between", self.between)

    def __call__(self, rng: np.random.Generator) -> Graph:
        def draw() -> Graph:
            (num_nodes,) = _uniform(rng, self.num_nodes)
            block = np.arange(num_nodes) >= num_nodes // 2
            same = block[:, None] == block
            inside = np.argwhere(np.triu(same & (rng.random(same.shape) < self.p_in), k=1))
            pairs = np.argwhere(np.triu(~same))
            count = min(max(1, round(self.between * num_nodes)), len(pairs))
            chosen = pairs[rng.permutation(len(pairs))[:count]]
            return Graph(int(num_nodes), np.concatenate([inside, chosen]))

        return _first_connected(draw, self)


#: The families by name.
GENERIC_FAMILIES: dict[str, type[Family]] = {
    "planar": Planar,
    "sbm": BlockModel,
    "tree": Tree,
    "grid": Grid,
    "grid_small": SmallGrid,
    "community": Community,
}


def _uniform(rng: np.random.Generator, limits: Range, size: int | np.ndarray = 1) -> np.ndarray:
    return rng.integers(limits[0], limits[1], size=size, endpoint=True)


def _first_connected(draw: Callable[[], Graph], family: object, num_tries: int = 1000) -> Graph:
    for _ in range(num_tries):
        graph = draw()
        shape = (graph.num_nodes, graph.num_nodes)
        ones = np.ones(len(graph.edges))
        if connected_components(coo_array((ones, graph.edges.T), shape=shape))[0] == 1:
            return graph
    raise ValueError(
        f"None of {num_tries} graphs was connected: there are too few edges in {family}"
    )


def _check_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise ValueError(f"'{name}' must be at least {least} (got {value})")


def _check_range(name: str, limits: Range, least: int = 1) -> None:
    if len(limits) != 2 or not least <= limits[0] <= limits[1]:
        raise ValueError(
            f"'{name}' must be a least and a largest number, {least} or more (got {limits})"
        )


def _check_probability(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"'{name}' must be between 0 and 1 (got {value})")
