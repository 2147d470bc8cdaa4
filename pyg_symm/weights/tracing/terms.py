r"""Axes of tensors whose parts are not known yet.

As in :mod:`pyg_symm.weights.axes`, an axis is a concatenation of products of factors, here called a
*term*. A factor is a frozen number of units, written as an :obj:`int`, or :class:`Units`: units of
which the tracer does not know yet which other ones they must move with. What it learns is written
into ``Units.binding``: they may turn out to be other units, a product, a concatenation, or frozen.
"""

import math
from collections.abc import Iterable, Sequence


class Units:
    r"""Units that may be renumbered as long as nothing else is known.

    Args:
        size (int): The number of units, at least two.
    """

    __slots__ = ("binding", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.binding: Term | None = None

    def __repr__(self) -> str:
        return f"Units({self.size}, {id(self):#x})"


Factor = Units | int
Part = tuple[Factor, ...]
Term = tuple[Part, ...]

# Beyond so many parts, a concatenation is frozen rather than written out.
MAX_PARTS = 4096


def frozen(size: int) -> Term:
    r"""An axis that does not move."""
    return ((size,),)


def fresh(size: int) -> Term:
    r"""An axis about which nothing is known. A single unit, or none, cannot move."""
    return ((Units(size),),) if size > 1 else frozen(size)


def factor_size(factor: Factor) -> int:
    r"""The number of units of a factor."""
    return factor if isinstance(factor, int) else factor.size


def part_size(part: Iterable[Factor]) -> int:
    r"""The number of units of a product."""
    return math.prod(map(factor_size, part))


def term_size(term: Term) -> int:
    r"""The length of an axis."""
    return sum(map(part_size, term))


def lone(term: Term) -> Units | None:
    r"""The units that an axis is made of alone."""
    if len(term) == 1 and len(term[0]) == 1 and isinstance(term[0][0], Units):
        return term[0][0]
    return None


def movable(term: Term) -> list[Units]:
    r"""The units on a resolved axis, each once."""
    found = {f: None for part in term for f in part if isinstance(f, Units)}
    return list(found)


def holds(term: Term, units: Units) -> bool:
    r"""Whether units are on an axis, however they were bound. Nothing is bound by that."""
    seen: set[Units] = set()
    left = [term]
    while left:
        for factor in (f for part in left.pop() for f in part if isinstance(f, Units)):
            if factor is units:
                return True
            if factor.binding is not None and factor not in seen:
                seen.add(factor)
                left.append(factor.binding)
    return False


def tidy(parts: Sequence[Part]) -> Term:
    r"""The same axis with frozen factors and parts that stand beside each other put together."""
    out: list[Part] = []
    for part in map(_tidy_part, parts):
        if part == (0,):
            continue
        if out and isinstance(part[0], int) and len(part) == len(out[-1]) == 1:
            last = out[-1][0]
            if isinstance(last, int):
                out[-1] = (last + part[0],)
                continue
        out.append(part)
    return tuple(out) or frozen(0)


def _tidy_part(part: Part) -> Part:
    out: list[Factor] = []
    for factor in part:
        if factor == 0:
            return (0,)
        if factor == 1:
            continue
        if out and isinstance(factor, int) and isinstance(out[-1], int):
            out[-1] *= factor
        else:
            out.append(factor)
    return tuple(out) or (1,)
