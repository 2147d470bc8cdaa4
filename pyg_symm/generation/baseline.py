"""A baseline: graphs whose nodes and edges are independent."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.diffusion import draw
from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import Noise, unordered

from .config import GraphStatistics

_NODE, _EDGE = range(2)  # The first key of a random number is its purpose.


def independent_graphs(
    statistics: GraphStatistics, sizes: Tensor, generator: torch.Generator | Noise | None = None
) -> list[Data]:
    r"""Graphs with independent nodes and edges.

    The class of every node and every pair is drawn independently, with the frequencies of the data.

    Args:
        statistics (GraphStatistics): Of the data.
        sizes (torch.Tensor): The number of nodes of each graph :math:`(B)`, at least 1.
        generator (torch.Generator or Noise, optional): The source of randomness; one seed is drawn
            from a generator. A graph depends only on this seed, its position and its size.
            (default: PyTorch's default generator)

    Returns:
        list: Graphs as from :meth:`~pyg_symm.generation.PARD.sample`, each of a single block.

    Examples:
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> statistics = GraphStatistics.of([path], num_node_classes=1, num_edge_classes=2)
        >>> independent_graphs(statistics, torch.tensor([3, 5]))[1].num_nodes
        5
    """
    if sizes.numel() == 0 or int(sizes.min()) < 1:
        raise ValueError(f"'sizes' must be positive, and at least one (got {sizes.tolist()})")
    count, most = sizes.numel(), int(sizes.max())
    there = torch.arange(most) < sizes.unsqueeze(1)
    double: dict[str, Any] = {"dtype": torch.double}
    node_marginal = torch.tensor(statistics.node_marginal, **double)
    edge_marginal = torch.tensor(statistics.edge_marginal, **double)
    noise, graph, place = Noise.of(generator), torch.arange(count).view(-1, 1), torch.arange(most)
    node_noise = noise.uniform(_NODE, graph, place)
    edge_noise = noise.uniform(_EDGE, graph.unsqueeze(2), *unordered(place.unsqueeze(1), place))
    pair = there.unsqueeze(1) & there.unsqueeze(2) & ~torch.eye(most, dtype=torch.bool)
    node = draw(node_marginal.expand(count, most, -1), node_noise) * there
    edge = draw(edge_marginal.expand(count, most, most, -1), edge_noise) * pair
    return BlockGraphs.from_dense(node, edge, there.long() - 1).to_data_list()
