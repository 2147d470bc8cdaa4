"""Who sees whom: masks of graphs whose nodes come in blocks."""

from typing import Any, NamedTuple

import torch
from torch import Tensor


class BlockLayout(NamedTuple):
    r"""Masks of whole graphs, all of whose blocks are denoised at once.

    Every node is there twice: finished, as context of later blocks, and noisy, to be denoised. A
    noisy node sees the noisy nodes of its block and the finished ones of earlier blocks, a finished
    one the finished nodes up to its block. Of the :math:`2N \times 2N` pairs only those exist of
    which one node sees the other, and they fit into two planes of :math:`N \times N`:

    * plane 0, at :math:`(a, b)`: finished :math:`a`, finished :math:`b`;
    * plane 1, at :math:`(a, b)`: of two nodes of one block, noisy :math:`a` and noisy :math:`b`; of
      different blocks, the later one is noisy, and the earlier one finished.

    Attributes:
        node: Which nodes are there :math:`(B, 1, N)`.
        pair: Which pairs are there :math:`(B, 1, N, N)`.
        seen: Whether :math:`a` sees :math:`b` :math:`(B, 1, N, N)`, in both planes.
        same: Pairs within a block :math:`(B, 1, N, N)`.
        earlier: Pairs of which :math:`b` is in an earlier block than :math:`a`,
            :math:`(B, 1, N, N)`.
        num_seen: Nodes that each node sees, at least one :math:`(B, 1, N, 1)`.
    """

    node: Tensor
    pair: Tensor
    seen: Tensor
    same: Tensor
    earlier: Tensor
    num_seen: Tensor

    @classmethod
    def of(cls, block_id: Tensor) -> "BlockLayout":
        """From the block of each node, -1 where there is none :math:`(B, N)`."""
        node = block_id >= 0
        pair = node.unsqueeze(1) & node.unsqueeze(2)
        row, col = block_id.unsqueeze(2), block_id.unsqueeze(1)
        same, earlier = pair & (row == col), pair & (row > col)
        seen = same | earlier
        num_seen = seen.sum(-1, keepdim=True).clamp_min(1)
        masks = (node, pair, seen, same, earlier, num_seen)
        return cls(*(mask.unsqueeze(1) for mask in masks))

    def outer(self, row: Tensor, col: Tensor) -> Tensor:
        r"""Sums a term of the first node and one of the second, of all pairs.

        Args:
            row (torch.Tensor): Terms of nodes as the first of a pair :math:`(B, P, N, C)`.
            col (torch.Tensor): Terms of nodes as the second :math:`(B, P, N, C)`.

        Returns:
            torch.Tensor: The sums of pairs :math:`(B, P, N, N, C)`.
        """
        sums = [row[:, 0].unsqueeze(2) + col[:, 0].unsqueeze(1)]
        if row.size(1) == 2:
            sums.append(self.outer_noisy(row, col))
        return torch.stack(sums, dim=1)

    def outer_noisy(self, row: Tensor, col: Tensor) -> Tensor:
        """Plane 1 of :meth:`outer` alone :math:`(B, N, N, C)`."""
        return _SumEnds.apply(row, col, self.seen[:, 0])


class _SumEnds(torch.autograd.Function):
    """See :meth:`BlockLayout.outer_noisy`; gradients pass over pairs few times."""

    @staticmethod
    def forward(ctx: Any, row: Tensor, col: Tensor, seen: Tensor) -> Tensor:
        ctx.save_for_backward(seen)
        rows, cols = row.unsqueeze(3).unbind(1), col.unsqueeze(2).unbind(1)
        # The earlier node of a pair is the finished one.
        seen = seen.unsqueeze(-1)
        late = torch.where(seen, rows[1], rows[0])
        return late + torch.where(seen.transpose(1, 2), cols[1], cols[0])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (seen,) = ctx.saved_tensors
        planes = torch.stack([~seen, seen], dim=2).to(grad.dtype)  # [B, N, 2, N]
        to_row = torch.bmm(planes.flatten(0, 1), grad.flatten(0, 1)).view(*planes.shape[:3], -1)
        of_cols = planes.permute(0, 2, 3, 1).unsqueeze(-1)
        return to_row.transpose(1, 2), (grad.unsqueeze(1) * of_cols).sum(2), None


def split_pairs(pair: Tensor, size: int, dim: int) -> tuple[Tensor, ...]:
    """Pairs of a block of ``size`` nodes, along the dimension of :math:`2N + b`: from the nodes of
    the prefix, to them, and within the block.
    """
    others = (pair.size(dim) - size) // 2
    return pair.split([others, others, size], dim=dim)


class PrefixLayout(NamedTuple):
    r"""Masks of one block, of up to :math:`b` nodes, behind a prefix of up to :math:`N` nodes.

    The pairs of a block are kept as :math:`(B, b, 2N + b)`: for each of its nodes those from the
    nodes of the prefix, those to them, and those to the nodes of the block.

    Attributes:
        prefix: Which nodes of the prefix are there :math:`(B, N)`.
        block: Which nodes of the block are there :math:`(B, b)`.
        pair: Which pairs are there :math:`(B, b, 2N + b)`.
        num_seen: Nodes that each node of the block sees, at least one :math:`(B, 1, 1)`.
    """

    prefix: Tensor
    block: Tensor
    pair: Tensor
    num_seen: Tensor

    @classmethod
    def of(cls, prefix: Tensor, block: Tensor) -> "PrefixLayout":
        """From which nodes are there."""
        others = torch.cat([prefix, prefix, block], dim=1)
        num_seen = (prefix.sum(1) + block.sum(1)).clamp_min(1).view(-1, 1, 1)
        return cls(prefix, block, block.unsqueeze(2) & others.unsqueeze(1), num_seen)

    @property
    def seen(self) -> Tensor:
        """Which nodes those of the block see :math:`(B, b, N + b)`."""
        return self.outgoing(self.pair)

    def outgoing(self, pair: Tensor) -> Tensor:
        """Pairs to the prefix and within the block :math:`(B, b, N + b, \\cdot)`."""
        return pair[:, :, self.prefix.size(1) :]

    def split(self, pair: Tensor, dim: int = 2) -> tuple[Tensor, ...]:
        """Pairs from the prefix, to the prefix, and within the block."""
        return split_pairs(pair, self.block.size(1), dim)

    def flip(self, pair: Tensor) -> Tensor:
        """The other direction of all pairs :math:`(B, b, 2N + b, C)`."""
        incoming, outgoing, own = self.split(pair)
        return torch.cat([outgoing, incoming, own.transpose(1, 2)], dim=2)

    def fold(self, pair: Tensor) -> Tensor:
        """Sums of both directions :math:`(B, b, N + b, C)`."""
        incoming, outgoing, own = self.split(pair)
        return torch.cat([incoming + outgoing, own + own.transpose(1, 2)], dim=2)

    def outer(self, row: Tensor, col: Tensor, prefix_row: Tensor, prefix_col: Tensor) -> Tensor:
        r"""Sums a term of the first node and one of the second, of all pairs.

        Args:
            row (torch.Tensor): Terms of the block's nodes as first of a pair :math:`(B, b, C)`.
            col (torch.Tensor): Terms of the block's nodes as second :math:`(B, b, C)`.
            prefix_row (torch.Tensor): Terms of the prefix's nodes as first :math:`(B, N, C)`.
            prefix_col (torch.Tensor): Terms of the prefix's nodes as second :math:`(B, N, C)`.

        Returns:
            torch.Tensor: The sums :math:`(B, b, 2N + b, C)`.
        """
        incoming = prefix_row.unsqueeze(1) + col.unsqueeze(2)
        outgoing = row.unsqueeze(2) + torch.cat([prefix_col, col], dim=1).unsqueeze(1)
        return torch.cat([incoming, outgoing], dim=2)
