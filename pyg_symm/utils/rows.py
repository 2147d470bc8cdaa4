r"""Linear maps that move rows, each beside its adjoint.

If no row is gathered twice, or each row once for every member of its segment, the adjoint needs no
scatter. The backward passes below are gathers and segment sums, too: fast and deterministic on
every device. Both directions are differentiable any number of times.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .linear_map import LinearMap, apply
from .ragged import check_index, index_to_ptr, ptr_to_index


class Permutation(NamedTuple):
    """A permutation of rows beside its inverse."""

    forward: Tensor
    backward: Tensor

    @classmethod
    def of(cls, order: Tensor) -> "Permutation":
        inverse = torch.empty_like(order)
        inverse[order] = torch.arange(order.numel(), device=order.device)
        return cls(order, inverse)

    def __call__(self, x: Tensor) -> Tensor:
        return apply(_Permute, x, self.forward, self.backward)

    @property
    def inverse(self) -> "Permutation":
        return Permutation(self.backward, self.forward)

    def to(self, device: torch.device | str) -> "Permutation":
        return Permutation(*(part.to(device) for part in self))


class Selection(NamedTuple):
    """Some rows, no two alike, out of ``num_rows``."""

    rows: Tensor
    num_rows: int

    def __call__(self, x: Tensor) -> Tensor:
        return apply(_Select, x, self.rows, self.num_rows)

    def to(self, device: torch.device | str) -> "Selection":
        return Selection(self.rows.to(device), self.num_rows)


@dataclass(frozen=True, eq=False)
class Partition:
    r"""Rows that fall into segments: :math:`T` rows, :math:`S` segments.

    :meth:`sum` and :meth:`expand` are adjoint to each other.

    Attributes:
        index: The segment of each row :math:`(T)`.
        order: The rows, segment by segment :math:`(T)`.
        ptr: Boundaries of the segments in :attr:`order` :math:`(S + 1)`.

    Examples:
        >>> partition = Partition.of(torch.tensor([1, 0, 1]), num_segments=3)
        >>> partition.sum(torch.tensor([[1.0], [2.0], [4.0]])).view(-1)
        tensor([2., 5., 0.])
        >>> partition.expand(torch.tensor([[7.0], [8.0], [9.0]])).view(-1)
        tensor([8., 7., 8.])
    """

    index: Tensor
    order: Tensor
    ptr: Tensor

    @classmethod
    def of(cls, index: Tensor, num_segments: int | None = None) -> "Partition":
        """By the segment of each row, in any order."""
        num_segments = check_index(index, num_segments)
        return cls(index, index.argsort(stable=True), index_to_ptr(index, num_segments))

    @classmethod
    def contiguous(cls, ptr: Tensor, num_rows: int | None = None) -> "Partition":
        """By the boundaries of contiguous segments."""
        index = ptr_to_index(ptr, num_rows)
        return cls(index, torch.arange(index.numel(), device=ptr.device), ptr)

    @classmethod
    def grouped(cls, order: Tensor, counts: Tensor) -> "Partition":
        """By the rows, segment by segment, and the number of rows of each segment."""
        ptr = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        index = torch.empty_like(order)
        index[order] = ptr_to_index(ptr, order.numel())
        return cls(index, order, ptr)

    @property
    def counts(self) -> Tensor:
        """Rows of each segment :math:`(S)`."""
        return self.ptr.diff()

    def sum(self, x: Tensor) -> Tensor:
        """Sums over the rows of each segment, from :math:`(T, F)` to :math:`(S, F)`."""
        return apply(_SegmentSum, x, self.index, self.order, self.ptr)

    def expand(self, x: Tensor) -> Tensor:
        """Gives each row the value of its segment, from :math:`(S, F)` to :math:`(T, F)`."""
        return apply(_Expand, x, self.index, self.order, self.ptr)

    def to(self, device: torch.device | str) -> "Partition":
        return Partition(self.index.to(device), self.order.to(device), self.ptr.to(device))


class _Permute(LinearMap):
    @staticmethod
    def forward(x: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
        return x.index_select(0, order)

    @staticmethod
    def backward(ctx, grad: Tensor):
        order, inverse = ctx.saved_tensors
        return apply(_Permute, grad, inverse, order), None, None


class _Select(LinearMap):
    @staticmethod
    def forward(x: Tensor, rows: Tensor, num_rows: int) -> Tensor:
        return x.index_select(0, rows)

    @staticmethod
    def backward(ctx, grad: Tensor):
        (rows,) = ctx.saved_tensors
        return apply(_Place, grad, rows, *ctx.sizes), None, None


class _Place(LinearMap):
    @staticmethod
    def forward(x: Tensor, rows: Tensor, num_rows: int) -> Tensor:
        return x.new_zeros(num_rows, *x.shape[1:]).index_copy_(0, rows, x)

    @staticmethod
    def backward(ctx, grad: Tensor):
        (rows,) = ctx.saved_tensors
        return apply(_Select, grad, rows, *ctx.sizes), None, None


class _SegmentSum(LinearMap):
    @staticmethod
    def forward(x: Tensor, index: Tensor, order: Tensor, ptr: Tensor) -> Tensor:
        return _segment_sum(x, index, order, ptr)

    @staticmethod
    def backward(ctx, grad: Tensor):
        return apply(_Expand, grad, *ctx.saved_tensors), None, None, None


class _Expand(LinearMap):
    @staticmethod
    def forward(x: Tensor, index: Tensor, order: Tensor, ptr: Tensor) -> Tensor:
        return x.index_select(0, index)

    @staticmethod
    def backward(ctx, grad: Tensor):
        return apply(_SegmentSum, grad, *ctx.saved_tensors), None, None, None


def _segment_sum(x: Tensor, index: Tensor, order: Tensor, ptr: Tensor) -> Tensor:
    """The sum of :class:`Partition`, without a gradient."""
    shape = (ptr.numel() - 1, *x.shape[1:])
    if x.numel() == 0 or ptr.numel() == 1:
        return x.new_zeros(shape)
    if x.dtype == torch.double and x.device.type == "cpu":  # Embedding bags have no fast path.
        return x.new_zeros(shape).index_add_(0, index, x)
    # Gathers and sums in one pass, without atomics: an embedding bag by another name.
    flat = x.detach().reshape(x.size(0), -1)
    return F.embedding_bag(order, flat, ptr, mode="sum", include_last_offset=True).view(shape)
