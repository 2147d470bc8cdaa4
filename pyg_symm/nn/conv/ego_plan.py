"""The plan of a batch of ego-networks: all that does not depend on features."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from pyg_symm.graphs import EgoNetworks, ego_networks
from pyg_symm.utils import Partition, TuplePlan, index_to_ptr


@dataclass(frozen=True, eq=False)
class EgoPlan:
    r"""Where the members and pairs of ego-networks lie, and which of them are the same.

    Build it once a batch, by :meth:`from_data` or :meth:`from_edges`, and share it between layers.

    Attributes:
        num_nodes (int): The number of nodes :math:`N` of the graph.
        tuples (TuplePlan): Members and pairs of the :math:`S` ego-networks.
        nodes (Partition): Members :math:`(n)` by the node that they are.
        pairs (Partition): Pairs :math:`(T)` by the two nodes that they are, :math:`U` in all.
        hop (torch.Tensor): The distance of each member to the root :math:`(n)`.
        ego_id (torch.Tensor): The ego-network of each node :math:`(N)`.
        edge_pair (torch.Tensor): The pair behind each edge of an ego-network :math:`(P)`.
        edge_id (torch.Tensor): The graph's edge behind it :math:`(P)`.
        weight (torch.Tensor, optional): How many nodes share each ego-network :math:`(S)`, if
            any do.

    Examples:
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> EgoPlan.from_edges(edge_index, num_nodes=3, num_hops=1)
        EgoPlan(num_nodes=3, num_egos=3, num_members=7, num_pairs=17, num_distinct_pairs=9)
    """

    num_nodes: int
    tuples: TuplePlan
    nodes: Partition
    pairs: Partition
    hop: Tensor
    ego_id: Tensor
    edge_pair: Tensor
    edge_id: Tensor
    weight: Tensor | None = None

    @classmethod
    def from_edges(
        cls, edge_index: Tensor, num_nodes: int, num_hops: int, **kwargs: Any
    ) -> "EgoPlan":
        r"""Plans the ego-networks of a graph, or of a batch of graphs.

        Args:
            edge_index (torch.Tensor): Edges :math:`(2, E)`.
            num_nodes (int): The number of nodes :math:`N`.
            num_hops (int): The number of hops.
            **kwargs (optional): ``max_nodes``, ``dedup`` and ``seed`` of
                :class:`~pyg_symm.transforms.EgoNets`.
        """
        egos = ego_networks(edge_index, num_nodes, num_hops, **kwargs)
        return cls._build(egos, num_nodes, kwargs.get("dedup", False))

    @classmethod
    def from_data(cls, data: Any) -> "EgoPlan":
        r"""Plans what :class:`~pyg_symm.transforms.EgoNets` found, for one graph or a batch.

        Args:
            data (EgoNetData or Batch): The graphs.

        Raises:
            ValueError: If the transform was not applied.
        """
        missing = [key for key in ("n_id", "n_sub_batch", "root", "hop") if key not in data]
        if missing:
            raise ValueError(f"'data' must come from 'EgoNets' (it has no '{missing[0]}')")
        shared = "ego_id" in data
        egos = EgoNetworks(
            data.root,
            data.n_id,
            data.hop,
            data.n_sub_batch,
            data.sub_edge_index,
            data.e_id,
            data.e_sub_batch,
            data.ego_id if shared else data.root,
        )
        grouped = (data.pair_order, data.pair_count) if "pair_order" in data else None
        return cls._build(egos, data.num_nodes, shared, grouped)

    @classmethod
    def _build(
        cls,
        egos: EgoNetworks,
        num_nodes: int,
        shared: bool,
        grouped: tuple[Tensor, Tensor] | None = None,
    ) -> "EgoPlan":
        num_egos = egos.root.numel()
        tuples = TuplePlan.from_ptr(index_to_ptr(egos.owner, num_egos))
        order, count = tuples.group_pairs(egos.node, num_nodes) if grouped is None else grouped
        return cls(
            num_nodes=num_nodes,
            tuples=tuples,
            nodes=Partition.of(egos.node, num_nodes),
            pairs=Partition.grouped(order, count),
            hop=egos.hop,
            ego_id=egos.ego_id,
            edge_pair=tuples.pair_of(*egos.edge_index),
            edge_id=egos.edge_id,
            weight=torch.bincount(egos.ego_id, minlength=num_egos) if shared else None,
        )

    def merge(self, x: Tensor, order: int, mean: bool = True) -> tuple[Tensor, Tensor]:
        r"""Merges the features of all ego-networks for each node, or for each pair of nodes.

        Args:
            x (torch.Tensor): Features of members :math:`(n, F)` or pairs :math:`(T, F)`.
            order (int): 1 for members, 2 for pairs.
            mean (bool, optional): Divide the sum by the number of ego-networks.
                (default: :obj:`True`)

        Returns:
            tuple: The mean or sum, and the number of ego-networks, for nodes
            :math:`(N, F), (N, 1)` or distinct pairs :math:`(U, F), (U, 1)`.
        """
        count = self._counts[order].to(x.dtype)
        if self.weight is not None:
            x = x * self._weights[order].to(x.dtype)
        total = self.partitions[order].sum(x)
        return total / count.clamp(min=1) if mean else total, count

    @property
    def partitions(self) -> dict[int, Partition]:
        """Members and pairs by what they stand for."""
        return {1: self.nodes, 2: self.pairs}

    @cached_property
    def _weights(self) -> dict[int, Tensor]:
        """How many nodes share the ego-network of each member and pair."""
        assert self.weight is not None
        members = self.weight[self.tuples.sets.index].unsqueeze(-1)
        return {1: members, 2: members[self.tuples.rows.index]}

    @cached_property
    def _counts(self) -> dict[int, Tensor]:
        """The number of ego-networks that contain each node and each distinct pair."""
        if self.weight is None:
            return {order: part.counts.unsqueeze(-1) for order, part in self.partitions.items()}
        return {q: part.sum(self._weights[q].float()) for q, part in self.partitions.items()}

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

    def pair_of_edge(self, num_edges: int) -> Tensor:
        r"""Which of the distinct pairs each edge of the graph is :math:`(E)`.

        Args:
            num_edges (int): The number of edges :math:`E`.

        Raises:
            ValueError: If an edge is in no ego-network, as for ``num_hops=0`` and where
                ``max_nodes`` cut it off.
        """
        pair = self.edge_id.new_full((num_edges,), -1)
        pair[self.edge_id] = self.pairs.index[self.edge_pair]
        if bool((pair < 0).any()):
            raise ValueError(
                "'num_hops' must be positive and 'max_nodes' larger: "
                f"{int((pair < 0).sum())} of {num_edges} edges are in no ego-network"
            )
        return pair

    def to(self, device: torch.device | str) -> "EgoPlan":
        """The plan on another device."""
        names = ("tuples", "nodes", "pairs", "hop", "ego_id", "edge_pair", "edge_id", "weight")
        parts = {name: getattr(self, name) for name in names}
        return replace(self, **{k: v.to(device) for k, v in parts.items() if v is not None})

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(num_nodes={self.num_nodes}, "
            f"num_egos={self.tuples.num_sets}, num_members={self.tuples.num_nodes}, "
            f"num_pairs={self.tuples.num_pairs}, "
            f"num_distinct_pairs={self.pairs.ptr.numel() - 1})"
        )
