"""Hard constraints on generated blocks, which are drawn again until they hold."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes


@dataclass(frozen=True, eq=False)
class Constraints:
    r"""Constraints that every block of a sample must satisfy; there are none by default.

    A block that breaks one is drawn again, which repeats the steps of one block and not of the
    whole graph. Samples under constraints do not follow the distribution of the model; report them
    separately.

    Args:
        degree (bool, optional): Nodes of a block have exactly the number of edges that was
            predicted for it. (default: :obj:`False`)
        connected (bool, optional): Nodes whose block has a degree above 0 have an edge. The graph
            may be disconnected in between, because what joins two cores is generated after them.
            (default: :obj:`False`)
        max_valence (torch.Tensor, optional): The largest sum of bond orders of each class of nodes
            :math:`(F)`. (default: :obj:`None`)
        edge_order (torch.Tensor, optional): What an edge of each class counts for :math:`(C)`.
            (default: the number of the class)
        max_redraws (int, optional): How often a block, or with ``one_piece`` a graph, is drawn
            again before it is taken as it is. (default: :obj:`20`)
        one_piece (bool, optional): Graphs are connected. A graph that is not is drawn again as a
            whole: if a share :math:`p` of plain samples is connected, this costs about
            :math:`1 / p` times as much, and the result is the model's distribution given that
            the graph is connected. (default: :obj:`False`)

    Examples:
        >>> Constraints(degree=True).any
        True
    """

    degree: bool = False
    connected: bool = False
    max_valence: Tensor | None = None
    edge_order: Tensor | None = None
    max_redraws: int = 20
    one_piece: bool = False

    def __post_init__(self) -> None:
        check_sizes(0, max_redraws=self.max_redraws)

    @property
    def any(self) -> bool:
        """Whether there is a constraint on blocks."""
        return self.degree or self.connected or self.max_valence is not None

    def to(self, device: torch.device) -> "Constraints":
        """Moves the tables."""
        tables = (self.max_valence, self.edge_order)
        valence, order = (None if table is None else table.to(device) for table in tables)
        return replace(self, max_valence=valence, edge_order=order)

    def order(self, edge: Tensor) -> Tensor:
        """The bond orders of edges of given classes."""
        return edge if self.edge_order is None else self.edge_order[edge]

    def allowed(self, node: Tensor, edge: Tensor, num_edge_classes: int) -> Tensor | None:
        r"""Which classes an edge to each finished node may have, given its free valence.

        Args:
            node (torch.Tensor): Classes of finished nodes :math:`(B, N)`.
            edge (torch.Tensor): Classes of their pairs :math:`(B, N, N)`.
            num_edge_classes (int): Classes of edges :math:`C`, without one that only noise has.

        Returns:
            torch.Tensor: Whether it may :math:`(B, N, C)`, if valences are bounded.
        """
        if self.max_valence is None:
            return None
        left = self.max_valence[node] - self.order(edge).sum(-1)
        order = self.order(torch.arange(num_edge_classes, device=node.device))
        # No edge at all is always an answer, also where a bound has been broken before.
        return order <= left.clamp_min(0).unsqueeze(-1)

    def hold(
        self,
        node: Tensor,
        edge: Tensor,
        mask: Tensor,
        degree: Tensor,
        finished: tuple[Tensor, Tensor],
    ) -> Tensor:
        r"""Whether each block satisfies them.

        Args:
            node (torch.Tensor): Classes of the block's nodes :math:`(B, b)`.
            edge (torch.Tensor): Classes of its pairs, with finished nodes and then with its own,
                0 where there is no pair :math:`(B, b, N + b)`.
            mask (torch.Tensor): Which of its nodes are there :math:`(B, b)`.
            degree (torch.Tensor): The degree predicted for its nodes :math:`(B)`.
            finished (tuple): Classes of finished nodes :math:`(B, N)` and pairs
                :math:`(B, N, N)`.
        """
        ends = (edge > 0).sum(-1)
        good = torch.ones_like(mask)
        if self.degree:
            good &= ends == degree.unsqueeze(1)
        if self.connected:
            good &= (ends > 0) | (degree == 0).unsqueeze(1)
        good = (good | ~mask).all(1)
        if self.max_valence is not None:
            order = self.order(edge)
            fits = (order.sum(-1) <= self.max_valence[node]) | ~mask
            added = order[:, :, : finished[0].size(1)].sum(1)
            total = self.order(finished[1]).sum(-1) + added
            # What an earlier block has broken is not held against this one.
            good &= fits.all(1) & ((added == 0) | (total <= self.max_valence[finished[0]])).all(1)
        return good

    def to_dict(self) -> dict[str, Any]:
        """As plain values, to compare settings by."""
        tables = (self.max_valence, self.edge_order)
        valence, order = (None if table is None else table.tolist() for table in tables)
        return {
            "degree": self.degree,
            "connected": self.connected,
            "max_valence": valence,
            "edge_order": order,
            "max_redraws": self.max_redraws,
            "one_piece": self.one_piece,
        }
