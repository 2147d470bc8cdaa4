"""Ego-networks as a transform."""

from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from pyg_symm.graphs import edge_list, ego_networks
from pyg_symm.utils import check_sizes

from .ego_net_data import EGO_NET_KEYS, EgoNetData, ego_net_type


class EgoNets(BaseTransform):
    r"""Collects the rooted :math:`k`-hop ego-network of every node.

    .. math::
        \mathrm{ego}(v) = \{ u : \mathrm{dist}(u \to v) \le k \}

    with all edges among its members. The result equals that of
    :class:`torch_geometric.transforms.RootedEgoNets`, fields and order, plus the root and the hop
    of each member. Work and memory grow with the size of the output; no :math:`N \times N` array
    is made. Along directed edges, an ego-network holds the nodes from which the root is reached.
    Multiple edges and self loops are kept as they are. Batches of a subclass of
    :class:`~torch_geometric.data.Data` keep its own rules of batching. A batch becomes one graph,
    whose ``batch`` and ``ptr`` are kept.

    A node of many neighbours, a hub, has an ego-network of as many members, and layers on pairs
    need memory for the square of that number. Bound it by :obj:`max_nodes`;
    :func:`~pyg_symm.graphs.ego_sizes` gives the numbers of members beforehand.

    Args:
        num_hops (int): The number of hops :math:`k`.
        max_nodes (int, optional): Keep at most that many members of each ego-network, the nearest
            ones. Where only some members of a hop fit, and where a node has more than
            :obj:`max_nodes` neighbours, members are drawn at random from :obj:`seed`. What is
            drawn depends on the order of the nodes, so models are no longer exactly equivariant.
            (default: :obj:`None`)
        dedup (bool, optional): Keep only one of several ego-networks with the same members;
            ``ego_id`` is the ego-network of each node. Its ``hop`` is then the distance to the
            nearest of the nodes that share it. (default: :obj:`False`)
        pairs (bool, optional): Also find the pairs of members that are the same two nodes, which
            :class:`~pyg_symm.nn.SPENConv` merges. Otherwise the layer finds them in every batch.
            (default: :obj:`False`)
        seed (int, optional): The seed of the random choice. (default: :obj:`0`)

    Raises:
        ValueError: If the graph has no edges or no number of nodes, an attribute of its own has a
            name that the transform sets, or the ego-networks do not fit into memory.

    Examples:
        >>> import torch
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> data = EgoNets(num_hops=1)(Data(edge_index=edge_index, num_nodes=3))
        >>> data.n_id, data.n_sub_batch
        (tensor([0, 1, 0, 1, 2, 1, 2]), tensor([0, 0, 1, 1, 1, 2, 2]))
        >>> data.root, data.hop
        (tensor([0, 1, 2]), tensor([0, 1, 1, 0, 1, 1, 0]))
    """

    def __init__(
        self,
        num_hops: int,
        max_nodes: int | None = None,
        dedup: bool = False,
        pairs: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_sizes(0, num_hops=num_hops)
        if max_nodes is not None:
            check_sizes(1, max_nodes=max_nodes)
        self.num_hops = num_hops
        self.max_nodes = max_nodes
        self.dedup = dedup
        self.pairs = pairs
        self.seed = seed

    def forward(self, data: Data) -> EgoNetData:
        """"""  # noqa: D419
        if data.edge_index is None or data.num_nodes is None:
            raise ValueError(f"'data' must have edges and a number of nodes (got {data})")
        taken = [key for key in EGO_NET_KEYS if key in data]
        if taken and not isinstance(data, EgoNetData):
            raise ValueError(
                f"'data' has an attribute '{taken[0]}' of its own, which 'EgoNets' would "
                f"overwrite; give it another name first (got {data})"
            )
        edge_index = edge_list(data.edge_index)[0]
        egos = ego_networks(
            edge_index, data.num_nodes, self.num_hops, self.max_nodes, self.dedup, self.seed
        )
        if self.pairs:
            egos = egos.with_pairs()
        out = ego_net_type(type(data)).from_dict(data.to_dict())
        out.num_nodes = data.num_nodes
        for key in taken:  # Of an earlier call.
            del out[key]
        out.update(egos.stored())
        return out

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(num_hops={self.num_hops}, max_nodes={self.max_nodes}, "
            f"dedup={self.dedup}, pairs={self.pairs}, seed={self.seed})"
        )
