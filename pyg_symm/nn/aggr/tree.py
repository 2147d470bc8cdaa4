r"""Balanced-tree reduction of ragged sets; :mod:`.tree_plan` describes the trees."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from .tree_plan import TreePlan

Operator = Callable[[Tensor, Tensor], Tensor]


def tree_reduce(
    x: Tensor,
    plan: TreePlan,
    op: Operator,
    identity: Tensor | float = 0.0,
    checkpoint_levels: bool = False,
    trace: list[Tensor] | None = None,
) -> Tensor:
    r"""Folds every set of a ragged batch with a binary operator, in a balanced tree.

    .. math::
        \mathrm{out}_s = x_{s,1} \oplus x_{s,2} \oplus \cdots \oplus x_{s,d_s}

    with neighbours bracketed first. ``op`` is called :math:`\lceil \log_2 \max_s d_s \rceil` times,
    on :math:`E` less the number of non-empty sets rows in all, and nothing is padded. ``op`` is
    never called with a missing partner, so ``identity`` is an exact identity whatever ``op`` is.

    Args:
        x (torch.Tensor): Elements :math:`(E, *)`.
        plan (TreePlan): The trees, on the device of :obj:`x`.
        op (Callable): Maps left and right operands :math:`(P, *)`, :math:`(P, *)` to
            :math:`(P, *)`. It need not be commutative: the left operand holds the earlier leaves.
        identity (torch.Tensor or float, optional): The value of an empty set, broadcast to one row.
            (default: :obj:`0.0`)
        checkpoint_levels (bool, optional): Keep the operands of each level only, and compute what
            is inside of ``op`` again in the backward pass. (default: :obj:`False`)
        trace (list, optional): Receives what ``op`` returned at each level, that is the inner
            nodes of all trees. (default: :obj:`None`)

    Returns:
        torch.Tensor: One row a set :math:`(S, *)`.

    Raises:
        ValueError: If :obj:`x` does not have the plan's number of elements, or ``op`` returns
            another shape than that of its operands.

    Examples:
        >>> plan = TreePlan.from_ptr(torch.tensor([0, 3, 3, 5]))
        >>> x = torch.tensor([[2.0], [7.0], [1.0], [4.0], [5.0]])
        >>> tree_reduce(x, plan, torch.maximum, identity=float("-inf")).view(-1)
        tensor([7., -inf, 5.])
    """
    if x.dim() == 0 or x.size(0) != plan.num_elements:
        raise ValueError(f"'x' must have {plan.num_elements} rows (got shape {list(x.shape)})")
    rows = plan.leaves(x)
    tails = rows[:0]
    roots = [tails]  # Also makes no elements a function of `x`.
    for level in plan.levels:
        merges, heads = sum(level.num_merges), sum(level.num_heads)
        left, right, into, head = rows.split([level.num_pairs] * 2 + [merges, heads])
        if level.shuffle is not None:
            tails = level.shuffle(tails)
        tail, waiting = tails.split([merges, level.num_waiting])
        if level.num_rows > 0:
            left, right = _join(left, into), _join(right, tail)
            rows = _apply(op, left, right, checkpoint_levels)
            if trace is not None:
                trace.append(rows)
            rows, tail = rows.split([level.num_pairs, merges])
        else:
            rows = rows[:0]
        going, done = tail.split(level.num_merges)
        head_going, head_done = head.split(level.num_heads)
        tails = torch.cat([going, head_going, waiting])
        roots += [done, head_done]
    empty = torch.as_tensor(identity, dtype=x.dtype, device=x.device)
    roots.append(empty.expand(plan.num_empty, *x.shape[1:]))
    return plan.roots(torch.cat(roots))


def _join(first: Tensor, second: Tensor) -> Tensor:
    return torch.cat([first, second]) if second.size(0) > 0 else first


def _apply(op: Operator, left: Tensor, right: Tensor, recompute: bool) -> Tensor:
    if recompute:
        out = checkpoint(op, left, right, use_reentrant=False)
    else:
        out = op(left, right)
    if out.shape != left.shape:
        raise ValueError(
            f"'op' must return the shape of its operands, {list(left.shape)} "
            f"(got {list(out.shape)})"
        )
    return out.to(left.dtype)  # Under autocast the state keeps its own precision.
