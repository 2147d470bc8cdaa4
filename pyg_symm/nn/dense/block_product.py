"""The product of factors of pairs within what the later node sees, and its backward pass."""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .layout import BlockLayout
from .writing import write, written


class ProductMasks(NamedTuple):
    r"""Masks of a layout as numbers, with the scale of products folded in; a stack has them once.

    Attributes:
        seen: What the later node of a pair sees :math:`(B, 1, N, N)`.
        below: The same as numbers :math:`(B, 1, 1, N, N)`, and
        above: the other pairs :math:`(B, 1, N, 2, N)`.
        earlier: Pairs with earlier blocks :math:`(B, 1, N, N)`.
        left: Scales of left factors by the first node: of what it sees :math:`(B, 1, 1, N, N)`, and
        gap: of earlier blocks, with both signs :math:`(B, 1, 2, N, N)`.
        right: Scales of right factors by the second node: of what it sees, and of earlier blocks
            :math:`(B, 1, N, 2, N)`; and
        within: within the block :math:`(B, 1, N, N)`.
    """

    seen: Tensor
    below: Tensor
    above: Tensor
    earlier: Tensor
    left: Tensor
    gap: Tensor
    right: Tensor
    within: Tensor

    @classmethod
    def of(cls, layout: BlockLayout, dtype: torch.dtype, scale: bool = True) -> "ProductMasks":
        """From a layout, with or without dividing by the square root of the number of terms."""
        masks = torch.stack([layout.seen, layout.earlier, layout.same], dim=2).to(dtype)
        scaled = masks
        if scale:
            scaled = masks * layout.num_seen.to(dtype).rsqrt().unsqueeze(2)
        below, left, gap = masks[:, :, :1], scaled[:, :, :1], scaled[:, :, 1:2]
        right = scaled.permute(0, 1, 4, 2, 3).contiguous()  # [B, 1, N, 3, N]
        return cls(
            layout.seen,
            below,
            (1 - below).transpose(2, 3).expand(-1, -1, -1, 2, -1),
            masks[:, :, 1],
            left,
            torch.cat([gap, -gap], dim=2),
            right[:, :, :, :2],
            right[:, :, :, 2],
        )


class BlockProduct(torch.autograd.Function):
    r"""Adds products of factors, within what the later node of a pair sees, behind a linear map.

    In plane 0, with :math:`s_p` the scale of what :math:`p` sees,

    .. math::
        P_{pq} = \begin{cases}
            s_p \sum_{k \le p} u_{pk} v_{kq} & q \le p \\
            s_q \sum_{k \le q} u_{pk} v_{kq} & p < q
        \end{cases}

    by blocks. In plane 1 the later node of a pair is noisy: pairs of noisy nodes with earlier ones
    come from plane 1, pairs of earlier ones from plane 0. There, with :math:`v'` the right factors
    of plane 0,

    .. math::
        P_{pq} = s_p \sum_{k \le p} u_{pk} v_{kq}
            + [q < p]\, s_p \sum_{k < p} u_{pk} (v'_{kq} - v_{kq}), \quad q \le p,

    so that both planes share one product of masked left factors.

    Shapes:
        - **input:** what to add to :math:`(B, P, N, N, C)`, left factors
          :math:`(B, C, P, N, N)`, right ones of the same shape, weight and bias of the linear map,
          and masks
        - **output:** :math:`(B, P, N, N, C)`
    """

    @staticmethod
    def forward(
        ctx: Any, base: Tensor, u: Tensor, v: Tensor, weight: Tensor, bias: Tensor, *masks: Tensor
    ) -> Tensor:
        mask = ProductMasks(*masks)
        b, c, p, n, _ = v.shape
        wide, lows = v.new_empty(b, c + 1, p, n, n), v.new_empty(b, c, p, p, n, n)
        product = wide[:, :-1].unbind(2)
        low = [write(lows[:, :, :, 0], torch.mul, u, mask.left)]
        if p == 2:
            low.append(write(lows[:, :, :, 1], torch.mul, u[:, :, 1:], mask.gap))
        lows = written(lows, 3, *low)
        highs = _mul_side_by_side(v, mask.right)
        below = _mm(low[0], v)
        above = _mm(u[:, :, 0], highs.flatten(3)).view_as(highs)
        finished = write(product[0], torch.where, mask.seen, below[:, :, 0], above[:, :, :, 0])
        planes, kept = [finished], [u, v, lows, highs]
        if p == 2:
            gap, within = v[:, :, 0] - v[:, :, 1], v[:, :, 1] * mask.within
            kept += [gap, within]
            noisy = _mm(u[:, :, 1], within, above[:, :, :, 1])
            noisy = torch.where(mask.seen, below[:, :, 1], noisy)
            of_gap = _mm(low[1][:, :, 0], gap)
            planes.append(write(product[1], torch.addcmul, noisy, of_gap, mask.earlier))
        wide = _with_ones(wide, planes)
        ctx.save_for_backward(wide, weight, *masks, *kept)
        last = torch.cat([weight, bias.unsqueeze(1)], dim=1).mT.expand(len(wide), -1, -1)
        return torch.baddbmm(base.flatten(1, 3), wide.flatten(2).mT, last).view_as(base)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        wide, weight, *saved = ctx.saved_tensors
        num = len(ProductMasks._fields)
        mask, kept = ProductMasks(*saved[:num]), saved[num:]
        flat = grad.flatten(1, 3)  # [B, pairs, C]
        to_weight, to_bias = torch.bmm(flat.mT, wide.flatten(2).mT).sum(0).tensor_split([-1], 1)
        through = torch.bmm(weight.mT.expand(len(flat), -1, -1), flat.mT)
        to_u, to_v = _backward_product(through.view_as(wide[:, :-1]), mask, kept)
        return grad, to_u, to_v, to_weight, to_bias.squeeze(1), *[None] * len(mask)


def _backward_product(
    grad: Tensor, mask: ProductMasks, kept: list[Tensor]
) -> tuple[Tensor, Tensor]:
    """Gradients of both factors."""
    u, v, lows, highs = kept[:4]
    below = torch.empty_like(lows)
    low = [write(below[:, :, :, 0], torch.mul, grad, mask.below)]
    if len(kept) > 4:
        earlier = mask.earlier.unsqueeze(2).expand(-1, -1, 2, -1, -1)
        low.append(write(below[:, :, :, 1], torch.mul, grad[:, :, 1:], earlier))
    below, above = written(below, 3, *low), _mul_side_by_side(grad, mask.above)

    through = u.new_empty(len(u.movedim(2, 0)), *u[:, :, 0].shape)
    planes = [_mm_into(through[0], above.flatten(3), highs.flatten(3).mT)]
    to_u = _mm(low[0], v.mT)
    to_v = _mm(lows.flatten(3, 4).mT, below.flatten(3, 4))
    to_highs = _mm(u[:, :, 0].mT, above.flatten(3)).view_as(highs)
    to_v.addcmul_(to_highs.transpose(2, 3), mask.right[:, :, :, : v.size(2)].transpose(2, 3))
    if len(kept) > 4:
        gap, within = kept[4:]
        noisy = above[:, :, :, 1]
        planes.append(_mm_into(through[1], noisy, within.mT))
        to_u[:, :, 1].addcmul_(_mm(low[1][:, :, 0], gap.mT), mask.earlier)
        to_v[:, :, 1].addcmul_(_mm(u[:, :, 1].mT, noisy), mask.within)
    through = written(through, 0, *planes)
    return write(to_u, torch.addcmul, through.movedim(0, 2), to_u, mask.left), to_v


def _with_ones(wide: Tensor, planes: list[Tensor]) -> Tensor:
    """Planes of products, with one more channel of ones, which carries the bias."""
    if torch.compiler.is_compiling():
        return torch.stack([F.pad(x, (0, 0, 0, 0, 0, 1), value=1.0) for x in planes], dim=2)
    wide[:, -1] = 1
    return wide


def _mul_side_by_side(planes: Tensor, mask: Tensor) -> Tensor:
    """Masked planes as parts of wide matrices :math:`(B, C, N, P, N)`: written one by one, which a
    CPU does four times as fast.
    """
    b, c, p, n, _ = planes.shape
    wide = planes.new_empty(b, c, n, p, n)
    parts = [
        write(wide[:, :, :, i], torch.mul, plane, mask[:, :, :, i])
        for i, plane in enumerate(planes.unbind(2))
    ]
    return written(wide, 3, *parts)


def _mm(left: Tensor, right: Tensor, add: Tensor | None = None) -> Tensor:
    """Products of matrices, one for each channel of each graph and, if they have these, plane."""
    factors = left.flatten(0, -3), right.flatten(0, -3)
    out = torch.bmm(*factors) if add is None else torch.baddbmm(add.flatten(0, -3), *factors)
    return out.unflatten(0, left.shape[:-2])


def _mm_into(out: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Writes products of matrices. Batches that are written into parts of larger matrices take a
    CPU three times as long.
    """
    return write(out.flatten(0, 1), torch.bmm, left.flatten(0, 1), right.flatten(0, 1)).view_as(out)
