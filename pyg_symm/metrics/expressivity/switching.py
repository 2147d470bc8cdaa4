"""Random pairs of graphs that colour refinement does not tell apart."""

from collections.abc import Callable

import networkx as nx
import torch
from torch import Tensor

from pyg_symm.graphs import refined_colors

from .graphs import from_edges
from .pairs import GraphPair


def switched_pairs(
    num_pairs: int = 30, num_nodes: int = 10, density: float = 0.6, seed: int = 0
) -> list[GraphPair]:
    r"""Pairs of random graphs whose nodes are not all alike.

    One graph is two copies of a random graph. In the other, edges :math:`(a, b)` and :math:`(c, d)`
    have become :math:`(a, d)` and :math:`(c, b)` where :math:`a, c` have one colour of the
    refinement and :math:`b, d` have one. Each node keeps how many neighbours of each colour it has,
    so that 1-WL gives both graphs the same colours. The first graph is switched as well, and pairs
    are kept that are connected and not isomorphic.

    Args:
        num_pairs (int, optional): The number of pairs. (default: :obj:`30`)
        num_nodes (int, optional): Nodes of each graph, even and at least 6. (default: :obj:`10`)
        density (float, optional): The probability of an edge within a copy. (default: :obj:`0.6`)
        seed (int, optional): The pairs are a function of it. (default: :obj:`0`)

    Raises:
        ValueError: If :obj:`num_nodes` is odd or too small, or if such pairs are too rare.

    Examples:
        >>> pair = switched_pairs(num_pairs=1)[0]
        >>> pair.name, pair.one.num_nodes
        ('switched 1', 10)
    """
    if num_nodes < 6 or num_nodes % 2:
        raise ValueError(f"'num_nodes' must be even and at least 6 (got {num_nodes})")

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        half = num_nodes // 2
        upper = torch.rand(half, half, generator=generator).triu(1)
        edges = (upper > 1 - density).nonzero().t()
        edges = torch.cat([edges, edges + half], dim=1)
        return _switched(edges, num_nodes, generator), _switched(edges, num_nodes, generator)

    return _pairs("switched", num_pairs, num_nodes, seed, draw)


def regular_pairs(
    num_pairs: int = 30, num_nodes: int = 10, degree: int = 4, seed: int = 0
) -> list[GraphPair]:
    r"""Pairs of connected random graphs whose nodes all have one degree.

    Args:
        num_pairs (int, optional): The number of pairs. (default: :obj:`30`)
        num_nodes (int, optional): Nodes of each graph. (default: :obj:`10`)
        degree (int, optional): The degree. Its product with :obj:`num_nodes` must be even.
            (default: :obj:`4`)
        seed (int, optional): The pairs are a function of it. (default: :obj:`0`)

    Raises:
        ValueError: If there are no such graphs, or too few to find pairs.

    Examples:
        >>> pair = regular_pairs(num_pairs=1)[0]
        >>> pair.name, pair.one.num_edges
        ('regular 1', 40)
    """
    if not 0 < degree < num_nodes or degree * num_nodes % 2:
        raise ValueError(
            f"'degree' must be below 'num_nodes' and their product even (got {degree}, {num_nodes})"
        )

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        seeds = torch.randint(2**31, (2,), generator=generator).tolist()
        one, other = (
            torch.tensor(list(nx.random_regular_graph(degree, num_nodes, seed).edges())).t()
            for seed in seeds
        )
        return one, other

    return _pairs("regular", num_pairs, num_nodes, seed, draw)


def _pairs(
    name: str,
    num_pairs: int,
    num_nodes: int,
    seed: int,
    draw: Callable[[torch.Generator], tuple[Tensor, Tensor]],
) -> list[GraphPair]:
    generator = torch.Generator().manual_seed(seed)
    found: list[GraphPair] = []
    for _ in range(100 * num_pairs):
        if len(found) == num_pairs:
            break
        one, other = draw(generator)
        graphs = [nx.Graph(edges.t().tolist()) for edges in (one, other)]
        if all(len(graph) == num_nodes and nx.is_connected(graph) for graph in graphs):
            if not nx.is_isomorphic(*graphs):
                data = (from_edges(edges, num_nodes) for edges in (one, other))
                found.append(GraphPair(f"{name} {len(found) + 1}", *data))
    if len(found) < num_pairs:
        raise ValueError(f"'num_pairs' is too large: only {len(found)} were found")
    return found


def _switched(edges: Tensor, num_nodes: int, generator: torch.Generator) -> Tensor:
    """Edges [2, E] after switches that keep the stable colours of all nodes."""
    if edges.numel() == 0:
        return edges
    color = torch.zeros(num_nodes, dtype=torch.long)
    color = refined_colors(color, torch.cat([edges, edges.flip(0)], dim=1))
    colors = color.tolist()
    pairs = [tuple(edge) for edge in edges.t().tolist()]
    present = {frozenset(pair) for pair in pairs}
    tries = torch.randint(2 * len(pairs), (2 * len(pairs), 2), generator=generator).tolist()
    for i, j in tries:
        i, j, flip = i // 2, j // 2, j % 2
        (a, b), (c, d) = pairs[i], pairs[j][::-1] if flip else pairs[j]
        old, new = {frozenset((a, b)), frozenset((c, d))}, {frozenset((a, d)), frozenset((c, b))}
        alike = colors[a] == colors[c] and colors[b] == colors[d]
        if alike and a != d and c != b and len(new) == 2 and not new & present:
            pairs[i], pairs[j] = (a, d), (c, b)
            present = (present - old) | new
    return torch.tensor(pairs).t()
