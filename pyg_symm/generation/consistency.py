"""Whether graphs were generated along their own structural order."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from pyg_symm.graphs import structural_order


def path_consistency(graphs: Sequence[Data], max_hops: int = 3) -> Tensor:
    r"""Returns for each graph whether it was generated along its own structural order.

    A model may also generate a graph by other sequences of blocks. The share of graphs that follow
    their own order, the path consistency, limits how tight the bound of
    :meth:`~pyg_symm.generation.PARD.log_likelihood` can be. It is 1 for a perfect model.

    Args:
        graphs (list): Graphs with ``block_id``, as they come from a sampler.
        max_hops (int, optional): Hops of the structural order. (default: :obj:`3`)

    Returns:
        torch.Tensor: For each graph, whether the blocks agree.

    Raises:
        ValueError: If a graph has no ``block_id``.
    """
    if len(graphs) == 0:
        return torch.zeros(0, dtype=torch.bool)
    if without := [data for data in graphs if "block_id" not in data]:
        raise ValueError(f"'graphs' must have 'block_id' (got {without[0]})")
    batch = Batch.from_data_list(list(graphs))
    own = structural_order(batch.edge_index, batch.ptr, max_hops).block_id
    differs = torch.zeros(batch.num_graphs, dtype=torch.long, device=own.device)
    differs.index_add_(0, batch.batch, (own != batch.block_id).long())
    return differs == 0
