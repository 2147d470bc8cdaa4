"""Pairs of graphs that are not isomorphic, and that message passing cannot tell apart."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch_geometric.data import Data

from .graphs import cayley_graph, from_edges, generalized_petersen_graph


@dataclass(frozen=True)
class GraphPair:
    r"""Two graphs that are not isomorphic.

    Args:
        name (str): What the graphs are.
        one (Data): A graph with node features :obj:`x` and both directions of each edge.
        other (Data): The other.
        threshold (float, optional): The relative gap between read-outs above which the two count
            as told apart. (default: decided by the measured round-off)
    """

    name: str
    one: Data
    other: Data
    threshold: float | None = None


def _cycles(length: int) -> tuple[Data, Data]:
    return cayley_graph([2 * length], [[1]]), cayley_graph([2 * length], [[2]])


def _skip_links(one: int, other: int) -> tuple[Data, Data]:
    return cayley_graph([41], [[1], [one]]), cayley_graph([41], [[1], [other]])


def _decalin() -> tuple[Data, Data]:
    ring = torch.arange(5)
    rings = torch.stack(
        [torch.cat([ring, ring + 5]), torch.cat([ring.roll(-1), ring.roll(-1) + 5])]
    )
    bond = torch.tensor([[0], [5]])
    cycle = cayley_graph([10], [[1]]).edge_index
    return from_edges(torch.cat([cycle, bond], 1), 10), from_edges(torch.cat([rings, bond], 1), 10)


def _rook() -> tuple[Data, Data]:
    rook = [[0, 1], [0, 2], [1, 0], [2, 0]]
    return cayley_graph([4, 4], rook), cayley_graph([4, 4], [[0, 1], [1, 0], [1, 1]])


_BUILDERS: dict[str, Callable[[], tuple[Data, Data]]] = {
    "C6 / 2 C3": lambda: _cycles(3),
    "C8 / 2 C4": lambda: _cycles(4),
    "C10 / 2 C5": lambda: _cycles(5),
    "C14 / 2 C7": lambda: _cycles(7),
    "K3,3 / prism": lambda: (cayley_graph([6], [[1], [3]]), generalized_petersen_graph(3, 1)),
    "decalin / bicyclopentyl": _decalin,
    "CSL(41) 2 / 3": lambda: _skip_links(2, 3),
    "CSL(41) 3 / 4": lambda: _skip_links(3, 4),
    "CSL(41) 3 / 5": lambda: _skip_links(3, 5),
    "CSL(41) 9 / 11": lambda: _skip_links(9, 11),
    "CSL(41) 13 / 16": lambda: _skip_links(13, 16),
    "Petersen / 5-prism": lambda: (
        generalized_petersen_graph(5, 2),
        generalized_petersen_graph(5, 1),
    ),
    "dodecahedron / Desargues": lambda: (
        generalized_petersen_graph(10, 2),
        generalized_petersen_graph(10, 3),
    ),
    "rook / Shrikhande": _rook,
}


def _builder(name: str) -> Callable[[], GraphPair]:
    return lambda: GraphPair(name, *_BUILDERS[name]())


#: Builds each of the pairs by its name: cycles, cubic graphs, the carbon skeletons of two
#: molecules, circular skip links of 41 nodes (skips 1 and :math:`R`), and the 4x4 rook's graph
#: beside the Shrikhande graph, both strongly regular (16, 6, 2, 2).
PAIRS: dict[str, Callable[[], GraphPair]] = {name: _builder(name) for name in _BUILDERS}
