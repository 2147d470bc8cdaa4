"""Operations on each entry apart: operands are broadcast, and their axes made equal."""

from functools import cache

import torch

from ..call import Axes, Call
from ..registry import register_rule

# Those that PyTorch does not tag as such.
UNTAGGED = """
_conj _conj_physical _prelu_kernel arctan2 bitwise_xor bucketize complex conj
conj_physical copy copy_ deg2rad divide fill float_power floor_divide fmod gcd greater
hardsigmoid hardswish heaviside imag isin isinf isnan isneginf isposinf isreal lcm ldexp lift
lift_fresh lift_fresh_copy log_sigmoid_forward logaddexp logaddexp2 masked_fill multiply negative
nextafter polar positive rad2deg real resolve_conj resolve_neg silu special_airy_ai
special_bessel_j0 special_bessel_j1 special_bessel_y0 special_bessel_y1 special_digamma
special_entr special_erf special_erfc special_erfcx special_erfinv special_exp2 special_expit
special_expm1 special_gammaln special_i0 special_i0e special_i1 special_i1e special_log1p
special_log_ndtr special_modified_bessel_i0 special_ndtri special_polygamma special_sinc
special_xlog1py special_zeta square subtract true_divide where zero
"""


@register_rule(*(f"aten::{name}" for name in UNTAGGED.split()))
def pointwise(call: Call) -> Axes | list[Axes]:
    r"""Operands are broadcast against each other."""
    axes = call.broadcast(*((call.axes(x), tuple(x.shape)) for x in call.tensors))
    outs = [axes if x.dim() == len(axes) else call.free(tuple(x.shape)) for x in call.results]
    return outs if len(outs) > 1 else axes


@register_rule("aten::equal")
def equal(call: Call) -> list[Axes]:
    r"""Whether all entries are equal."""
    call.broadcast(*((call.axes(x), tuple(x.shape)) for x in call.tensors))
    return []


@register_rule("aten::isin", "aten::bucketize")
def membership(call: Call) -> Axes:
    r"""Each entry apart, compared with a list of numbers."""
    entries, numbers = call.first("elements", "self"), call.first("test_elements", "boundaries")
    if isinstance(numbers, torch.Tensor):
        call.freeze(*call.axes(numbers))
    return call.axes(entries) if isinstance(entries, torch.Tensor) else ()


@cache
def is_pointwise(func: object) -> bool:
    r"""Whether PyTorch says that an operation, or its twin that is not in place, acts so."""
    tag = torch.Tag.pointwise
    if tag in func.tags:  # type: ignore[attr-defined]
        return True
    namespace, _, name = func._schema.name.partition("::")  # type: ignore[attr-defined]
    packet = getattr(getattr(torch.ops, namespace), name.removesuffix("_"), None)
    return packet is not None and any(
        tag in getattr(packet, overload).tags for overload in packet.overloads()
    )
