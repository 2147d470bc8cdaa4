"""Sums, means, maxima and the like: the axes over which they run disappear."""

from typing import Any

from ..call import Axes, Call
from ..registry import register_rule
from ..terms import frozen

VALUES = """
all amax amin aminmax any count_nonzero linalg_vector_norm logsumexp mean nanmean nansum norm prod
std std_mean sum var var_mean _softmax_max
"""
INDICES = "argmax argmin kthvalue max median min mode nanmedian"


def reduced_dims(call: Call, num: int) -> set[int]:
    r"""The axes over which an operation runs, all of them by default."""
    dims: Any = call.first("dim", "dims", "axis")
    if dims is None or dims == []:
        return set(range(num))
    return (
        {dim % num for dim in (dims if isinstance(dims, (list, tuple)) else [dims])}
        if num
        else set()
    )


def without(axes: Axes, dims: set[int], keepdim: bool) -> Axes:
    r"""The axes that are left."""
    if keepdim:
        return tuple(frozen(1) if d in dims else term for d, term in enumerate(axes))
    return tuple(term for d, term in enumerate(axes) if d not in dims)


@register_rule(*(f"aten::{name}" for name in VALUES.split()))
def reduction(call: Call) -> list[Axes]:
    r"""The result does not depend on the order along these axes."""
    axes = call.axes(call.first("self", "input"))
    out = without(axes, reduced_dims(call, len(axes)), bool(call.first("keepdim")))
    return [out] * len(call.results)


@register_rule(*(f"aten::{name}" for name in INDICES.split()))
def selection(call: Call) -> list[Axes] | Axes:
    r"""An index along an axis depends on its order, a value alone does not."""
    if "other" in call:  # The larger one of two tensors.
        operands = [call["self"], call["other"]]
        return call.broadcast(*((call.axes(x), tuple(x.shape)) for x in operands))
    axes = call.axes(call["self"])
    dims = reduced_dims(call, len(axes))
    if len(call.results) > 1 or call.name.startswith("aten::arg"):
        call.fix(axes, dims)
    return [without(axes, dims, bool(call.first("keepdim")))] * len(call.results)
