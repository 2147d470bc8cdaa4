"""Derivatives, for networks that take them in their forward pass, such as forces of energies."""

from ..call import Axes, Call
from ..registry import register_rule
from ..terms import Term, fresh, frozen, tidy


@register_rule("aten::_softmax_backward_data", "aten::_log_softmax_backward_data")
def softmax_backward(call: Call) -> Axes:
    r"""The axes of the result."""
    axes = call.unify(call.axes(call["grad_output"]), call.axes(call["output"]))
    call.mix(axes, [call["dim"]])
    return axes


@register_rule("aten::native_layer_norm_backward")
def layer_norm_backward(call: Call) -> list[Axes]:
    r"""Gradients of the input, the weight and the bias."""
    axes = call.unify(call.axes(call["grad_out"]), call.axes(call["input"]))
    start = len(axes) - len(call["normalized_shape"])
    call.mix(axes, range(start, len(axes)))
    for name in ("weight", "bias"):
        if call[name] is not None:
            call.unify(axes[start:], call.axes(call[name]))
    return [axes if x.dim() == len(axes) else axes[start:] for x in call.results]


@register_rule("aten::native_batch_norm_backward", "aten::batch_norm_backward")
def batch_norm_backward(call: Call) -> list[Axes]:
    r"""Gradients of the input, the weight and the bias."""
    axes = call.unify(call.axes(call["grad_out"]), call.axes(call["input"]))
    for name in ("weight", "running_mean", "running_var"):
        if call[name] is not None:
            call.unify(axes[1:2], call.axes(call[name]))
    return [axes if x.dim() == len(axes) else axes[1:2] for x in call.results]


def _placed(call: Call, inner: Term, before: int, after: int) -> Term:
    """An axis with zeros on both sides."""
    parts = (*fresh(before), *call.solver.resolve(inner), *fresh(after))
    return tidy(parts)


@register_rule("aten::slice_backward")
def slice_backward(call: Call) -> Axes:
    r"""Zeros around a range."""
    grad, sizes = call.axes(call["grad_output"]), call["input_sizes"]
    dim = call["dim"] % len(sizes)
    if call["step"] != 1:
        grad = call.fix(grad, [dim])
        return (*grad[:dim], frozen(sizes[dim]), *grad[dim + 1 :])
    start = call["start"] + (sizes[dim] if call["start"] < 0 else 0)
    rest = sizes[dim] - start - call["grad_output"].size(dim)
    return (*grad[:dim], _placed(call, grad[dim], start, rest), *grad[dim + 1 :])


@register_rule("aten::select_backward")
def select_backward(call: Call) -> Axes:
    r"""Zeros around one index."""
    grad, sizes = call.axes(call["grad_output"]), call["input_sizes"]
    dim = call["dim"] % len(sizes)
    index = call["index"] % sizes[dim]
    return (*grad[:dim], _placed(call, frozen(1), index, sizes[dim] - index - 1), *grad[dim:])


@register_rule("aten::embedding_dense_backward")
def embedding_backward(call: Call) -> Axes:
    r"""Sums of the gradients of each row."""
    grad = call.axes(call["grad_output"])
    return (frozen(call["num_weights"]), grad[-1])
