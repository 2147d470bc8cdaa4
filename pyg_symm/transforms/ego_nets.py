"""Ego-networks as data."""

from typing import Any

import torch
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform
from torch_geometric.transforms.rooted_subgraph import RootedSubgraphData

from pyg_symm.graphs import ego_networks
from pyg_symm.utils import TuplePlan, index_to_ptr


class EgoNetData(RootedSubgraphData):
    r"""A graph together with its ego-networks, as :class:`EgoNets` makes it.

    Beside the fields of PyG's ``RootedSubgraphData``, of :math:`S` ego-networks with :math:`n`
    members and :math:`T` ordered pairs of members, of which :math:`U` are distinct in the graph:

    * ``root`` :math:`(S)`: the root's node; ``hop`` :math:`(n)`: the distance to the root.
    * ``ego_id`` :math:`(N)`: the ego-network of each node, if ``dedup=True``.
    * ``pair_order`` :math:`(T)`, ``pair_count`` :math:`(U)`: the pairs, ego by ego and row-major,
      in an order that brings together those of the same two nodes, if ``pairs=True``.
    """

    def __inc__(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        if key in ("n_sub_batch", "e_sub_batch", "ego_id"):
            return self.root.numel()
        if key == "root":
            return self.num_nodes
        if key == "pair_order":
            return value.numel()
        return super().__inc__(key, value, *args, **kwargs)

    def map_data(self) -> Data:
        """The ego-networks as graphs of their own, with ``hop`` as a feature of their nodes."""
        data = self.clone()
        for key in ("root", "hop", "ego_id", "pair_order", "pair_count"):
            data.pop(key, None)
        data = RootedSubgraphData.map_data(data)
        data.hop = self.hop
        return data


# What PyG does for its own data: saved sets of it load without pickled code.
torch.serialization.add_safe_globals([EgoNetData])


class EgoNets(BaseTransform):
    r"""Collects the rooted :math:`k`-hop ego-network of every node.

    .. math::
        \mathrm{ego}(v) = \{ u : \mathrm{dist}(u \to v) \le k \}

    with all edges among its members. The result equals that of
    :class:`torch_geometric.transforms.RootedEgoNets`, fields and order, plus the root and the hop
    of each member. Work and memory grow with the size of the output; no :math:`N \times N` array
    is made. Along directed edges the ego-network holds the nodes from which the root is reached.
    Multiple edges and self loops are kept as they are.

    Args:
        num_hops (int): The number of hops :math:`k`.
        max_nodes (int, optional): Keep at most that many members, the nearest ones. Among members
            of the last hop that fits in part, and among more than :obj:`max_nodes` neighbours of
            one node, the choice is drawn from :obj:`seed`: a cut depends on the order of the
            nodes, so that models are no longer exactly equivariant. (default: :obj:`None`)
        dedup (bool, optional): Keep one of several ego-networks with the same members; ``ego_id``
            tells which one each node has. Its ``hop`` is then the distance to the nearest of the
            nodes that share it. (default: :obj:`False`)
        pairs (bool, optional): Also find the pairs of members that are the same two nodes, which
            :class:`~pyg_symm.nn.SPENConv` merges. Without, it finds them in every batch anew.
            (default: :obj:`False`)
        seed (int, optional): The seed of the choice among too many. (default: :obj:`0`)

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
        if num_hops < 0:
            raise ValueError(f"'num_hops' must not be negative (got {num_hops})")
        if max_nodes is not None and max_nodes < 1:
            raise ValueError(f"'max_nodes' must be positive (got {max_nodes})")
        self.num_hops = num_hops
        self.max_nodes = max_nodes
        self.dedup = dedup
        self.pairs = pairs
        self.seed = seed

    def forward(self, data: Data) -> EgoNetData:
        """"""  # noqa: D419
        if data.edge_index is None or data.num_nodes is None:
            raise ValueError(f"'data' must have edges and a number of nodes (got {data})")
        egos = ego_networks(
            data.edge_index, data.num_nodes, self.num_hops, self.max_nodes, self.dedup, self.seed
        )
        out = EgoNetData.from_dict(data.to_dict())
        out.num_nodes = data.num_nodes
        out.sub_edge_index, out.n_id, out.e_id = egos.edge_index, egos.node, egos.edge_id
        out.n_sub_batch, out.e_sub_batch = egos.owner, egos.edge_owner
        out.root, out.hop = egos.root, egos.hop
        for key in ("ego_id", "pair_order", "pair_count"):
            out.pop(key, None)  # Of an earlier call.
        if self.dedup:
            out.ego_id = egos.ego_id
        if self.pairs:
            plan = TuplePlan.from_ptr(index_to_ptr(egos.owner, egos.root.numel()))
            out.pair_order, out.pair_count = plan.group_pairs(egos.node, data.num_nodes)
        return out

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(num_hops={self.num_hops})"
