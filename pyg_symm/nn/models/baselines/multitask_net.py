"""The recurrent message-passing network of the multi-task benchmark."""

import torch
from torch import Tensor
from torch_geometric.nn import MLP, MessagePassing
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.inits import reset

from pyg_symm.utils import check_sizes

from ...resolver import aggregation_resolver, independent_copies


class MultitaskNet(torch.nn.Module):
    r"""The recurrent message-passing network of the multi-task benchmark of the `"Principal
    Neighbourhood Aggregation for Graph Nets" <https://arxiv.org/abs/2004.05718>`_ paper.

    .. math::
        \mathbf{h}_v \leftarrow \mathrm{GRU} \left( U \left[ \mathbf{h}_v, \,
        \bigoplus_{u \in \mathcal{N}(v)} M [\mathbf{h}_v, \mathbf{h}_u] \right], \,
        \mathbf{h}_v \right)

    The first layer has its own weights; all later layers share theirs. Node and graph labels are
    predicted by networks of three layers, those of graphs from sum, mean and maximum of the nodes.

    Args:
        in_channels (int): Size of each node's features.
        hidden_channels (int): Width of all layers.
        num_layers (int): The number of message-passing layers.
        node_channels (int): Labels per node.
        graph_channels (int): Labels per graph.
        aggr (str or Aggregation, optional): From :obj:`hidden_channels` to
            :obj:`hidden_channels`. (default: ``"sum"``)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** node features :math:`(N, F)`, edges :math:`(2, E)`, the graph of each node
          :math:`(N)`
        - **output:** node labels :math:`(N, C_n)`, graph labels :math:`(G, C_g)`

    Examples:
        >>> model = MultitaskNet(2, 16, num_layers=3, node_channels=3, graph_channels=1)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> nodes, graphs = model(torch.randn(3, 2), edge_index)
        >>> nodes.shape, graphs.shape
        (torch.Size([3, 3]), torch.Size([1, 1]))
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        num_layers: int,
        node_channels: int,
        graph_channels: int,
        aggr: str | Aggregation = "sum",
    ) -> None:
        super().__init__()
        check_sizes(1, num_layers=num_layers)
        width = hidden_channels
        self.num_layers = num_layers
        self.lin = torch.nn.Linear(in_channels, width)
        first, *rest = independent_copies(aggr, min(num_layers, 2))
        self.first = _GatedConv(width, first)
        self.middle = _GatedConv(width, rest[0]) if rest else None
        self.pool = aggregation_resolver("multi", ["sum", "mean", "max"])
        self.node_head = MLP([width, width, width, node_channels], norm=None)
        self.graph_head = MLP([3 * width, width, width, graph_channels], norm=None)

    def reset_parameters(self) -> None:
        for module in self.children():
            reset(module)

    def forward(
        self,
        x: Tensor,
        edge_index: Tensor,
        batch: Tensor | None = None,
        batch_size: int | None = None,
    ) -> tuple[Tensor, Tensor]:
        """"""  # noqa: D419
        h = self.first(self.lin(x), edge_index)
        for _ in range(self.num_layers - 1):
            assert self.middle is not None
            h = self.middle(h, edge_index)
        pooled = self.pool(h, batch, dim_size=batch_size)
        return self.node_head(h), self.graph_head(pooled)


class _GatedConv(MessagePassing):
    """Linear messages of both ends, any aggregation, a gated recurrent update."""

    def __init__(self, channels: int, aggr: Aggregation) -> None:
        super().__init__(aggr=aggr)
        self.pre = torch.nn.Linear(2 * channels, channels)
        self.post = torch.nn.Linear(2 * channels, channels)
        self.cell = torch.nn.GRUCell(channels, channels)

    def reset_parameters(self) -> None:
        super().reset_parameters()
        for module in (self.pre, self.post, self.cell):
            module.reset_parameters()

    def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
        out = self.propagate(edge_index, x=x)
        return self.cell(self.post(torch.cat([x, out], dim=-1)).relu(), x)

    def message(self, x_i: Tensor, x_j: Tensor) -> Tensor:
        return self.pre(torch.cat([x_i, x_j], dim=-1)).relu()
