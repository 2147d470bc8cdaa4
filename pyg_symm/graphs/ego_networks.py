"""A batch of ego-networks: one record, from the search to the layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import Partition, TuplePlan, index_to_ptr
from pyg_symm.utils.lazy import lazy, moved_parts
from pyg_symm.utils.memory import warn_of_memory

from .edge_list import edge_list
from .ego_members import PAIR_BYTES, REMEDY
from .ego_search import search


@dataclass(frozen=True, eq=False)
class EgoPlan:
    r"""Ego-networks of a graph or of a batch of graphs, all :math:`S` of them end to end.

    They have :math:`n` members, :math:`T` ordered pairs of members, and :math:`P` edges among
    members. The fields are those that :class:`~pyg_symm.transforms.EgoNets` stores, by PyG's
    names. Integers only: build a plan once a batch, by :meth:`from_data` or :meth:`from_edges`,
    and share it between layers.

    Attributes:
        num_nodes (int): The number of nodes :math:`N` of the graph.
        num_edges (int): The number of edges :math:`E` of the graph.
        num_hops (int): The number of hops.
        root (torch.Tensor): The node in the middle of each ego-network :math:`(S)`.
        n_id (torch.Tensor): The node of each member :math:`(n)`, ego by ego, ascending.
        hop (torch.Tensor): Its distance to the root :math:`(n)`.
        n_sub_batch (torch.Tensor): The ego-network of each member :math:`(n)`.
        sub_edge_index (torch.Tensor): Edges between members :math:`(2, P)`, by position among the
            members.
        e_id (torch.Tensor): The edge of the graph behind each :math:`(P)`.
        e_sub_batch (torch.Tensor): Its ego-network :math:`(P)`.
        ego_id (torch.Tensor): The ego-network of each node :math:`(N)`.
        shared (bool): Whether several nodes may have one ego-network.
        pair_order (torch.Tensor, optional): The pairs in an order that brings together those of
            the same two nodes :math:`(T)`.
        pair_count (torch.Tensor, optional): How many are of the same two nodes :math:`(U)`.

    Examples:
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> EgoPlan.from_edges(edge_index, num_nodes=3, num_hops=1)
        EgoPlan(num_nodes=3, num_egos=3, num_members=7, num_pairs=17, num_distinct_pairs=9)
    """

    num_nodes: int
    num_edges: int
    num_hops: int
    root: Tensor
    n_id: Tensor
    hop: Tensor
    n_sub_batch: Tensor
    sub_edge_index: Tensor
    e_id: Tensor
    e_sub_batch: Tensor
    ego_id: Tensor
    shared: bool = False
    pair_order: Tensor | None = None
    pair_count: Tensor | None = None
    parts: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def from_edges(
        cls, edge_index: Tensor, num_nodes: int, num_hops: int, **kwargs: Any
    ) -> "EgoPlan":
        r"""Finds the ego-networks of a graph, or of a batch of graphs, and all that layers need.

        Args:
            edge_index (torch.Tensor): Edges :math:`(2, E)`.
            num_nodes (int): The number of nodes :math:`N`.
            num_hops (int): The number of hops.
            **kwargs (optional): ``max_nodes``, ``dedup`` and ``seed`` of
                :class:`~pyg_symm.transforms.EgoNets`.

        Raises:
            ValueError: If an edge names a node that does not exist, or the pairs do not fit into
                memory.
        """
        with torch.inference_mode(False):  # Training may use the plan afterwards.
            return cls(**search(edge_index, num_nodes, num_hops, pairs=True, **kwargs)).prepare()

    @classmethod
    def from_data(cls, data: Any) -> "EgoPlan":
        r"""Takes what :class:`~pyg_symm.transforms.EgoNets` found, for one graph or a batch.

        Args:
            data (EgoNetData or Batch): The graphs.

        Raises:
            ValueError: If the transform was not applied, was applied with different numbers of
                hops, or the edges have been changed since.
        """
        missing = [key for key in (*_STORED, "num_hops") if data.get(key) is None]
        if missing:
            raise ValueError(f"'data' must come from 'EgoNets' (it has no '{missing[0]}')")
        hops = data.num_hops.unique().tolist()
        if len(hops) > 1:
            raise ValueError(f"'data' has ego-networks of different numbers of hops (got {hops})")
        edge_index = edge_list(data.edge_index)[0]
        plan = cls(
            data.num_nodes,
            edge_index.size(1),
            hops[0] if hops else 0,
            **{key: data[key] for key in _STORED},
            ego_id=data.ego_id if "ego_id" in data else data.root,
            shared="ego_id" in data,
            pair_order=data.get("pair_order"),
            pair_count=data.get("pair_count"),
        )
        e_id, ends = plan.e_id, plan.n_id[plan.sub_edge_index]
        known = e_id.numel() == 0 or int(e_id.max()) < plan.num_edges
        if not known or not torch.equal(ends, edge_index[:, e_id]):
            raise ValueError("'edge_index' of 'data' was changed after 'EgoNets'; apply it last")
        return plan.prepare()

    def stored(self) -> Mapping[str, Tensor]:
        """The fields that :class:`~pyg_symm.transforms.EgoNets` stores, by name."""
        out = {key: getattr(self, key) for key in _STORED}
        out["num_hops"] = self.root.new_tensor([self.num_hops])
        if self.shared:
            out["ego_id"] = self.ego_id
        if self.pair_order is not None and self.pair_count is not None:
            out["pair_order"], out["pair_count"] = self.pair_order, self.pair_count
        return out

    def with_pairs(self) -> "EgoPlan":
        """Also finds the pairs of members that are the same two nodes."""
        order, count = self.tuples.group_pairs(self.n_id, self.num_nodes)
        return replace(self, pair_order=order, pair_count=count)

    def prepare(self) -> "EgoPlan":
        """Computes all parts now, so that compiled code finds them."""
        for name in ("tuples", "nodes", "pairs", "edge_pair", "counts", "_pair_of_edge"):
            getattr(self, name)
        return self

    @lazy
    def tuples(self) -> TuplePlan:
        """Members and pairs of the ego-networks."""
        ptr = index_to_ptr(self.n_sub_batch, self.root.numel())
        sizes = ptr.diff()
        num_pairs, largest = int(sizes.square().sum()), int(sizes.max()) if len(sizes) else 0
        what = (
            f"ego-networks of {self.num_nodes:,} nodes have {num_pairs:,} pairs of members (the "
            f"largest has {largest:,} members), and their indices"
        )
        warn_of_memory(num_pairs * PAIR_BYTES, ptr.device, what, REMEDY)
        return TuplePlan.from_ptr(ptr)

    @lazy
    def nodes(self) -> Partition:
        """Members :math:`(n)` grouped by node."""
        return Partition.of(self.n_id, self.num_nodes)

    @lazy
    def pairs(self) -> Partition:
        """Pairs :math:`(T)` grouped by the two nodes, into :math:`U` groups."""
        if self.pair_order is None or self.pair_count is None:
            return Partition.grouped(*self.tuples.group_pairs(self.n_id, self.num_nodes))
        return Partition.grouped(self.pair_order, self.pair_count)

    @lazy
    def edge_pair(self) -> Tensor:
        """The pair behind each edge of an ego-network :math:`(P)`."""
        return self.tuples.pair_of(*self.sub_edge_index)

    @lazy
    def weight(self) -> Tensor | None:
        """The number of nodes of each ego-network :math:`(S)`, if nodes share them."""
        return torch.bincount(self.ego_id, minlength=self.root.numel()) if self.shared else None

    @lazy
    def counts(self) -> dict[int, Tensor]:
        """Ego-networks of each node :math:`(N, 1)` and of each distinct pair :math:`(U, 1)`."""
        if self.weight is None:
            return {order: part.counts.unsqueeze(-1) for order, part in self.partitions.items()}
        return {q: part.sum(self._weights[q].float()) for q, part in self.partitions.items()}

    @lazy
    def _weights(self) -> dict[int, Tensor]:
        """The number of nodes that share the ego-network of each member and pair."""
        members = self.weight[self.tuples.sets.index].unsqueeze(-1)
        return {1: members, 2: members[self.tuples.rows.index]}

    @property
    def partitions(self) -> dict[int, Partition]:
        """Members by node and pairs by pair of nodes."""
        return {1: self.nodes, 2: self.pairs}

    def merge(self, x: Tensor, order: int, mean: bool = True) -> tuple[Tensor, Tensor]:
        r"""Merges the features that ego-networks have for each node, or for each pair of nodes.

        Args:
            x (torch.Tensor): Features of members :math:`(n, F)` or pairs :math:`(T, F)`.
            order (int): 1 for members, 2 for pairs.
            mean (bool, optional): Divide the sum by the number of ego-networks.
                (default: :obj:`True`)

        Returns:
            tuple: The mean or sum, and the number of ego-networks, for nodes
            :math:`(N, F), (N, 1)` or distinct pairs :math:`(U, F), (U, 1)`.
        """
        count = self.counts[order].to(x.dtype)
        if self.weight is not None:
            x = x * self._weights[order].to(x.dtype)
        total = self.partitions[order].sum(x)
        return total / count.clamp(min=1) if mean else total, count

    def graph_of(self, batch: Tensor, order: int) -> Tensor:
        r"""The graph of each ego-network, member or pair.

        Args:
            batch (torch.Tensor): The graph of each node :math:`(N)`.
            order (int): 0 for ego-networks, 1 for members, 2 for pairs.
        """
        graph = batch.new_zeros(self.tuples.num_sets).index_copy(0, self.ego_id, batch)
        for partition in (self.tuples.sets, self.tuples.rows)[:order]:
            graph = graph[partition.index]
        return graph

    @property
    def pair_of_edge(self) -> Tensor:
        r"""The distinct pair of each edge of the graph :math:`(E)`.

        Raises:
            ValueError: If an edge is in no ego-network, as for ``num_hops=0`` and where
                ``max_nodes`` cut it off.
        """
        pair, num_outside = self._pair_of_edge
        if num_outside > 0:
            raise ValueError(
                "'num_hops' must be positive and 'max_nodes' larger: "
                f"{num_outside} of {self.num_edges} edges are in no ego-network"
            )
        return pair

    @lazy
    def _pair_of_edge(self) -> tuple[Tensor, int]:
        """The pair of each edge, -1 for those in no ego-network, and the number of these."""
        pair = self.e_id.new_full((self.num_edges,), -1)
        pair[self.e_id] = self.pairs.index[self.edge_pair]
        return pair, int((pair < 0).sum())

    def to(self, device: torch.device | str) -> "EgoPlan":
        """The plan on another device."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        moved: dict[str, Any] = {
            k: v.to(device) for k, v in values.items() if isinstance(v, Tensor)
        }
        out = replace(self, **moved)
        out.parts.update(moved_parts(self.parts, device))
        return out

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(num_nodes={self.num_nodes}, "
            f"num_egos={self.tuples.num_sets}, num_members={self.tuples.num_nodes}, "
            f"num_pairs={self.tuples.num_pairs}, "
            f"num_distinct_pairs={self.pairs.ptr.numel() - 1})"
        )


_STORED = ("n_id", "n_sub_batch", "root", "hop", "sub_edge_index", "e_id", "e_sub_batch")


def ego_networks(
    edge_index: Tensor,
    num_nodes: int,
    num_hops: int,
    max_nodes: int | None = None,
    dedup: bool = False,
    seed: int = 0,
) -> EgoPlan:
    r"""Finds the :math:`k`-hop ego-network of every node; see
    :class:`~pyg_symm.transforms.EgoNets`.

    Args:
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        num_nodes (int): The number of nodes :math:`N`.
        num_hops (int): The number of hops :math:`k`.
        max_nodes (int, optional): The most members to keep. (default: :obj:`None`)
        dedup (bool, optional): Keep one of those with the same members. (default: :obj:`False`)
        seed (int, optional): The seed of the choice among too many. (default: :obj:`0`)

    Raises:
        ValueError: If ``edge_index`` has another shape or names nodes that do not exist, or the
            ego-networks do not fit into memory.
    """
    return EgoPlan(**search(edge_index, num_nodes, num_hops, max_nodes, dedup, seed))
