"""Products of matrices: the axes that are summed over are made equal."""

from torch import Tensor

from ..call import Axes, Call
from ..registry import register_rule
from ..terms import Term, frozen


def _contract(call: Call, x: Tensor, y: Tensor) -> Axes:
    a, b = call.axes(x), call.axes(y)
    call.solver.unify(a[-1], b[-2] if len(b) > 1 else b[-1])
    call.mix(a, [-1])
    call.mix(b, [-2] if len(b) > 1 else [-1])
    batch: tuple[Term, ...] = call.broadcast(
        (a[:-2], tuple(x.shape[:-2])), (b[:-2], tuple(y.shape[:-2]))
    )
    return batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


@register_rule("aten::mm", "aten::bmm", "aten::mv", "aten::dot", "aten::vdot", "aten::matmul")
@register_rule("aten::_sparse_mm", "aten::_sparse_mm_reduce_impl")
def matmul(call: Call) -> list[Axes]:
    r"""Of vectors, matrices or batches of matrices. Entries that are summed may also be compared,
    along the sparse axis, and their places returned beside.
    """
    x, y = call.first("self", "sparse"), call.first("mat2", "vec", "tensor", "other", "dense")
    out = _contract(call, x, y)
    return [out, *(tuple(map(frozen, other.shape)) for other in call.results[1:])]


@register_rule("aten::addmm", "aten::addmv", "aten::baddbmm", "aten::_addmm_activation")
@register_rule("aten::_sparse_addmm")
def add_matmul(call: Call) -> Axes:
    r"""A product plus a tensor that is broadcast."""
    x, y = call.first("mat1", "mat", "batch1"), call.first("mat2", "vec", "batch2")
    axes, bias = _contract(call, x, y), call["self"]
    return call.broadcast((axes, tuple(call.out.shape)), (call.axes(bias), tuple(bias.shape)))


@register_rule("aten::addbmm")
def add_sum_of_matmul(call: Call) -> Axes:
    r"""A sum of products over a batch, plus a matrix."""
    x, y, bias = call["batch1"], call["batch2"], call["self"]
    _, *axes = _contract(call, x, y)
    call.mix(call.axes(x), [0, 2])
    call.mix(call.axes(y), [0, 1])
    shape = tuple(call.out.shape)
    return call.broadcast((tuple(axes), shape), (call.axes(bias), tuple(bias.shape)))


@register_rule("aten::addr")
def add_outer(call: Call) -> Axes:
    r"""An outer product plus a matrix."""
    axes, bias = call.axes(call["vec1"]) + call.axes(call["vec2"]), call["self"]
    return call.broadcast((axes, tuple(call.out.shape)), (call.axes(bias), tuple(bias.shape)))


@register_rule("aten::linear")
def linear(call: Call) -> Axes:
    r"""A product with the transpose of a weight, plus a bias."""
    x, weight = call.axes(call["input"]), call.axes(call["weight"])
    call.solver.unify(x[-1], weight[1])
    call.mix(x, [-1])
    call.mix(weight, [1])
    if call["bias"] is not None:
        call.solver.unify(call.axes(call["bias"])[0], weight[0])
    return (*x[:-1], weight[0])


@register_rule("aten::_cdist_forward")
def distances(call: Call) -> Axes:
    r"""Distances of all pairs of rows."""
    x, y = call["x1"], call["x2"]
    a, b = call.axes(x), call.axes(y)
    call.solver.unify(a[-1], b[-1])
    call.mix(a, [-1])
    call.mix(b, [-1])
    batch = call.broadcast((a[:-2], tuple(x.shape[:-2])), (b[:-2], tuple(y.shape[:-2])))
    return (*batch, a[-2], b[-2])


@register_rule("aten::_trilinear")
def trilinear(call: Call) -> Axes:
    r"""A sum of products of three tensors, to which axes of length 1 are added."""
    operands = []
    for i in (1, 2, 3):
        x, new = call[f"i{i}"], call[f"expand{i}"]
        terms, shape = list(call.axes(x)), list(x.shape)
        for dim in sorted(new):
            terms.insert(dim, frozen(1))
            shape.insert(dim, 1)
        call.mix(tuple(terms), call["sumdim"])
        operands.append((tuple(terms), tuple(shape)))
    whole = call.broadcast(*operands)
    return tuple(term for dim, term in enumerate(whole) if dim not in call["sumdim"])
