"""Masks of a layout as attention over pairs reads them."""

from typing import NamedTuple

import torch
from torch import Tensor

from .layout import BlockLayout


class AttentionMasks(NamedTuple):
    r"""Masks of a layout as attention reads them, for tensors of :math:`P` planes; a stack has
    them once.

    Attributes:
        seen: Whether :math:`p` sees :math:`k` :math:`(B, 1, N, 1, N)`.
        ends: Rows of a table of the terms of nodes that each pair sums :math:`(2 B P N N)`.
        offsets: Where the two rows of each pair begin in there :math:`(B P N N)`.
        rows: From which plane a pair takes its first node :math:`(B P N, N, P)`, and
        cols: from which one of plane 1 its second node :math:`(B, 2, N, N, 1)`.
        reads: What a node of a plane reads of each plane :math:`(B, 1, P, N, P, N)`.
        own: What it reads of plane 1 :math:`(B, P, N, 1, N)`.
    """

    seen: Tensor
    ends: Tensor
    offsets: Tensor
    rows: Tensor
    cols: Tensor
    reads: Tensor
    own: Tensor

    @classmethod
    def of(cls, layout: BlockLayout, planes: int, dtype: torch.dtype) -> "AttentionMasks":
        """From a layout."""
        seen = layout.seen[:, 0]
        # In plane 1 the earlier node of a pair is the finished one.
        later = torch.stack([torch.zeros_like(seen), seen], dim=1)[:, :planes]
        ends = torch.stack([later, later.mT], dim=-1)
        pairs = ends[..., 0].numel()
        rows = torch.stack([~seen, seen], dim=-1)
        cols = rows.permute(0, 3, 2, 1).unsqueeze(-1).to(dtype)
        reads, own = layout.seen.unsqueeze(3), torch.zeros_like(layout.seen)
        if planes == 2:
            first = torch.stack([seen, own[:, 0]], dim=2)
            second = torch.stack([layout.earlier[:, 0], layout.same[:, 0]], dim=2)
            reads = torch.stack([first, second], dim=1)
            own = torch.cat([own, layout.same], dim=1)
        planes_of_rows = torch.arange(planes, device=seen.device) == later.unsqueeze(-1).int()
        return cls(
            layout.seen.unsqueeze(3),
            _rows_of_table(ends),
            torch.arange(0, 2 * pairs, 2, dtype=torch.int32, device=seen.device),
            planes_of_rows.to(dtype).flatten(0, 2),
            cols,
            reads.to(dtype).unsqueeze(1),
            own.unsqueeze(3),
        )


def _rows_of_table(planes: Tensor) -> Tensor:
    """Rows of the first term of the first and of the second term of the second node of all pairs,
    given their planes :math:`(B, P, N, N, 2)`.
    """
    b, p, n = planes.shape[:3]
    place = torch.arange(n, device=planes.device)
    graph = p * torch.arange(b, device=planes.device).view(-1, 1, 1, 1, 1)
    node = torch.stack([place.view(-1, 1).expand(n, n), place.expand(n, n)], dim=-1)
    side = torch.arange(2, device=planes.device)
    return (2 * ((graph + planes) * n + node) + side).flatten().int()
