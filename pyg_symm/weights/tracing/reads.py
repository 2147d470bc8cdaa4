"""Which units of the state a forward pass has read, and not only cut off."""

from collections.abc import Iterable

from .call import Axes, Call
from .registry import find_rule
from .rules.pointwise import is_pointwise, pointwise
from .solver import Solver
from .terms import Term, Units, movable

# Operations that only hand on entries, beside views and those that act on each entry apart.
MOVES = {
    f"aten::{name}"
    for name in """
    _reshape_copy _to_copy _unsafe_view alias_copy cat clone concatenate constant_pad_nd
    detach_copy expand_copy permute_copy repeat reshape slice_copy split_copy
    squeeze_copy stack t_copy transpose_copy unbind_copy unsqueeze_copy view_copy
    """.split()
}


class Reads:
    r"""Remembers the axes of what operations read.

    Of a table that is cut to the length of an input, such as one of positions, the rest is not
    read. Its units meet nothing, so that they seem free, but longer inputs do read them.
    """

    def __init__(self) -> None:
        self._terms: list[Term] = []

    def add(self, call: Call, tables_only: bool, axes: Iterable[Axes]) -> None:
        r"""Remembers what an operation reads.

        Args:
            call (Call): The operation.
            tables_only (bool): Whether no operand depends on inputs of the model. Then operations
                that only hand on entries do not count.
            axes (iterable of tuple): The axes of its operands.
        """
        if not (tables_only and _hands_on(call)):
            self._terms.extend(term for found in axes for term in found)

    def units(self, solver: Solver) -> set[Units]:
        r"""The units on all of these axes, at the end."""
        return {units for term in self._terms for units in movable(solver.resolve(term))}


def _hands_on(call: Call) -> bool:
    name = call.name.removesuffix("_")
    if call.is_view or name in MOVES or is_pointwise(call.func):
        return True
    return find_rule(call.func) is pointwise
