"""Sub-graph permutation equivariant layer on members and pairs of ego-networks."""

import copy
import inspect
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.nn.inits import reset
from torch_geometric.nn.norm import BatchNorm
from torch_geometric.nn.resolver import activation_resolver, normalization_resolver

from pyg_symm.graphs import EgoPlan
from pyg_symm.groups import matmul
from pyg_symm.groups.tuples import Tuples
from pyg_symm.utils import check_choice, check_sizes

from ..linear import Channels, MixedOrderLinear, check_channels

_MERGES = ("mean", "sum", "none")


class SPENTupleConv(torch.nn.Module):
    r"""The sub-graph permutation equivariant layer from the `"Subgraph Permutation Equivariant
    Networks" <https://arxiv.org/abs/2111.11840>`_ paper, between features of ego-networks.

    Every ego-network carries features of order 0 (one row), 1 (one row a member) and 2 (one row an
    ordered pair of members). The layer applies the complete equivariant linear map to each
    ego-network. Then ego-networks that hold the same node, or the same two nodes, exchange:

    .. math::
        \mathbf{Y}_e = \sigma \left( \sum_{\pi} B^{\pi} \mathbf{X}_e \mathbf{W}_{\pi} \right) \qquad
        \mathbf{Z}_t = \mathrm{merge} \{ \mathbf{Y}_{e,t} : e \ni t \} \qquad
        \mathbf{X}'_{e,t} = \mathbf{Y}_{e,t} + \mathbf{W} \mathbf{Z}_t

    for members and pairs :math:`t`. The non-linearity comes before the exchange, because a mean of
    linear terms would forget which terms belonged together. The paper replaces the local features
    by the merged ones (``keep_local=False``, ``count=False``, ``merge="mean"``); the defaults
    distinguish more graphs.

    Args:
        in_channels (tuple): Sizes of the input of order 0, 1 and 2.
        out_channels (tuple): Sizes of the output of order 0, 1 and 2.
        num_hops (int, optional): The number of hops of the ego-networks. (default: :obj:`1`)
        merge (str, optional): ``"mean"``, ``"sum"`` or ``"none"``. (default: ``"mean"``)
        keep_local (bool, optional): Add the merged features to the local ones instead of replacing
            them. (default: :obj:`True`)
        count (bool, optional): Show the merge the number of ego-networks that a member or pair
            is in. (default: :obj:`True`)
        matmul (bool, optional): Also multiply the matrices of each ego-network, the step of the
            `"Provably Powerful Graph Networks" <https://arxiv.org/abs/1905.11136>`_ paper.
            (default: :obj:`False`)
        sizes (bool, optional): Show each ego-network its number of members.
            (default: :obj:`True`)
        marks (bool, optional): Mark each member with its distance to the root.
            (default: :obj:`True`)
        aggr (str, optional): How the linear map pools members, ``"mean"`` or ``"sum"``.
            (default: ``"mean"``)
        act (str or Callable, optional): The non-linearity. (default: :obj:`None`)
        act_first (bool, optional): Apply the non-linearity before the normalisation.
            (default: :obj:`False`)
        act_kwargs (dict, optional): Arguments of the non-linearity :obj:`act`.
            (default: :obj:`None`)
        norm (str or torch.nn.Module, optional): The normalisation, by PyG's name, such as
            ``"batch"``, ``"graph"`` or ``"layer"``; or a module, which is copied for each order.
            (default: :obj:`None`)
        norm_kwargs (dict, optional): Arguments of the normalisation :obj:`norm`.
            (default: :obj:`None`)
        dropout (float, optional): Dropout of the output. (default: :obj:`0.`)
        residual (bool, optional): Add the input where the sizes agree. (default: :obj:`False`)
        bias (bool, optional): Learn additive biases. (default: :obj:`True`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features of order 0 :math:`(S, c_0)`, 1 :math:`(n, c_1)` and
          2 :math:`(T, c_2)`, :obj:`None` for orders without channels; an :class:`EgoPlan`
        - **output:** features of order 0 :math:`(S, d_0)`, 1 :math:`(n, d_1)` and
          2 :math:`(T, d_2)`, likewise

    Examples:
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> ego = EgoPlan.from_edges(edge_index, num_nodes=3, num_hops=1)
        >>> conv = SPENTupleConv((0, 4, 0), (0, 8, 8))
        >>> _, members, pairs = conv((None, torch.randn(7, 4), None), ego)
        >>> members.shape, pairs.shape
        (torch.Size([7, 8]), torch.Size([17, 8]))
    """

    def __init__(
        self,
        in_channels: Channels,
        out_channels: Channels,
        num_hops: int = 1,
        merge: str = "mean",
        keep_local: bool = True,
        count: bool = True,
        matmul: bool = False,
        sizes: bool = True,
        marks: bool = True,
        aggr: str = "mean",
        act: Any = None,
        act_first: bool = False,
        act_kwargs: dict[str, Any] | None = None,
        norm: str | torch.nn.Module | None = None,
        norm_kwargs: dict[str, Any] | None = None,
        dropout: float = 0.0,
        residual: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_sizes(0, num_hops=num_hops)
        if not 0 <= dropout <= 1:
            raise ValueError(f"'dropout' must be in 0..1 (got {dropout})")
        check_choice("merge", merge, _MERGES)
        inner = check_channels("in_channels", in_channels)
        outer = check_channels("out_channels", out_channels)
        self.in_channels: Any = inner
        self.out_channels: Any = outer
        self.num_hops = num_hops
        self.marks = marks
        self.sizes = sizes
        self.residual = residual
        self.dropout = dropout
        self.act_first = act_first

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
                self.norms[str(order)] = _norm(norm, channels, **(norm_kwargs or {}))
        self.supports_norm_batch = any(
            "batch" in inspect.signature(module.forward).parameters
            for module in self.norms.values()
        )
        self.act = activation_resolver(act, **(act_kwargs or {}))
        # Bare functions may work in place, which the linear map's outputs, views of one, forbid.
        self._acts_in_place = getattr(
            self.act, "inplace", not isinstance(act, str | torch.nn.Module)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.factors, self.lin, self.merges, self.norms):
            if module is not None:
                reset(module)

    def forward(
        self,
        x: Tuples,
        ego: EgoPlan,
        batch: Tensor | None = None,
        batch_size: int | None = None,
    ) -> Tuples:
        r"""Updates the features of all ego-networks.

        Args:
            x (tuple): Features of order 0, 1 and 2.
            ego (EgoPlan): The ego-networks.
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`, for normalisations
                within graphs.
            batch_size (int, optional): The number of graphs.
        """
        if ego.num_hops != self.num_hops:
            raise ValueError(
                f"'ego' holds ego-networks of {ego.num_hops} hops, but 'num_hops' is "
                f"{self.num_hops}"
            )
        ys = self.lin(self._extend(x, ego), ego.tuples)
        if self.act is not None and self._acts_in_place:
            ys = tuple(y if y is None else y.clone() for y in ys)
        out = [
            None if y is None else self._activate(y, x[order], order, batch, batch_size, ego)
            for order, y in enumerate(ys)
        ]
        return out[0], out[1], out[2]

    def _extend(self, xs: Tuples, ego: EgoPlan) -> Tuples:
        """The inputs of the linear map: features, matrix products, hops and sizes."""
        like = next(x for x in xs if x is not None)
        x0, x1, x2 = ([] if x is None else [x] for x in xs)
        if self.factors is not None:
            left, right = self.factors(x2[0]).chunk(2, dim=-1)
            x2.append(matmul(left, right, ego.tuples))
        if self.marks:
            x1.append(F.one_hot(ego.hop, self.num_hops + 1).to(like.dtype))
        if self.sizes:
            inverse = ego.tuples.inverse_sizes(like)
            x0 += [-inverse.log(), inverse]
        first, second, third = (torch.cat(x, dim=-1) if x else None for x in (x0, x1, x2))
        return first, second, third

    def _activate(
        self,
        y: Tensor,
        x: Tensor | None,
        order: int,
        batch: Tensor | None,
        batch_size: int | None,
        ego: EgoPlan,
    ) -> Tensor:
        """Normalisation, non-linearity, and the exchange between ego-networks."""
        if self.act is not None and self.act_first:
            y = self.act(y)
        if str(order) in self.norms:
            norm = self.norms[str(order)]
            if self.supports_norm_batch and batch is not None:
                y = norm(y, ego.graph_of(batch, order), batch_size)
            else:
                y = norm(y)
        if self.act is not None and not self.act_first:
            y = self.act(y)
        if str(order) in self.merges:
            y = self.merges[str(order)](y, order, ego)
        y = F.dropout(y, self.dropout, self.training)
        if self.residual and x is not None and x.shape == y.shape:
            y = y + x
        return y

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


def _norm(norm: str | torch.nn.Module, channels: int, **kwargs: Any) -> torch.nn.Module:
    """A normalisation by name, or a copy of one that is given."""
    if not isinstance(norm, str):
        return copy.deepcopy(norm)
    module = normalization_resolver(norm, channels, **kwargs)
    if isinstance(module, BatchNorm) and module.module.track_running_stats:
        module.allow_single_element = True  # A graph of one node has one member and one pair.
    return module
