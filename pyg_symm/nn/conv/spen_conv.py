"""Sub-graph permutation equivariant convolution on node features."""

from numbers import Integral
from typing import Any

import torch
from torch import Tensor

from pyg_symm.graphs import EgoPlan, edge_list
from pyg_symm.groups.tuples import Tuples
from pyg_symm.utils import check_batch, check_sizes

from ..linear import Channels
from .spen_tuple_conv import SPENTupleConv


class SPENConv(SPENTupleConv):
    r"""The sub-graph permutation equivariant convolution from the `"Subgraph Permutation
    Equivariant Networks" <https://arxiv.org/abs/2111.11840>`_ paper.

    Node and edge features are copied to every ego-network that holds the node or edge, and
    :class:`SPENTupleConv` maps them. The new features of a node are the mean of its features in
    all ego-networks plus the features of its own ego-network as a whole. It replaces any
    convolution of PyG on graphs with one kind of nodes.

    Args:
        in_channels (int or tuple): Size of each node's features. Or sizes of order 0, 1 and 2, for
            input from another layer that kept the features of members and pairs.
        out_channels (int or tuple): Size of each node's new features. Or sizes of order 0, 1 and
            2, to keep the features of members and pairs for the next layer.
        num_hops (int, optional): The number of hops of the ego-networks. (default: :obj:`1`)
        edge_dim (int, optional): Size of edge features. Without them an edge counts as one; the
            features of parallel edges add up. (default: :obj:`None`)
        max_nodes (int, optional): Keep at most that many members of each ego-network that is found
            in :meth:`forward`; see :class:`~pyg_symm.transforms.EgoNets`. (default: :obj:`None`)
        **kwargs (optional): Further arguments of :class:`SPENTupleConv`.

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** node features :math:`(N, F)`, edges :math:`(2, E)`, edge features
          :math:`(E, D)`
        - **output:** node features :math:`(N, F')`

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
        max_nodes: int | None = None,
        **kwargs: Any,
    ) -> None:
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if isinstance(channels, Integral):
                check_sizes(1, **{name: channels})
        if isinstance(in_channels, Integral):
            in_channels = int(in_channels)
        if isinstance(out_channels, Integral):
            out_channels = int(out_channels)
        if edge_dim is not None:
            check_sizes(1, edge_dim=edge_dim)
            if not isinstance(in_channels, int):
                raise ValueError(
                    f"'edge_dim' is of no use without node features: 'in_channels' must be an "
                    f"integer (got {in_channels})"
                )
        if max_nodes is not None:
            check_sizes(1, max_nodes=max_nodes)
        super().__init__(
            (0, in_channels, edge_dim or 1) if isinstance(in_channels, int) else in_channels,
            (out_channels, out_channels, 0) if isinstance(out_channels, int) else out_channels,
            num_hops,
            **kwargs,
        )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.edge_dim = edge_dim
        self.max_nodes = max_nodes

    def forward(  # type: ignore[override]
        self,
        x: Tensor | Tuples,
        edge_index: Any = None,
        edge_attr: Tensor | None = None,
        batch: Tensor | None = None,
        ego: Any = None,
        edge_weight: Tensor | None = None,
        batch_size: int | None = None,
    ) -> Any:
        r"""Updates the features of all nodes.

        Args:
            x (torch.Tensor or tuple): Node features :math:`(N, F)`; features of order 0, 1 and 2
                if :obj:`in_channels` is a tuple.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges. Only needed
                without :obj:`ego`.
            edge_attr (torch.Tensor, optional): Edge features :math:`(E, D)`.
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`, for
                normalisations within graphs.
            ego (EgoPlan or Data, optional): The ego-networks, or graphs that
                :class:`~pyg_symm.transforms.EgoNets` was applied to. They are found if not given.
            edge_weight (torch.Tensor, optional): What each edge counts, rather than one
                :math:`(E)`; it multiplies the edge features.
            batch_size (int, optional): The number of graphs.

        Raises:
            ValueError: If the features, the edges, :obj:`batch` and :obj:`ego` do not fit each
                other or the layer.
        """
        num_nodes = None
        if isinstance(self.in_channels, int):
            num_nodes = count_nodes(x, "SPENConv")
        elif isinstance(x, Tensor) or len(x) != 3:
            got = list(x.shape) if isinstance(x, Tensor) else f"{len(x)} of them"
            raise ValueError(f"'x' must be features of order 0, 1 and 2 (got {got})")
        ego, weight = find_ego(ego, edge_index, num_nodes, self.num_hops, self.max_nodes)
        if edge_weight is None:
            edge_weight = weight
        check_batch(batch, ego.num_nodes)
        if isinstance(x, Tensor):
            x = self._enter(x, edge_attr, edge_weight, ego)
        elif edge_attr is not None or edge_weight is not None:
            raise ValueError("'edge_attr' and 'edge_weight' enter with node features only")
        out = super().forward(x, ego, batch, batch_size)
        return self._leave(out, ego) if isinstance(self.out_channels, int) else out

    def _enter(
        self, x: Tensor, edge_attr: Tensor | None, edge_weight: Tensor | None, ego: EgoPlan
    ) -> Tuples:
        """Node and edge features of the graph as features of every ego-network."""
        if not x.is_floating_point():
            raise ValueError(f"'x' must hold floating-point numbers (got {x.dtype})")
        if x.dim() != 2 or x.shape != (ego.num_nodes, self.in_channels):
            raise ValueError(
                f"'x' must have shape [{ego.num_nodes}, {self.in_channels}] (got {list(x.shape)})"
            )
        values = _edge_values(x, edge_attr, edge_weight, self.edge_dim, ego)
        two = x.new_zeros(ego.tuples.num_pairs, values.size(1))
        return None, ego.nodes.expand(x), two.index_add(0, ego.edge_pair, values)

    def _leave(self, xs: Tuples, ego: EgoPlan) -> Tensor:
        """The mean over ego-networks for each node, plus the features of its own ego-network."""
        zero, one = xs[0], xs[1]
        assert zero is not None and one is not None
        return zero.index_select(0, ego.ego_id) + ego.merge(one, order=1)[0]


def count_nodes(x: Any, name: str) -> int:
    """The number of nodes, or an error that says what the layer of that name takes instead."""
    if isinstance(x, Tensor) and x.dim() > 0:
        return x.size(0)
    kind = type(x).__name__
    got = f"a {kind} of {len(x)}" if isinstance(x, tuple | list) else kind
    raise ValueError(
        f"'x' must be one tensor of node features; '{name}' does not support bipartite graphs "
        f"(got {got})"
    )


def find_ego(
    ego: Any, edge_index: Any, num_nodes: int | None, num_hops: int, max_nodes: int | None = None
) -> tuple[EgoPlan, Tensor | None]:
    r"""The ego-networks that a layer works on, and the weights of edges given as a matrix.

    Args:
        ego (EgoPlan or Data, optional): The ego-networks, or graphs that hold them.
        edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges.
        num_nodes (int, optional): The number of nodes; without it, :obj:`ego` must be given.
        num_hops (int): The number of hops.
        max_nodes (int, optional): The most members of ego-networks that are found here.

    Raises:
        ValueError: If neither edges nor ego-networks are given, or they do not fit each other.
    """
    edges, weight = (None, None) if edge_index is None else edge_list(edge_index)
    if ego is None:
        if edges is None or num_nodes is None:
            raise ValueError("one of 'edge_index' and 'ego' must be given (got None)")
        return EgoPlan.from_edges(edges, num_nodes, num_hops, max_nodes=max_nodes), weight
    if not isinstance(ego, EgoPlan):
        known = edge_list(ego.edge_index)[0] if "edge_index" in ego else None
        if known is not None and edges is not None and edges is not known:
            if edges.shape != known.shape or not torch.equal(edges, known):
                raise ValueError(
                    f"'edge_index' of shape {list(edges.shape)} differs from that of 'ego', of "
                    f"shape {list(known.shape)}"
                )
        ego = EgoPlan.from_data(ego)
    if edges is not None and edges.size(1) != ego.num_edges:
        raise ValueError(
            f"'edge_index' has {edges.size(1)} edges, but 'ego' was made of {ego.num_edges}"
        )
    return ego, weight


def check_edge_attr(edge_attr: Tensor | None, edge_dim: int | None, num_edges: int) -> None:
    """Checks that every edge has features of the size that was announced, or none has."""
    got = None if edge_attr is None else list(edge_attr.shape)
    if edge_dim is None and edge_attr is not None:
        raise ValueError(f"'edge_attr' is given, but 'edge_dim' is None (got shape {got})")
    if edge_dim is not None and got != [num_edges, edge_dim]:
        raise ValueError(
            f"'edge_attr' must have shape [E, {edge_dim}] (got {got}), and there are "
            f"E = {num_edges} edges"
        )


def _edge_values(
    x: Tensor,
    edge_attr: Tensor | None,
    edge_weight: Tensor | None,
    edge_dim: int | None,
    ego: EgoPlan,
) -> Tensor:
    """Features of each edge of an ego-network :math:`(P, D)`."""
    num_edges = ego.num_edges
    check_edge_attr(edge_attr, edge_dim, num_edges)
    if edge_attr is None:
        values = x.new_ones(ego.e_id.numel(), 1)
    else:
        values = edge_attr.to(x.dtype).index_select(0, ego.e_id)
    if edge_weight is None:
        return values
    if not edge_weight.is_floating_point() or edge_weight.shape != (num_edges,):
        raise ValueError(
            f"'edge_weight' must hold {num_edges} floating-point numbers, one for each edge (got "
            f"shape {list(edge_weight.shape)} of {edge_weight.dtype}); the graph of each node is "
            "'batch'"
        )
    return values * edge_weight.to(x.dtype).index_select(0, ego.e_id).unsqueeze(-1)
