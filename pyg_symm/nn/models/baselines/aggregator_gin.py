"""The graph isomorphism network with any aggregation of neighbours."""

import torch
from torch import Tensor
from torch_geometric.nn import MLP, GINConv
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.inits import reset

from ...resolver import independent_copies


class AggregatorGIN(torch.nn.Module):
    r"""The graph isomorphism network of the `"How Powerful are Graph Neural Networks?"
    <https://arxiv.org/abs/1810.00826>`_ paper with any aggregation in place of the sum.

    .. math::
        \mathbf{h}_v^{(l+1)} = \mathrm{MLP}^{(l)} \left( (1 + \epsilon^{(l)}) \, \mathbf{h}_v^{(l)}
        + \bigoplus_{u \in \mathcal{N}(v)} \mathbf{h}_u^{(l)} \right)

    A linear layer maps node features to the common width. The logits of a graph are the sum of a
    linear read-out of every layer.

    Args:
        in_channels (int): Size of each node's features.
        hidden_channels (int): Width of all layers.
        num_layers (int): The number of message-passing layers.
        out_channels (int): The number of classes.
        aggr (str or Aggregation, optional): From :obj:`hidden_channels` to
            :obj:`hidden_channels`; copied for every layer. (default: ``"sum"``)
        readout (str or Aggregation, optional): From nodes to graphs. (default: ``"sum"``)
        dropout (float, optional): Dropout of the read-outs. (default: :obj:`0.`)

    Shapes:
        - **input:** node features :math:`(N, F)`, edges :math:`(2, E)`, the graph of each node
          :math:`(N)`
        - **output:** logits :math:`(G, C)`

    Examples:
        >>> model = AggregatorGIN(8, 16, num_layers=2, out_channels=3, aggr="max")
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
        aggr: str | Aggregation = "sum",
        readout: str | Aggregation = "sum",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.lin = torch.nn.Linear(in_channels, hidden_channels)
        self.convs = torch.nn.ModuleList(
            GINConv(MLP([hidden_channels] * 3, norm="batch_norm"), train_eps=True, aggr=copied)
            for copied in independent_copies(aggr, num_layers)
        )
        self.readouts = torch.nn.ModuleList(independent_copies(readout, num_layers + 1))
        self.heads = torch.nn.ModuleList(
            torch.nn.Linear(hidden_channels, out_channels) for _ in range(num_layers + 1)
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
        batch_size: int | None = None,
    ) -> Tensor:
        """"""  # noqa: D419
        states = [self.lin(x)]
        for conv in self.convs:
            states.append(conv(states[-1], edge_index).relu())
        logits = [
            self.dropout(head(readout(h, batch, dim_size=batch_size)))
            for h, readout, head in zip(states, self.readouts, self.heads, strict=True)
        ]
        return torch.stack(logits).sum(dim=0)
