"""Normalization over channels, groups of them, and features; softmax."""

from torch import Tensor

from ..call import Axes, Call
from ..registry import register_rule
from ..terms import Term, frozen, term_size


def _with_statistics(call: Call, axes: Axes, *kept: Term) -> list[Axes]:
    """The axes of the result, and of statistics that are given back beside it, if they are."""
    shape = tuple(map(term_size, kept))
    return [
        axes,
        *(
            kept if tuple(x.shape) == shape else tuple(map(frozen, x.shape))
            for x in call.results[1:]
        ),
    ]


def _share(call: Call, axes: Axes, *names: str) -> None:
    for name in names:
        tensor = call.first(name)
        if isinstance(tensor, Tensor) and tensor.numel():
            call.unify(axes, call.axes(tensor))


@register_rule("aten::_softmax", "aten::_log_softmax", "aten::_safe_softmax")
def softmax(call: Call) -> Axes:
    r"""Each entry among those of its axis, whose order does not matter."""
    axes = call.axes(call["self"])
    call.mix(axes, [call["dim"]])
    return axes


@register_rule("aten::native_batch_norm", "aten::_native_batch_norm_legit")
@register_rule("aten::_native_batch_norm_legit_no_training", "aten::_batch_norm_no_update")
@register_rule("aten::_batch_norm_with_update", "aten::_batch_norm_with_update_functional")
@register_rule("aten::cudnn_batch_norm", "aten::batch_norm")
def batch_norm(call: Call) -> list[Axes]:
    r"""Channels are the second axis."""
    axes = call.axes(call["input"])
    _share(call, axes[1:2], "weight", "bias", "running_mean", "running_var")
    call.mix(axes[1:2], [])
    return _with_statistics(call, axes, axes[1])


@register_rule("aten::native_layer_norm", "aten::layer_norm", "aten::_fused_rms_norm")
@register_rule("aten::rms_norm")
def layer_norm(call: Call) -> list[Axes]:
    r"""Over the last axes together."""
    axes = call.axes(call["input"])
    start = len(axes) - len(call["normalized_shape"])
    _share(call, axes[start:], "weight", "bias")
    call.mix(axes, range(start, len(axes)))
    return _with_statistics(call, axes, *axes[:start], *map(frozen, [1] * (len(axes) - start)))


@register_rule("aten::native_group_norm", "aten::group_norm")
def group_norm(call: Call) -> list[Axes]:
    r"""Over groups of channels: channels stay in their group, and groups move as wholes."""
    axes = call.axes(call["input"])
    channels: Term = axes[1]
    groups = call.solver.split(channels, call.first("group", "num_groups"))[0]
    call.mix((axes[0], groups), [])
    _share(call, (channels,), "weight", "bias")
    return _with_statistics(call, axes, axes[0], groups)


@register_rule("aten::_weight_norm_interface", "aten::_weight_norm")
def weight_norm(call: Call) -> list[Axes]:
    r"""A direction and a norm for each index of one axis."""
    axes, norms = call.axes(call["v"]), call.axes(call["g"])
    dim = call["dim"] % len(axes)
    call.solver.unify(axes[dim], norms[dim])
    call.mix((axes[dim],), [])
    return [axes, norms][: len(call.results)]
