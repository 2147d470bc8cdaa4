"""The axes of a tensor in another shape."""

from collections.abc import Iterator, Sequence

from .call import Axes, Call
from .terms import Term, frozen, term_size

# Stands for the length of an axis without units, since it divides nothing else.
_NONE = 1_000_003


def regroup(call: Call, axes: Axes, new: Sequence[int]) -> Axes:
    r"""The axes of the same entries in another shape: some are flattened, others are split.

    Args:
        call (Call): The operation, for its solver.
        axes (tuple): The axes.
        new (sequence of int): The other shape.
    """
    terms = [term for term in axes if term_size(term) != 1]
    old = [term_size(term) or _NONE for term in terms]
    wanted = [size or _NONE for size in new if size != 1]
    found: list[Term] = []
    for rows, columns in _groups(old, wanted):
        whole = call.solver.product(*terms[rows])
        sizes = wanted[columns]
        if _NONE in sizes or _NONE in old[rows]:
            if len(sizes) > 1 or rows.stop - rows.start > 1:  # Entries of nothing.
                call.solver.freeze(whole)
            found.extend(frozen(0 if size == _NONE else size) for size in sizes)
            continue
        for size in sizes:
            part, whole = call.solver.split(whole, size)
            found.append(part)
    rest = iter(found)
    return tuple(frozen(1) if size == 1 else next(rest) for size in new)


def _groups(old: Sequence[int], new: Sequence[int]) -> Iterator[tuple[slice, slice]]:
    """The fewest axes beside each other that have equally many entries on both sides."""
    i = j = 0
    while i < len(old) or j < len(new):
        rows, columns, first, start = 1, 1, i, j
        while rows != columns or i == first:
            if (rows <= columns and i < len(old)) or j == len(new):
                if i == len(old):
                    break
                rows *= old[i]
                i += 1
            else:
                columns *= new[j]
                j += 1
        yield slice(first, i), slice(start, j)
