"""Losses that make a learned operator associative and commutative, and how models collect them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Operator = Callable[[Tensor, Tensor], Tensor]


class Regularized(torch.nn.Module):
    r"""A layer with a regularisation term in every training step.

    Only the term of the last forward pass is kept, until it is read.
    """

    _penalty: Tensor | None = None

    def regularization(self) -> Tensor:
        r"""The weighted term of the last forward pass, cleared by the call; zero if there is none.

        Add ``sum(m.regularization() for m in model.modules() if hasattr(m, "regularization"))``,
        or :func:`~pyg_symm.nn.aggr.regularization`, to the loss.
        """
        penalty, self._penalty = self._penalty, None
        return torch.zeros(()) if penalty is None else penalty

    def __getstate__(self) -> dict[str, Any]:
        # A tensor inside of a graph can be neither copied nor pickled.
        return {**self.__dict__, "_penalty": None}


def regularization(model: torch.nn.Module) -> Tensor:
    r"""The sum of all regularisation terms that the last forward pass left in a model.

    Args:
        model (torch.nn.Module): Any model; modules that occur twice count once.
    """
    terms = [m.regularization() for m in model.modules() if isinstance(m, Regularized)]
    return torch.stack([t.to(terms[-1].device) for t in terms]).sum() if terms else torch.zeros(())


def associativity_loss(
    op: Operator,
    rows: Tensor,
    num_triples: int = 256,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""The relative squared associativity error over random triples of rows.

    .. math::
        \frac{\mathbb{E} \, \lVert (a \oplus b) \oplus c - a \oplus (b \oplus c) \rVert^2}
             {\mathbb{E} \, \tfrac{1}{2} \lVert (a \oplus b) \oplus c \rVert^2
              + \tfrac{1}{2} \lVert a \oplus (b \oplus c) \rVert^2}

    No gradient flows through the denominator: without it, or with a gradient, shrinking the state
    would lower the loss.

    Args:
        op (Callable): The operator :math:`\oplus`.
        rows (torch.Tensor): Operands to draw from :math:`(N, *, F)`.
        num_triples (int, optional): The number of triples. (default: :obj:`256`)
        generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)

    Examples:
        >>> x = torch.arange(12.0).view(6, 2)
        >>> associativity_loss(torch.add, x).item()
        0.0
        >>> bool(associativity_loss(lambda a, b: (a + b) / 2, x) > 0.01)
        True
    """
    if rows.size(0) == 0:
        return rows.sum()
    a, b, c = _sample(rows, 3 * num_triples, generator).chunk(3)
    return relative_error(op(op(a, b), c), op(a, op(b, c)))


def commutativity_loss(
    op: Operator,
    rows: Tensor,
    num_pairs: int = 256,
    generator: torch.Generator | None = None,
) -> Tensor:
    r"""The relative squared error of :math:`a \oplus b = b \oplus a` over random pairs of rows.

    All operators of this package commute by construction; this is for those that do not.

    Args:
        op (Callable): The operator :math:`\oplus`.
        rows (torch.Tensor): Operands to draw from :math:`(N, *, F)`.
        num_pairs (int, optional): The number of pairs. (default: :obj:`256`)
        generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)
    """
    if rows.size(0) == 0:
        return rows.sum()
    a, b = _sample(rows, 2 * num_pairs, generator).chunk(2)
    return relative_error(op(a, b), op(b, a))


def sample_nodes(
    levels: list[Tensor], num_rows: int, generator: torch.Generator | None = None
) -> Tensor:
    r"""Rows drawn evenly from all levels of the trees, in random order.

    Args:
        levels (list): Leaves and inner nodes, each :math:`(N_l, *, F)`.
        num_rows (int): How many rows to draw, at least.
        generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)
    """
    levels = [level for level in levels if level.size(0) > 0]
    if not levels:
        raise ValueError("'levels' must hold a row (got none)")
    share = -(-num_rows // len(levels))
    rows = torch.cat([_sample(level, share, generator) for level in levels])
    return rows[_randperm(rows, generator)]


def relative_error(one: Tensor, other: Tensor) -> Tensor:
    r"""Mean squared difference over the mean square, which takes no gradient.

    Args:
        one (torch.Tensor): Of any shape.
        other (torch.Tensor): Of the same shape.
    """
    scale = (one.square().mean() + other.square().mean()).detach() / 2
    return (one - other).square().mean() / scale.clamp_min(torch.finfo(one.dtype).tiny)


def _sample(rows: Tensor, num: int, generator: torch.Generator | None) -> Tensor:
    device = rows.device if generator is None else generator.device
    pick = torch.randint(rows.size(0), (num,), generator=generator, device=device)
    return rows[pick.to(rows.device)]


def _randperm(rows: Tensor, generator: torch.Generator | None) -> Tensor:
    device = rows.device if generator is None else generator.device
    return torch.randperm(rows.size(0), generator=generator, device=device).to(rows.device)
