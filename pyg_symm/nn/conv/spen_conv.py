"""Sub-graph permutation equivariant convolution."""

import inspect
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.nn.inits import reset
from torch_geometric.nn.resolver import activation_resolver, normalization_resolver

from pyg_symm.groups import matmul
from pyg_symm.groups.tuples import Tuples

from ..linear import Channels, MixedOrderLinear, check_channels
from .ego_plan import EgoPlan

_MERGES = ("mean", "sum", "none")


class SPENConv(torch.nn.Module):
    r"""The sub-graph permutation equivariant layer from the `"Subgraph Permutation Equivariant
    Networks" <https://arxiv.org/abs/2111.11840>`_ paper.

    Every ego-network carries features of order 0 (one row), 1 (one a member) and 2 (one an ordered
    pair of members). A layer maps them by the complete equivariant linear map of each
    ego-network, then lets ego-networks that hold the same node, or the same two nodes, exchange:

    .. math::
        \mathbf{Y}_e = \sigma \left( \sum_{\pi} B^{\pi} \mathbf{X}_e \mathbf{W}_{\pi} \right) \qquad
        \mathbf{Z}_t = \mathrm{merge} \{ \mathbf{Y}_{e,t} : e \ni t \} \qquad
        \mathbf{X}'_{e,t} = \mathbf{Y}_{e,t} + \mathbf{W} \mathbf{Z}_t

    for members and pairs :math:`t`. The non-linearity comes first: a mean of linear terms would
    forget what belonged together. The paper replaces the local features by the merged ones
    (``keep_local=False``, ``count=False``, ``merge="mean"``); the defaults distinguish more graphs.

    Args:
        in_channels (int or tuple): Sizes of order 0, 1 and 2 on ego-networks; or, if an integer,
            the size of node features of the graph, which enter together with the edges.
        out_channels (int or tuple): Likewise. If an integer, the output are node features: what
            all ego-networks say of a node on average, and what its own says as a whole.
        num_hops (int, optional): The number of hops of the ego-networks. (default: :obj:`1`)
        edge_dim (int, optional): Size of edge features, if the input are node features; an edge
            without features counts as one, and parallel edges add up. (default: :obj:`None`)
        merge (str, optional): ``"mean"``, ``"sum"`` or ``"none"``. (default: ``"mean"``)
        keep_local (bool, optional): Add the merged features to the local ones, rather than putting
            them in their place. (default: :obj:`True`)
        count (bool, optional): Let the merge see in how many ego-networks a member or pair is.
            (default: :obj:`True`)
        matmul (bool, optional): Multiply the matrices of each ego-network too, the step of the
            `"Provably Powerful Graph Networks" <https://arxiv.org/abs/1905.11136>`_ paper.
            (default: :obj:`False`)
        sizes (bool, optional): Let each ego-network see its number of members.
            (default: :obj:`True`)
        marks (bool, optional): Let each ego-network tell its members apart by their hop, the root
            above all. (default: :obj:`True`)
        aggr (str, optional): How the linear map pools members, ``"mean"`` or ``"sum"``.
            (default: ``"mean"``)
        norm (str, optional): Normalisation before the non-linearity, by PyG's name, such as
            ``"batch"``, ``"graph"`` or ``"layer"``. (default: :obj:`None`)
        act (str or Callable, optional): The non-linearity. (default: :obj:`None`)
        dropout (float, optional): Dropout of the output. (default: :obj:`0.`)
        residual (bool, optional): Add the input where the sizes agree. (default: :obj:`False`)
        bias (bool, optional): Learn additive biases. (default: :obj:`True`)

    Shapes:
        - **input:** node features :math:`(N, F)`, edges :math:`(2, E)`, edge features
          :math:`(E, D)`; or features of order 0 :math:`(S, c_0)`, 1 :math:`(n, c_1)` and
          2 :math:`(T, c_2)`, and an :class:`EgoPlan`
        - **output:** node features :math:`(N, F')`; or features of order 0, 1 and 2

    Examples:
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> SPENConv(8, 16)(torch.randn(3, 8), edge_index).shape
        torch.Size([3, 16])

        A stack keeps the features of members and pairs between its layers:

        >>> ego = EgoPlan.from_edges(edge_index, num_nodes=3, num_hops=1)
        >>> first, last = SPENConv(8, (0, 16, 16), act="elu"), SPENConv((0, 16, 16), 4)
        >>> last(first(torch.randn(3, 8), edge_index, ego=ego), ego=ego).shape
        torch.Size([3, 4])
    """

    def __init__(
        self,
        in_channels: int | Channels,
        out_channels: int | Channels,
        num_hops: int = 1,
        edge_dim: int | None = None,
        merge: str = "mean",
        keep_local: bool = True,
        count: bool = True,
        matmul: bool = False,
        sizes: bool = True,
        marks: bool = True,
        aggr: str = "mean",
        norm: str | None = None,
        act: Any = None,
        dropout: float = 0.0,
        residual: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_hops < 0:
            raise ValueError(f"'num_hops' must not be negative (got {num_hops})")
        if merge not in _MERGES:
            raise ValueError(f"'merge' must be one of {_MERGES} (got '{merge}')")
        if edge_dim is not None and edge_dim < 1:
            raise ValueError(f"'edge_dim' must be positive (got {edge_dim})")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.num_hops = num_hops
        self.edge_dim = edge_dim
        self.marks = marks
        self.sizes = sizes
        self.residual = residual
        self.dropout = dropout

        if isinstance(in_channels, int):
            in_channels = (0, in_channels, edge_dim or 1)
        if isinstance(out_channels, int):
            out_channels = (out_channels, out_channels, 0)
        inner = check_channels("in_channels", in_channels)
        outer = check_channels("out_channels", out_channels)
        self.factors = None
        if matmul and inner[2] > 0:
            width = max(outer)
            self.factors = torch.nn.Linear(inner[2], 2 * width, bias=False)
            inner = (inner[0], inner[1], inner[2] + width)
        inner = (inner[0] + 2 * sizes, inner[1] + (num_hops + 1) * marks, inner[2])
        self.lin = MixedOrderLinear(inner, outer, bias, aggr)
        self.merges = torch.nn.ModuleDict()
        self.norms = torch.nn.ModuleDict()
        for order, channels in enumerate(outer):
            if channels > 0 and order > 0 and merge != "none":
                self.merges[str(order)] = _Merge(channels, merge, keep_local, count)
            if channels > 0 and norm is not None:
                self.norms[str(order)] = normalization_resolver(norm, channels)
        self._norm_takes_batch = any(
            "batch" in inspect.signature(module.forward).parameters
            for module in self.norms.values()
        )
        self.act = None if act is None else activation_resolver(act)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for module in (self.factors, self.lin, self.merges, self.norms):
            if module is not None:
                reset(module)

    def forward(
        self,
        x: Tensor | Tuples,
        edge_index: Tensor | None = None,
        edge_attr: Tensor | None = None,
        batch: Tensor | None = None,
        ego: EgoPlan | None = None,
    ) -> Any:
        r"""Updates the features of all ego-networks.

        Args:
            x (torch.Tensor or tuple): Node features, or features of order 0, 1 and 2.
            edge_index (torch.Tensor, optional): Edges :math:`(2, E)`; only needed without
                :obj:`ego`, for which the ego-networks are found first.
            edge_attr (torch.Tensor, optional): Edge features :math:`(E, D)`.
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`, for
                normalisations within graphs.
            ego (EgoPlan, optional): The ego-networks.
        """
        if ego is None:
            if edge_index is None or not isinstance(x, Tensor):
                raise ValueError("one of 'edge_index' and 'ego' must be given (got None)")
            ego = EgoPlan.from_edges(edge_index, x.size(0), self.num_hops)
        xs = self._enter(x, edge_attr, ego) if isinstance(x, Tensor) else x
        ys = self.lin(self._extend(xs, ego), ego.tuples)
        out = tuple(
            None if y is None else self._activate(y, xs[order], order, batch, ego)
            for order, y in enumerate(ys)
        )
        return self._leave(out, ego) if isinstance(self.out_channels, int) else out

    def _enter(self, x: Tensor, edge_attr: Tensor | None, ego: EgoPlan) -> Tuples:
        """Node and edge features of the graph as features of every ego-network."""
        if not isinstance(self.in_channels, int):
            raise ValueError(f"'x' must be features of order 0, 1 and 2 (got {list(x.shape)})")
        if x.dim() != 2 or x.shape != (ego.num_nodes, self.in_channels):
            raise ValueError(
                f"'x' must have shape [{ego.num_nodes}, {self.in_channels}] (got {list(x.shape)})"
            )
        if self.edge_dim is None:
            values = x.new_ones(ego.edge_id.numel(), 1)
        elif edge_attr is None or edge_attr.dim() != 2 or edge_attr.size(1) != self.edge_dim:
            got = None if edge_attr is None else list(edge_attr.shape)
            raise ValueError(f"'edge_attr' must have shape [E, {self.edge_dim}] (got {got})")
        else:
            values = edge_attr.to(x.dtype).index_select(0, ego.edge_id)
        two = x.new_zeros(ego.tuples.num_pairs, values.size(1))
        return None, ego.nodes.expand(x), two.index_add(0, ego.edge_pair, values)

    def _extend(self, xs: Tuples, ego: EgoPlan) -> Tuples:
        """What the linear map is applied to: features, matrix products, hops and sizes."""
        like = next(x for x in xs if x is not None)
        x0, x1, x2 = ([] if x is None else [x] for x in xs)
        if self.factors is not None:
            left, right = self.factors(x2[0]).chunk(2, dim=-1)
            x2.append(matmul(left, right, ego.tuples))
        if self.marks:
            hops = ego.hop.clamp(max=self.num_hops)
            x1.append(F.one_hot(hops, self.num_hops + 1).to(like.dtype))
        if self.sizes:
            inverse = ego.tuples.inverse_sizes(like)
            x0 += [-inverse.log(), inverse]
        first, second, third = (torch.cat(x, dim=-1) if x else None for x in (x0, x1, x2))
        return first, second, third

    def _activate(
        self, y: Tensor, x: Tensor | None, order: int, batch: Tensor | None, ego: EgoPlan
    ) -> Tensor:
        """Normalisation, non-linearity, and the exchange between ego-networks."""
        if str(order) in self.norms:
            norm = self.norms[str(order)]
            if self._norm_takes_batch and batch is not None:
                y = norm(y, ego.graph_of(batch, order))
            else:
                y = norm(y)
        if self.act is not None:
            y = self.act(y)
        if str(order) in self.merges:
            y = self.merges[str(order)](y, order, ego)
        y = F.dropout(y, self.dropout, self.training)
        if self.residual and x is not None and x.shape == y.shape:
            y = y + x
        return y

    def _leave(self, xs: tuple[Tensor | None, ...], ego: EgoPlan) -> Tensor:
        """What ego-networks say of each node, and what its own says as a whole."""
        zero, one = xs[0], xs[1]
        assert zero is not None and one is not None
        return zero.index_select(0, ego.ego_id) + ego.merge(one, order=1)[0]

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"num_hops={self.num_hops})"
        )


class _Merge(torch.nn.Module):
    """Exchange between the rows that stand for the same node, or the same two nodes."""

    def __init__(self, channels: int, aggr: str, keep_local: bool, count: bool) -> None:
        super().__init__()
        self.mean = aggr == "mean"
        self.keep_local = keep_local
        self.count = count
        self.lin = None
        if keep_local or count:
            self.lin = torch.nn.Linear(channels + count, channels, bias=False)

    def reset_parameters(self) -> None:
        if self.lin is not None:
            self.lin.reset_parameters()

    def forward(self, x: Tensor, order: int, ego: EgoPlan) -> Tensor:
        out, count = ego.merge(x, order, self.mean)
        if self.count:
            out = torch.cat([out, count.log1p()], dim=-1)
        if self.lin is not None:
            out = self.lin(out)
        out = ego.partitions[order].expand(out)
        return x + out if self.keep_local else out
