"""New tensors: those whose entries are all equal may be renumbered in any way."""

from ..call import ORDERED, UNIFORM, Axes, Call
from ..registry import register_rule
from ..terms import frozen


@register_rule(*UNIFORM)
def uniform(call: Call) -> Axes:
    r"""All entries are equal."""
    return call.free(tuple(call.out.shape))


@register_rule(*ORDERED)
def ordered(call: Call) -> Axes:
    r"""Entries differ by their place. One that is filled in place cannot move, either."""
    for x in call.tensors:
        if x is call.out:
            call.freeze(*call.axes(x))
    return tuple(map(frozen, call.out.shape))
