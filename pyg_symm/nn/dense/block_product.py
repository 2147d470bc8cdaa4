"""The product of factors of pairs within what the later node sees, and its backward pass."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from .layout import BlockLayout
from .writing import write


class ProductMasks(NamedTuple):
    r"""Masks of a layout as numbers, with the scale of products folded in; a stack has them once.

    Attributes:
        seen: What the later node of a pair sees :math:`(B, 1, N, N)`, and
        earlier: what is in an earlier block.
        parts: Pairs with earlier blocks, and within the block :math:`(B, 1, 2, N, N)`.
        sides: Pairs of which the first node is the later one, and those of which the second is
            :math:`(B, 1, 2, 1, N, N)`.
        left: Scales of left factors by the first node: of pairs with earlier blocks, within the
            block, and with both :math:`(B, 1, N, 3, N)`.
        right: Scales of right factors by the second node: of both, of earlier blocks, and within
            the block :math:`(B, 1, 3, N, N)`.
    """

    seen: Tensor
    earlier: Tensor
    parts: Tensor
    sides: Tensor
    left: Tensor
    right: Tensor

    @classmethod
    def of(cls, layout: BlockLayout, dtype: torch.dtype, scale: bool = True) -> "ProductMasks":
        """From a layout, with or without dividing by the square root of the number of terms."""
        parts = torch.stack([layout.earlier, layout.same, layout.seen], dim=2).to(dtype)
        scaled = parts
        if scale:
            scaled = parts * layout.num_seen.to(dtype).rsqrt().unsqueeze(2)
        sides = torch.cat([parts[:, :, 2:], 1 - parts[:, :, 2:]], dim=2).unsqueeze(3)
        right = scaled.mT.roll(1, dims=2)
        left = scaled.transpose(2, 3).contiguous()
        parts = parts[:, :, :2]
        return cls(layout.seen, layout.earlier, parts, sides, left, right.contiguous())


class BlockProduct(torch.autograd.Function):
    r"""Adds products of factors, within what the later node of a pair sees, behind a linear map.

    In plane 0, with :math:`s_p` the scale of what :math:`p` sees,

    .. math::
        P_{pq} = \begin{cases}
            s_p \sum_{k \le p} u_{pk} v_{kq} & q \le p \\
            s_q \sum_{k \le q} u_{pk} v_{kq} & p < q
        \end{cases}

    by blocks. In plane 1 the later node of a pair is noisy: pairs of noisy nodes with earlier ones
    come from plane 1, pairs of earlier ones from plane 0. Masked factors share products of matrices
    wherever the sums allow it.

    Shapes:
        - **input:** what to add to :math:`(B, P, N, N, C)`, left factors
          :math:`(B, C, N, P, N)`, right ones :math:`(B, C, P, N, N)`, weight and bias of the linear
          map, and masks
        - **output:** :math:`(B, P, N, N, C)`
    """

    @staticmethod
    def forward(
        ctx: Any, base: Tensor, u: Tensor, v: Tensor, weight: Tensor, bias: Tensor, *masks: Tensor
    ) -> Tensor:
        mask = ProductMasks(*masks)
        both = u.size(3) == 2
        # One more channel of ones carries the bias.
        wide = v.new_empty(v.size(0), v.size(1) + 1, *v.shape[2:])
        wide[:, -1] = 1
        product = wide[:, :-1]
        low = u[:, :, :, 0] * mask.left[:, :, :, 2]
        high = v[:, :, 0] * mask.right[:, :, 0]
        kept = [u, v, low, high]
        below, above = _planes_like(v, 2), _planes_like(v, 2)
        _mm_into(below[:, :, 0], low, v[:, :, 0])
        _mm_into(above[:, :, 0], u[:, :, :, 0], high)
        if both:
            # Pairs with earlier blocks, within the block, and with both.
            lows = u[:, :, :, 1:] * mask.left  # [B, C, N, 3, N]
            highs = v[:, :, 1:] * mask.right[:, :, 1:]  # [B, C, 2, N, N]
            kept += [lows, highs]
            write(
                below[:, :, 1],
                torch.where,
                mask.earlier,
                _mm(lows[:, :, :, :2].flatten(3), v.flatten(2, 3)),
                _mm(lows[:, :, :, 2], v[:, :, 1]),
            )
            _mm_into(above[:, :, 1], u.flatten(3), highs.flatten(2, 3))
        write(product, torch.where, mask.seen.unsqueeze(2), below, above)
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
    u, v, low, high = kept[:4]
    grad_low, grad_high = (grad.unsqueeze(2) * mask.sides).unbind(2)
    through_u, through_v = _planes_like(u, 3), _planes_like(v, 2)
    _mm_into(through_u[:, :, :, 0], grad_low[:, :, 0], v[:, :, 0].mT)
    _mm_into(through_v[:, :, 0], u[:, :, :, 0].mT, grad_high[:, :, 0])
    if len(kept) == 4:
        to_u = _mm(grad_high[:, :, 0], high.mT).unsqueeze(3)
        to_v = _mm(low.mT, grad_low[:, :, 0]).unsqueeze(2)
    else:
        lows, highs = kept[4:]
        earlier, same = (grad[:, :, 1:] * mask.parts).unbind(2)
        of_earlier = _add_mm(_mm(earlier, v[:, :, 0].mT), same, v[:, :, 1].mT)
        of_same = _mm(grad_low[:, :, 1], v[:, :, 1].mT)
        write(through_u[:, :, :, 1], torch.where, mask.earlier, of_earlier, of_same)
        of_highs = _mm(u.flatten(3).mT, grad_high[:, :, 1]).view_as(highs)
        write(through_v[:, :, 1], torch.where, mask.earlier.mT, *of_highs.unbind(2))
        to_u = _mm(grad_high[:, :, 1], highs.flatten(2, 3).mT).view_as(u)
        _add_mm(to_u[:, :, :, 0], grad_high[:, :, 0], high.mT)
        to_v = _mm(lows[:, :, :, :2].flatten(3).mT, earlier).view_as(v)
        _add_mm(to_v[:, :, 0], low.mT, grad_low[:, :, 0])
        _add_mm(to_v[:, :, 1], lows[:, :, :, 2].mT, same)
    to_u.addcmul_(through_u, mask.left[:, :, :, 2:])
    to_v.addcmul_(through_v, mask.right[:, :, :1])
    return to_u, to_v


def _planes_like(x: Tensor, dim: int) -> Tensor:
    """An empty tensor whose planes along a dimension are each contiguous: batches of products that
    are written into parts of larger matrices take a CPU three times as long.
    """
    return torch.empty_like(x.movedim(dim, 0), memory_format=torch.contiguous_format).movedim(
        0, dim
    )


def _mm(left: Tensor, right: Tensor) -> Tensor:
    """Products of matrices, one for each channel of each graph."""
    return torch.bmm(left.flatten(0, 1), right.flatten(0, 1)).unflatten(0, left.shape[:2])


def _mm_into(out: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Writes products of matrices."""
    return write(out.flatten(0, 1), torch.bmm, left.flatten(0, 1), right.flatten(0, 1))


def _add_mm(total: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Adds products of matrices in place."""
    total.flatten(0, 1).baddbmm_(left.flatten(0, 1), right.flatten(0, 1))
    return total
