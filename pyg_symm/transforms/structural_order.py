"""The structural partial order as data."""

import torch
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import BaseTransform

from pyg_symm.graphs import structural_order
from pyg_symm.graphs.structural_order import check_arguments


class StructuralOrder(BaseTransform):
    r"""Sorts the nodes of a graph into blocks by its structure alone.

    From `"PARD: Permutation-Invariant Autoregressive Diffusion for Graph Generation"
    <https://arxiv.org/abs/2402.03687>`_: repeatedly, all nodes with the lowest score are removed
    from the graph, until none is left. The removed sets, in reverse order, are the blocks. With
    :math:`A` the adjacency of what is left and :math:`n` the nodes of the whole graph, the score
    packs counts of walks,

    .. math::
        x_0 = 1, \quad x_k = (I + A)\, x_{k-1}, \quad w = \sum_{k=1}^{K} x_k\, n^{K-k}.

    The order commutes with relabelling: nodes that a symmetry of the graph exchanges share a
    block, so that a regular graph is a single block. Isolated nodes come last. Bonds and labels,
    directions, repeated edges and self loops do not count. Nothing is padded: blocks are rows of
    ragged vectors, and the nodes keep their numbers.

    Sets ``block_id`` :math:`(N)`, 0 for the first block to generate, and ``num_blocks``. Two nodes
    of blocks :math:`i` and :math:`j` are :math:`|i - j|` apart in the order, which networks see as
    a relative code. All graphs of a batch are sorted at once.

    Args:
        max_hops (int, optional): The number of hops :math:`K`; with 0, the graph is one block.
            (default: :obj:`3`)
        score (str, optional): ``"walk"`` counts walks, as published models do; ``"hop"`` counts the
            nodes within :math:`k` hops, as the paper says. Both agree up to :math:`K = 1`.
            (default: ``"walk"``)
        order (str, optional): ``"packed"`` compares the number :math:`w`; ``"lex"`` compares
            :math:`(x_1, \dots, x_K)` one by one, which may differ from :math:`K = 3` on and needs
            no room for :math:`n^K`. (default: ``"packed"``)

    Raises:
        ValueError: If the graph has no nodes, or so many that :math:`K n^K` exceeds 64 bits.

    Examples:
        >>> edge_index = torch.tensor([[0, 1, 2, 2, 3], [1, 2, 0, 3, 4]])
        >>> data = StructuralOrder(max_hops=3)(Data(edge_index=edge_index, num_nodes=5))
        >>> data.block_id, data.num_blocks
        (tensor([0, 0, 0, 1, 2]), 3)
    """

    def __init__(self, max_hops: int = 3, score: str = "walk", order: str = "packed") -> None:
        check_arguments(max_hops, score, order)
        self.max_hops = max_hops
        self.score = score
        self.order = order

    def forward(self, data: Data) -> Data:
        edge_index = data.edge_index
        if edge_index is None:
            raise ValueError(f"'data' has no 'edge_index' (got {data})")
        single = not isinstance(data, Batch)
        ptr = torch.tensor([0, data.num_nodes], device=edge_index.device) if single else data.ptr
        if data.num_nodes == 0:
            raise ValueError(f"'data' has no nodes (got {data})")
        blocks = structural_order(edge_index, ptr, self.max_hops, self.score, self.order)
        data.block_id = blocks.block_id
        data.num_blocks = int(blocks.num_blocks) if single else blocks.num_blocks
        return data

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(max_hops={self.max_hops}, score='{self.score}', "
            f"order='{self.order}')"
        )
