"""New tensors: those whose entries are all equal may be renumbered in any way."""

from ..call import UNIFORM, Axes, Call
from ..registry import register_rule
from ..terms import frozen

ORDERED = """
arange bernoulli eye hann_window linspace logspace normal rand rand_like randint randint_like randn
randn_like randperm tril_indices triu_indices uniform
"""


@register_rule(*UNIFORM)
def uniform(call: Call) -> Axes:
    r"""All entries are equal."""
    return call.free(tuple(call.out.shape))


@register_rule(*(f"aten::{name}" for name in ORDERED.split()))
def ordered(call: Call) -> Axes:
    r"""Entries differ by their place. One that is filled in place cannot move, either."""
    for x in call.tensors:
        if x is call.out:
            call.freeze(*call.axes(x))
    return tuple(map(frozen, call.out.shape))
