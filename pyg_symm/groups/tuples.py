r"""The equivariant maps on a ragged bag of sets, factored by the level at which they act.

Every map between orders 0, 1 and 2 contracts its input to pairs, nodes or sets, and broadcasts
from there: :func:`contract` does the former, :func:`broadcast` the latter, and a layer applies one
matrix at each level in between. The 15 maps from order 2 to order 2 are

=========  =============================  ==================================  ====
level      contracted from                broadcast to                        maps
=========  =============================  ==================================  ====
pairs      :math:`X_{ij}, X_{ji}`         every pair                             2
nodes      diagonal, row and column mean  rows, columns, diagonal                9
sets       mean of the diagonal, of all   every pair, the diagonal               4
=========  =============================  ==================================  ====

Most rows are pairs: they are multiplied by two matrices here, by fifteen if all maps were stacked.
"""

import torch
from torch import Tensor

from pyg_symm.utils import TuplePlan
from pyg_symm.utils.linear_map import LinearMap, apply

Tuples = tuple[Tensor | None, Tensor | None, Tensor | None]


def contract(xs: Tuples, plan: TuplePlan, mean: bool = True) -> tuple[Tensor | None, Tensor | None]:
    r"""Contracts features of order 0, 1 and 2 to nodes and to sets.

    Args:
        xs (tuple): Features of order 0 :math:`(S, c_0)`, order 1 :math:`(n, c_1)` and order 2
            :math:`(T, c_2)`; :obj:`None` for orders without features.
        plan (TuplePlan): Where the tuples lie.
        mean (bool, optional): Divide each sum by the number of its terms. (default: :obj:`True`)

    Returns:
        tuple: For nodes the diagonal, row sums, the order-1 features and column sums
        :math:`(n, 3 c_2 + c_1)`; for sets the sums of the first three and the order-0 features
        :math:`(S, 2 c_2 + c_1 + c_0)`.
    """
    x0, x1, x2 = xs
    first: list[Tensor] = []
    last: list[Tensor] = []
    scale = None
    if mean and (x1 is not None or x2 is not None):
        scale = plan.inverse_sizes(x2 if x1 is None else x1)  # type: ignore[arg-type]
    if x2 is not None:
        row, col = plan.rows.sum(x2), plan.cols.sum(x2)
        if scale is not None:
            of_node = plan.sets.expand(scale)
            row, col = row * of_node, col * of_node
        first, last = [plan.diagonal(x2), row], [col]
    if x1 is not None:
        first.append(x1)
    if not first:
        return None, x0
    pooled_from = torch.cat(first, dim=-1)
    pooled = plan.sets.sum(pooled_from)
    pooled = pooled if scale is None else pooled * scale
    sets = pooled if x0 is None else torch.cat([pooled, x0], dim=-1)
    return torch.cat([pooled_from, *last], dim=-1) if last else pooled_from, sets


def broadcast(
    pairs: Tensor | None,
    row: Tensor,
    diagonal: Tensor,
    col: Tensor,
    plan: TuplePlan,
) -> Tensor:
    r"""Adds terms of pairs and of nodes to features of all pairs.

    .. math::
        Y_{ij} = P_{ij} + Q_{ji} + r_i + c_j + \delta_{ij} d_i

    Args:
        pairs (torch.Tensor, optional): :math:`P` beside :math:`Q` :math:`(T, 2 F)`.
        row (torch.Tensor): :math:`r` :math:`(n, F)`.
        diagonal (torch.Tensor): :math:`d` :math:`(n, F)`.
        col (torch.Tensor): :math:`c` :math:`(n, F)`.
        plan (TuplePlan): Where the tuples lie.

    Returns:
        torch.Tensor: :math:`(T, F)`
    """
    return apply(_Broadcast, pairs, row, diagonal, col, plan)


class _Broadcast(LinearMap):
    """One allocation for all five terms, and a backward pass without scatters."""

    @staticmethod
    def forward(pairs, row, diagonal, col, plan):
        out = row.index_select(0, plan.rows.index)
        out += col.index_select(0, plan.cols.index)
        if pairs is not None:
            direct, swapped = pairs.chunk(2, dim=-1)
            out += direct
            out += swapped.index_select(0, plan.cols.order)
        return out.index_add_(0, plan.diagonal.rows, diagonal)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.plan, ctx.has_pairs = inputs[-1], inputs[0] is not None

    @staticmethod
    def backward(ctx, grad):
        plan = ctx.plan
        pairs = torch.cat([grad, plan.transpose(grad)], dim=-1) if ctx.has_pairs else None
        return pairs, plan.rows.sum(grad), plan.diagonal(grad), plan.cols.sum(grad), None


def matmul(a: Tensor, b: Tensor, plan: TuplePlan, mean: bool = True) -> Tensor:
    r"""The product of the matrices of each set, channel by channel.

    .. math::
        M_{ij} = \frac{1}{m} \sum_l A_{il} B_{lj}

    Takes :math:`\sum m_s^3` multiplications a channel: sets of one size are multiplied together.

    Args:
        a (torch.Tensor): :math:`(T, F)`
        b (torch.Tensor): :math:`(T, F)`
        plan (TuplePlan): Where the pairs lie.
        mean (bool, optional): Divide by the number of nodes :math:`m`. (default: :obj:`True`)

    Returns:
        torch.Tensor: :math:`(T, F)`
    """
    regroup, groups = plan.by_size
    if not groups:
        return a * b
    lengths = [count * m * m for count, m in groups]
    products = []
    parts = (regroup(x).split(lengths) for x in (a, b))
    for (count, m), left, right in zip(groups, *parts, strict=True):
        shape = (count, m, m, left.size(-1))
        left, right = (x.view(shape).permute(0, 3, 1, 2) for x in (left, right))
        product = (left @ right).permute(0, 2, 3, 1).reshape(count * m * m, -1)
        products.append(product / m if mean else product)
    return regroup.inverse(torch.cat(products))
