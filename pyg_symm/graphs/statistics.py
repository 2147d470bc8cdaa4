"""Numbers that describe the structure of a graph."""

import numpy as np
import torch
from torch import Tensor
from torch_geometric.utils import degree, remove_self_loops, scatter, to_undirected

from .edge_list import edge_list

STATISTICS = (
    "nodes",
    "edges",
    "components",
    "cycles",
    "triangles",
    "mean_degree",
    "std_degree",
    "max_degree",
    "leaves",
)


def graph_statistics(edge_index: Tensor, batch: Tensor, num_graphs: int) -> Tensor:
    r"""The values of :data:`STATISTICS` of each graph of a batch.

    Graphs are taken as simple and undirected. Cycles are independent ones: their number is that of
    edges minus nodes plus components. Leaves are nodes of degree one, as a share of all nodes.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        batch (torch.Tensor): The graph of each node :math:`(N)`.
        num_graphs (int): The number of graphs :math:`B`. A graph without nodes has zeros.

    Returns:
        torch.Tensor: Statistics :math:`(B, 9)` in double precision.

    Examples:
        >>> ring = torch.tensor([[0, 1, 2], [1, 2, 0]])
        >>> found = graph_statistics(ring, torch.zeros(3, dtype=torch.long), num_graphs=1)
        >>> dict(zip(STATISTICS, found[0].tolist()))  # doctest: +NORMALIZE_WHITESPACE
        {'nodes': 3.0, 'edges': 3.0, 'components': 1.0, 'cycles': 1.0, 'triangles': 1.0,
         'mean_degree': 2.0, 'std_degree': 0.0, 'max_degree': 2.0, 'leaves': 0.0}
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = batch.numel()
    # Each edge once, whatever it was multiplied or labelled with.
    edges = to_undirected(remove_self_loops(edge_list(edge_index)[0])[0], num_nodes=n)
    source, target = edges.cpu().numpy()
    adjacency = coo_matrix((np.ones(len(source)), (source, target)), (n, n)).tocsr()
    paths = (adjacency @ adjacency).multiply(adjacency).sum(1)
    part = torch.from_numpy(connected_components(adjacency, directed=False)[1]).long()
    first = torch.full((int(part.max()) + 1 if n else 0,), n).scatter_reduce(
        0, part, torch.arange(n), "amin"
    )

    def total(values: Tensor) -> Tensor:
        return scatter(values.double(), batch, 0, num_graphs, reduce="sum")

    degrees = degree(edges[0], n, torch.double)
    nodes = total(torch.ones(n, device=batch.device))
    size = nodes.clamp(min=1)
    count = total(degrees) / 2
    components = degree(batch[first.to(batch.device)], num_graphs, torch.double)
    mean = total(degrees) / size
    return torch.stack(
        [
            nodes,
            count,
            components,
            count - nodes + components,
            total(torch.from_numpy(paths).view(-1).to(batch.device)) / 6,
            mean,
            (total((degrees - mean[batch]).square()) / size).sqrt(),
            scatter(degrees, batch, 0, num_graphs, reduce="max"),
            total(degrees == 1) / size,
        ],
        dim=1,
    )
