"""The sub-graph permutation equivariant network."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn import MLP, JumpingKnowledge
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.inits import reset
from torch_geometric.nn.resolver import activation_resolver

from pyg_symm.graphs import EgoPlan
from pyg_symm.groups.tuples import Tuples
from pyg_symm.utils import check_batch, check_choice, check_sizes

from ..conv import SPENConv, SPENTupleConv
from ..conv.spen_conv import count_nodes, find_ego
from ..linear import MixedOrderLinear
from ..resolver import aggregation_resolver

_TASKS = ("graph", "node", "edge")
_JK_MODES = (None, "last", "cat", "max", "lstm")


class SPEN(torch.nn.Module):
    r"""The sub-graph permutation equivariant network from the `"Subgraph Permutation Equivariant
    Networks" <https://arxiv.org/abs/2111.11840>`_ paper.

    A stack of :class:`~pyg_symm.nn.SPENTupleConv` on the ego-networks of all nodes, which keeps
    features of members and pairs between its layers, followed by a head. Arguments come in the
    order of PyG's networks, and with ``task="node"`` it can replace
    :class:`torch_geometric.nn.GIN`. It distinguishes graphs that GIN cannot, such as decalin and
    bicyclopentyl with ``num_hops=2``.

    Args:
        in_channels (int): Size of each node's features.
        hidden_channels (int): Size of the features of members and pairs between the layers.
        num_layers (int): The number of convolutions.
        out_channels (int, optional): Size of each output sample. If :obj:`None`, there is no head
            and the output are embeddings of size :obj:`hidden_channels`. (default: :obj:`None`)
        dropout (float, optional): Dropout after each convolution, and in the head.
            (default: :obj:`0.`)
        act (str or Callable, optional): The non-linearity. (default: ``"relu"``)
        act_first (bool, optional): Apply the non-linearity before the normalisation.
            (default: :obj:`False`)
        act_kwargs (dict, optional): Arguments of the non-linearity :obj:`act`.
            (default: :obj:`None`)
        norm (str or torch.nn.Module, optional): The normalisation in each convolution, by PyG's
            name, such as ``"batch"``; or a module, which is copied. (default: :obj:`None`)
        norm_kwargs (dict, optional): Arguments of the normalisation :obj:`norm`.
            (default: :obj:`None`)
        jk (str, optional): The jumping knowledge between the features of all convolutions:
            :obj:`None` or ``"last"`` for those of the last, ``"cat"``, ``"max"`` or ``"lstm"``.
            (default: :obj:`None`)
        num_hops (int, optional): The number of hops of the ego-networks. (default: :obj:`1`)
        max_nodes (int, optional): Keep at most that many members of each ego-network that is found
            in :meth:`forward`; see :class:`~pyg_symm.transforms.EgoNets`. (default: :obj:`None`)
        edge_dim (int, optional): Size of edge features. (default: :obj:`None`)
        task (str, optional): What the output belongs to: ``"graph"``, ``"node"`` or ``"edge"``.
            (default: ``"graph"``)
        readout (str or Aggregation, optional): From nodes to their graph. (default: ``"mean"``)
        head_channels (list, optional): Sizes of the hidden layers of the head.
            (default: :obj:`hidden_channels` twice)
        head_dropout (float, optional): Dropout of these layers. (default: :obj:`dropout`)
        order (int, optional): The highest order of features between the layers; with ``1``, pairs
            keep none. (default: :obj:`2`)
        **kwargs (optional): Further arguments of :class:`~pyg_symm.nn.SPENTupleConv`: ``merge``,
            ``keep_local``, ``count``, ``matmul``, ``sizes``, ``marks``, ``aggr``, ``residual``,
            ``bias``.

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** node features :math:`(N, F)`, edges :math:`(2, E)`, edge weights :math:`(E)`,
          edge features :math:`(E, D)`, the graph of each node :math:`(N)`
        - **output:** :math:`(G, C)`, :math:`(N, C)` or :math:`(E, C)`

    Examples:
        >>> model = SPEN(8, 16, num_layers=2, out_channels=3, num_hops=1)
        >>> model
        SPEN(8, 16, num_layers=2, out_channels=3, num_hops=1)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> model(torch.randn(3, 8), edge_index).shape
        torch.Size([1, 3])
        >>> SPEN(8, 16, num_layers=2, task="node")(torch.randn(3, 8), edge_index).shape
        torch.Size([3, 16])
    """

    supports_edge_weight = True

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        num_layers: int,
        out_channels: int | None = None,
        dropout: float = 0.0,
        act: Any = "relu",
        act_first: bool = False,
        act_kwargs: dict[str, Any] | None = None,
        norm: str | torch.nn.Module | None = None,
        norm_kwargs: dict[str, Any] | None = None,
        jk: str | None = None,
        *,
        num_hops: int = 1,
        max_nodes: int | None = None,
        edge_dim: int | None = None,
        task: str = "graph",
        readout: str | Aggregation = "mean",
        head_channels: list[int] | None = None,
        head_dropout: float | None = None,
        order: int = 2,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        check_sizes(
            1, in_channels=in_channels, hidden_channels=hidden_channels, num_layers=num_layers
        )
        if out_channels is not None:
            check_sizes(1, out_channels=out_channels)
        check_choice("task", task, _TASKS)
        check_choice("jk", jk, _JK_MODES)
        if order not in (1, 2):
            raise ValueError(f"'order' must be 1 or 2 (got {order})")
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        self.out_channels = hidden_channels if out_channels is None else out_channels
        self.num_layers = num_layers
        self.num_hops = num_hops
        self.max_nodes = max_nodes
        self.task = task
        self.jk_mode = jk
        self.supports_edge_attr = edge_dim is not None
        width = (0, hidden_channels, hidden_channels * (order == 2))
        kwargs = {
            **{"act": act, "act_first": act_first, "act_kwargs": act_kwargs},
            **{"norm": norm, "norm_kwargs": norm_kwargs, "dropout": dropout},
            **kwargs,
        }
        first = SPENConv(in_channels, width, num_hops, edge_dim, max_nodes, **kwargs)
        rest = [SPENTupleConv(width, width, num_hops, **kwargs) for _ in range(num_layers - 1)]
        self.convs = torch.nn.ModuleList([first, *rest])
        self.supports_norm_batch = first.supports_norm_batch
        whole = 0 if task == "edge" else hidden_channels
        parts = (whole, hidden_channels * (task != "graph"), hidden_channels * (task == "edge"))
        seen = num_layers if jk == "cat" else 1
        self.lin = MixedOrderLinear((0, width[1] * seen, width[2] * seen), parts)
        self.readout = aggregation_resolver(readout) if task == "graph" else None
        self.act = activation_resolver(act, **(act_kwargs or {}))
        self.head = None
        if out_channels is not None:
            hidden = [hidden_channels] * 2 if head_channels is None else list(head_channels)
            for size in hidden:
                check_sizes(1, head_channels=size)
            self.head = MLP(
                [hidden_channels, *hidden, out_channels],
                dropout=dropout if head_dropout is None else head_dropout,
                act=act,
                act_kwargs=act_kwargs,
                norm=None,
            )
        self.jks = torch.nn.ModuleDict()
        if jk not in (None, "last"):
            for q in range(1, order + 1):
                self.jks[str(q)] = JumpingKnowledge(jk, hidden_channels, num_layers)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in self.children():
            reset(module)

    def forward(
        self,
        x: Tensor,
        edge_index: Any,
        edge_weight: Tensor | None = None,
        edge_attr: Tensor | None = None,
        batch: Tensor | None = None,
        batch_size: int | None = None,
        num_sampled_nodes_per_hop: list[int] | None = None,
        num_sampled_edges_per_hop: list[int] | None = None,
        *,
        ego: Any = None,
    ) -> Tensor:
        r"""Computes the output.

        Args:
            x (torch.Tensor): Node features.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor): The edges.
            edge_weight (torch.Tensor, optional): What each edge counts, rather than one.
                (default: :obj:`None`)
            edge_attr (torch.Tensor, optional): Edge features. (default: :obj:`None`)
            batch (torch.Tensor, optional): The graph of each node. (default: one graph)
            batch_size (int, optional): The number of graphs. (default: ``batch.max() + 1``)
            num_sampled_nodes_per_hop (list, optional): Not supported.
            num_sampled_edges_per_hop (list, optional): Not supported.
            ego (EgoPlan or Data, optional): The ego-networks, or graphs that
                :class:`~pyg_symm.transforms.EgoNets` was applied to. They are found if not given.

        Raises:
            ValueError: If the features, the edges, :obj:`batch` and :obj:`ego` do not fit each
                other or the network.
            NotImplementedError: If sampled nodes or edges are to be trimmed layer by layer.
        """
        if num_sampled_nodes_per_hop is not None or num_sampled_edges_per_hop is not None:
            raise NotImplementedError(
                "'num_sampled_nodes_per_hop' and 'num_sampled_edges_per_hop' are not supported: "
                "all layers of 'SPEN' work on the same ego-networks"
            )
        num_nodes = count_nodes(x, "SPEN")
        ego, weight = find_ego(ego, edge_index, num_nodes, self.num_hops, self.max_nodes)
        check_batch(batch, ego.num_nodes)
        edge_weight = weight if edge_weight is None else edge_weight
        first, *rest = self.convs
        states = [
            first(x, None, edge_attr, batch, ego, edge_weight=edge_weight, batch_size=batch_size)
        ]
        for conv in rest:
            states.append(conv(states[-1], ego, batch, batch_size))
        out = self._read(self._jump(states), ego)
        if self.head is not None and self.act is not None:
            out = self.act(out)
        if self.readout is not None:
            out = self.readout(out, batch, dim_size=batch_size)
        return out if self.head is None else self.head(out)

    def inference(self, *args: Any, **kwargs: Any) -> Tensor:
        r"""Not supported: layers exchange features of pairs, which loaders of nodes do not hold."""
        raise NotImplementedError(
            "'inference' is not supported: between layers, 'SPEN' keeps features of the members "
            "and pairs of ego-networks, which cannot be computed layer by layer for some nodes"
        )

    def _jump(self, states: list[Tuples]) -> Tuples:
        """The features that the head sees of those behind each convolution."""
        if not self.jks:
            return states[-1]
        out: list[Tensor | None] = [None, None, None]
        for order, module in self.jks.items():
            out[int(order)] = module([state[int(order)] for state in states])
        return out[0], out[1], out[2]

    def _read(self, state: Tuples, ego: EgoPlan) -> Tensor:
        """One row for each node, or for each edge."""
        zero, one, two = self.lin(state, ego.tuples)
        if two is not None:
            return ego.merge(two, order=2)[0][ego.pair_of_edge]
        out = zero.index_select(0, ego.ego_id)
        return out if one is None else out + ego.merge(one, order=1)[0]

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.hidden_channels}, "
            f"num_layers={self.num_layers}, out_channels={self.out_channels}, "
            f"num_hops={self.num_hops})"
        )
