"""The sub-graph permutation equivariant network."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn import MLP
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.inits import reset
from torch_geometric.nn.resolver import activation_resolver

from ..conv import EgoPlan, SPENConv
from ..linear import MixedOrderLinear
from ..resolver import aggregation_resolver

_TASKS = ("graph", "node", "edge")


class SPEN(torch.nn.Module):
    r"""The sub-graph permutation equivariant network from the `"Subgraph Permutation Equivariant
    Networks" <https://arxiv.org/abs/2111.11840>`_ paper.

    A stack of :class:`~pyg_symm.nn.SPENConv` on the ego-networks of all nodes, with features of
    members and pairs in between. It takes what PyG's networks take and can stand where
    :class:`torch_geometric.nn.GIN` stands; it distinguishes graphs that these cannot, such as
    decalin and bicyclopentyl with ``num_hops=2``.

    Args:
        in_channels (int): Size of each node's features.
        hidden_channels (int): Size of the features of members and pairs in between.
        num_layers (int): The number of convolutions.
        out_channels (int): Size of each output sample.
        num_hops (int, optional): The number of hops of the ego-networks. (default: :obj:`1`)
        edge_dim (int, optional): Size of edge features. (default: :obj:`None`)
        task (str, optional): What the output belongs to: ``"graph"``, ``"node"`` or ``"edge"``.
            (default: ``"graph"``)
        readout (str or Aggregation, optional): From the ego-networks to their graph.
            (default: ``"mean"``)
        dropout (float, optional): Dropout of the two hidden layers of the head.
            (default: :obj:`0.`)
        head_channels (list, optional): Sizes of these layers.
            (default: :obj:`hidden_channels` twice)
        act (str or Callable, optional): The non-linearity. (default: ``"elu"``)
        norm (str, optional): Normalisation in each convolution, by PyG's name.
            (default: ``"batch"``)
        order (int, optional): The highest order of features in between; ``1`` keeps none of pairs.
            (default: :obj:`2`)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.nn.SPENConv`: ``merge``,
            ``keep_local``, ``count``, ``matmul``, ``sizes``, ``marks``, ``aggr``, ``residual``.

    Shapes:
        - **input:** node features :math:`(N, F)`, edges :math:`(2, E)`, the graph of each node
          :math:`(N)`, edge features :math:`(E, D)`
        - **output:** :math:`(G, C)`, :math:`(N, C)` or :math:`(E, C)`

    Examples:
        >>> model = SPEN(8, 16, num_layers=2, out_channels=3, num_hops=1)
        >>> model
        SPEN(8, 16, num_layers=2, out_channels=3, num_hops=1)
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
        num_hops: int = 1,
        edge_dim: int | None = None,
        task: str = "graph",
        readout: str | Aggregation = "mean",
        dropout: float = 0.0,
        head_channels: list[int] | None = None,
        act: Any = "elu",
        norm: str | None = "batch",
        order: int = 2,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if num_layers < 1:
            raise ValueError(f"'num_layers' must be positive (got {num_layers})")
        if task not in _TASKS:
            raise ValueError(f"'task' must be one of {_TASKS} (got '{task}')")
        if order not in (1, 2):
            raise ValueError(f"'order' must be 1 or 2 (got {order})")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.hidden_channels = hidden_channels
        self.num_layers = num_layers
        self.num_hops = num_hops
        self.task = task
        width = (0, hidden_channels, hidden_channels * (order == 2))
        self.convs = torch.nn.ModuleList(
            SPENConv(
                in_channels if i == 0 else width,
                width,
                num_hops,
                edge_dim if i == 0 else None,
                act=act,
                norm=norm,
                **kwargs,
            )
            for i in range(num_layers)
        )
        whole = 0 if task == "edge" else hidden_channels
        parts = (whole, hidden_channels * (task != "graph"), hidden_channels * (task == "edge"))
        self.lin = MixedOrderLinear(width, parts)
        self.readout = aggregation_resolver(readout) if task == "graph" else None
        hidden = [hidden_channels] * 2 if head_channels is None else list(head_channels)
        self.act = activation_resolver(act)
        sizes = [hidden_channels, *hidden, out_channels]
        self.head = MLP(sizes, dropout=dropout, act=act, norm=None)

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
        ego: EgoPlan | Any | None = None,
    ) -> Tensor:
        r"""Computes the output.

        Args:
            x (torch.Tensor): Node features.
            edge_index (torch.Tensor): Edges.
            batch (torch.Tensor, optional): The graph of each node. (default: one graph)
            edge_attr (torch.Tensor, optional): Edge features.
            batch_size (int, optional): The number of graphs.
            ego (EgoPlan or Data, optional): The ego-networks, or a batch of graphs with those of
                :class:`~pyg_symm.transforms.EgoNets`. They are found on the way if not given.
        """
        if ego is None:
            ego = EgoPlan.from_edges(edge_index, x.size(0), self.num_hops)
        elif not isinstance(ego, EgoPlan):
            ego = EgoPlan.from_data(ego)
        state: Any = x
        for conv in self.convs:
            state = conv(state, edge_attr=edge_attr, batch=batch, ego=ego)
        zero, one, two = self.lin(state, ego.tuples)
        if two is not None:
            pairs = ego.merge(two, order=2)[0]
            return self.head(self.act(pairs[ego.pair_of_edge(edge_index.size(1))]))
        out = zero.index_select(0, ego.ego_id)
        if one is not None:
            out = out + ego.merge(one, order=1)[0]
        out = self.act(out)
        if self.readout is not None:
            out = self.readout(out, batch, dim_size=batch_size)
        return self.head(out)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.hidden_channels}, "
            f"num_layers={self.num_layers}, out_channels={self.out_channels}, "
            f"num_hops={self.num_hops})"
        )
