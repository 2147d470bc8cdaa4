"""Convolution, pooling and resizing of images: channels are the axis before the pixels."""

import re

from torch import Tensor

from ..call import Axes, Call
from ..registry import register_rule
from ..terms import frozen

POOLING = """
avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d max_pool2d_with_indices
max_pool3d_with_indices adaptive_avg_pool1d adaptive_max_pool1d adaptive_max_pool2d
adaptive_max_pool3d _adaptive_avg_pool2d _adaptive_avg_pool3d upsample_nearest1d upsample_nearest2d
upsample_nearest3d upsample_linear1d upsample_bilinear2d upsample_bicubic2d upsample_trilinear3d
_upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_bilinear2d_aa _upsample_bicubic2d_aa
reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d
replication_pad3d
"""


@register_rule("aten::convolution", "aten::_convolution", "aten::convolution_overrideable")
def convolution(call: Call) -> Axes:
    r"""With groups, the channels of a group stay together."""
    solver, groups = call.solver, call["groups"]
    image, weight = call.axes(call["input"]), call.axes(call["weight"])
    num = call["weight"].dim() - 2
    for term in weight[2:]:
        solver.freeze(term)
    pixels = call.fix(image, range(len(image) - num, len(image)))
    channels = image[-num - 1]
    inner, outer = (weight[0], weight[1]) if call["transposed"] else (weight[1], weight[0])
    blocks = frozen(1)
    if groups == 1:
        solver.unify(channels, inner)
        out = outer
    else:
        # The axis of all groups is the first one of the weight; the other is that of one group.
        stacked, single = weight[0], weight[1]
        blocks = solver.split(stacked, groups)[0]
        other = solver.product(blocks, single)
        solver.unify(channels, stacked if call["transposed"] else other)
        out = other if call["transposed"] else stacked
    call.mix((*image[: -num - 1], blocks), [])
    call.mix((blocks, *weight[1:]) if call["transposed"] else (weight[0], *weight[2:]), [])
    bias = call["bias"]
    if isinstance(bias, Tensor):
        solver.unify(out, call.axes(bias)[0])
    sizes = tuple(map(frozen, call.out.shape[-num:]))
    return (*pixels[: -num - 1], out, *sizes)


@register_rule(*(f"aten::{name}" for name in POOLING.split()))
def pooling(call: Call) -> list[Axes]:
    r"""Each channel apart."""
    found = re.search(r"([123])d", call.name)
    num = int(found[1]) if found else 2
    axes = call.axes(call.first("self", "input"))
    call.fix(axes, range(len(axes) - num, len(axes)))
    kept = axes[: len(axes) - num]
    return [kept + tuple(map(frozen, x.shape[len(kept) :])) for x in call.results]


@register_rule("aten::im2col")
def patches(call: Call) -> Axes:
    r"""Patches of an image, flattened."""
    axes = call.axes(call["self"])
    call.fix(axes, [-1, -2])
    area = call["kernel_size"][0] * call["kernel_size"][1]
    return (*axes[:-3], call.solver.product(axes[-3], frozen(area)), frozen(call.out.size(-1)))


@register_rule("aten::pixel_shuffle")
def pixel_shuffle(call: Call) -> Axes:
    r"""Blocks of channels become pixels."""
    axes = call.axes(call["self"])
    call.fix(axes, [-1, -2])
    channels, block = call.solver.split(axes[-3], call.out.size(-3))
    call.freeze(block)
    return (*axes[:-3], channels, *map(frozen, call.out.shape[-2:]))


@register_rule("aten::pixel_unshuffle")
def pixel_unshuffle(call: Call) -> Axes:
    r"""Pixels become blocks of channels."""
    axes = call.axes(call["self"])
    call.fix(axes, [-1, -2])
    channels = call.solver.product(axes[-3], frozen(call["downscale_factor"] ** 2))
    return (*axes[:-3], channels, *map(frozen, call.out.shape[-2:]))


@register_rule("aten::glu")
def glu(call: Call) -> Axes:
    r"""One half of an axis gates the other half."""
    axes = list(call.axes(call["self"]))
    dim = call["dim"] % len(axes)
    half = call.out.size(dim)
    values, gates = call.solver.cut(axes[dim], half)
    axes[dim] = call.solver.unify(values, gates)
    return tuple(axes)
