"""Provably powerful graph networks, without padding."""

import torch
from torch import Tensor
from torch_geometric.nn import MLP
from torch_geometric.nn.inits import reset
from torch_geometric.nn.resolver import normalization_resolver
from torch_geometric.utils import scatter

from pyg_symm.graphs.edge_list import check_nodes, edge_list
from pyg_symm.groups import matmul
from pyg_symm.utils import TuplePlan, check_batch, check_sizes, index_to_ptr

from ...conv.spen_conv import check_edge_attr


class PPGN(torch.nn.Module):
    r"""The network from the `"Provably Powerful Graph Networks"
    <https://arxiv.org/abs/1905.11136>`_ paper, which multiplies the matrices of all pairs of nodes.

    .. math::
        \mathbf{X}' = m_3 \left( \left[ \mathbf{X}, \, m_1(\mathbf{X}) \cdot m_2(\mathbf{X})
        \right] \right)

    channel by channel, with networks :math:`m_i` on each pair. It takes memory
    :math:`O(N^2)` and time :math:`O(N^3)` a graph; graphs of a batch keep their own sizes. A
    logit of the graph is the sum over layers of a linear read-out of the maximum over the diagonal
    and the maximum over all other pairs.

    Args:
        in_channels (int): Size of each node's features.
        hidden_channels (int): Size of the features of pairs in between.
        num_layers (int): The number of blocks.
        out_channels (int): Size of each output sample.
        edge_dim (int, optional): Size of edge features. (default: :obj:`None`)
        dropout (float, optional): Dropout of the read-outs. (default: :obj:`0.`)
        norm (str, optional): Normalisation behind each block, by PyG's name.
            (default: ``"batch"``)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** node features :math:`(N, F)`, edges :math:`(2, E)`, the graph of each node
          :math:`(N)` in ascending order, edge features :math:`(E, D)`
        - **output:** :math:`(G, C)`

    Examples:
        >>> model = PPGN(8, 16, num_layers=2, out_channels=3)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> model(torch.randn(3, 8), edge_index).shape
        torch.Size([1, 3])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        num_layers: int,
        out_channels: int,
        edge_dim: int | None = None,
        dropout: float = 0.0,
        norm: str | None = "batch",
    ) -> None:
        super().__init__()
        check_sizes(1, num_layers=num_layers)
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        self.num_layers, self.out_channels = num_layers, out_channels
        self.edge_dim = edge_dim
        first = in_channels + (edge_dim or 1)
        self.blocks = torch.nn.ModuleList(
            _Block(first if i == 0 else hidden_channels, hidden_channels, norm)
            for i in range(num_layers)
        )
        self.heads = torch.nn.ModuleList(
            torch.nn.Linear(2 * hidden_channels, out_channels) for _ in range(num_layers)
        )
        self.dropout = torch.nn.Dropout(dropout)

    def reset_parameters(self) -> None:
        for module in self.children():
            reset(module)

    def forward(
        self,
        x: Tensor,
        edge_index: Tensor,
        batch: Tensor | None = None,
        edge_attr: Tensor | None = None,
        batch_size: int | None = None,
    ) -> Tensor:
        """"""  # noqa: D419
        edge_index, _ = edge_list(edge_index)
        check_nodes(edge_index, x.size(0))
        check_batch(batch, x.size(0))
        batch = edge_index.new_zeros(x.size(0)) if batch is None else batch
        if bool((batch[1:] < batch[:-1]).any()):
            raise ValueError("'batch' must be ascending, graph by graph")
        if bool((batch[edge_index[0]] != batch[edge_index[1]]).any()):
            raise ValueError("'edge_index' must not join nodes of two graphs of 'batch'")
        if batch_size is None:
            batch_size = int(batch.max()) + 1 if batch.numel() > 0 else 0
        plan = TuplePlan.from_ptr(index_to_ptr(batch, batch_size))
        state = self._enter(x, edge_index, edge_attr, plan)
        graph = batch[plan.rows.index]
        # Pairs of the diagonal by graph, then the others by graph.
        group = graph + batch_size * (plan.rows.index != plan.cols.index)
        out = x.new_zeros(batch_size, self.out_channels)
        for block, head in zip(self.blocks, self.heads, strict=True):
            state = block(state, plan)
            pooled = scatter(state, group, dim=0, dim_size=2 * batch_size, reduce="max")
            out = out + self.dropout(head(torch.cat(pooled.chunk(2), dim=-1)))
        return out

    def _enter(
        self, x: Tensor, edge_index: Tensor, edge_attr: Tensor | None, plan: TuplePlan
    ) -> Tensor:
        """Node features on the diagonal, edge features on the edges."""
        num_edges = edge_index.size(1)
        check_edge_attr(edge_attr, self.edge_dim, num_edges)
        edge_attr = x.new_ones(num_edges, 1) if edge_attr is None else edge_attr
        state = x.new_zeros(plan.num_pairs, x.size(1) + edge_attr.size(1))
        state[plan.diagonal.rows, : x.size(1)] = x
        state[:, x.size(1) :].index_add_(0, plan.pair_of(*edge_index), edge_attr)
        return state

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.hidden_channels}, "
            f"num_layers={self.num_layers}, out_channels={self.out_channels})"
        )


class _Block(torch.nn.Module):
    """Two networks on each pair, their product, a network on both."""

    def __init__(self, in_channels: int, out_channels: int, norm: str | None) -> None:
        super().__init__()
        sizes = [in_channels, out_channels, out_channels]
        self.left = MLP(sizes, norm=None, plain_last=False)
        self.right = MLP(sizes, norm=None, plain_last=False)
        self.skip = torch.nn.Linear(in_channels + out_channels, out_channels)
        self.norm = None if norm is None else normalization_resolver(norm, out_channels)

    def reset_parameters(self) -> None:
        for module in self.children():
            reset(module)

    def forward(self, x: Tensor, plan: TuplePlan) -> Tensor:
        product = matmul(self.left(x), self.right(x), plan)
        x = self.skip(torch.cat([x, product], dim=-1))
        return x if self.norm is None else self.norm(x)
