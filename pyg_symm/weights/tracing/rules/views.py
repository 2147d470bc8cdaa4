"""Other views of the same entries: axes are flattened, split, cut, moved and put together."""

from torch import Tensor

from ..call import Axes, Call
from ..registry import register_rule
from ..regroup import regroup
from ..terms import Term, fresh, frozen, term_size, tidy


@register_rule("aten::view", "aten::_unsafe_view", "aten::reshape", "aten::_reshape_alias")
@register_rule("aten::view_copy", "aten::_reshape_copy", "aten::unflatten", "aten::flatten")
def view(call: Call) -> Axes:
    r"""Another shape, or another type of numbers."""
    axes, shape = call.axes(call["self"]), tuple(call.out.shape)
    if "dtype" in call and call.out.dtype != call["self"].dtype:
        return call.fix(axes, range(len(axes) - 1, len(axes))) if axes else ()
    return regroup(call, axes, shape)


@register_rule("aten::unsqueeze", "aten::squeeze")
def ones(call: Call) -> Axes:
    r"""Axes of length 1 come and go."""
    return regroup(call, call.axes(call["self"]), tuple(call.out.shape))


@register_rule("aten::permute", "aten::permute_copy")
def permute(call: Call) -> Axes:
    r"""Axes in another order."""
    axes = call.axes(call["self"])
    return tuple(axes[dim] for dim in call["dims"])


@register_rule("aten::transpose", "aten::t", "aten::transpose_copy", "aten::t_copy")
def transpose(call: Call) -> Axes:
    r"""Two axes exchanged."""
    axes = list(call.axes(call["self"]))
    if len(axes) > 1:
        a, b = (call["dim0"], call["dim1"]) if "dim0" in call else (0, 1)
        axes[a], axes[b] = axes[b], axes[a]
    return tuple(axes)


@register_rule("aten::expand", "aten::expand_copy")
def expand(call: Call) -> Axes:
    r"""Copies along axes of length 1 are all equal, so that their order does not matter."""
    axes, shape = call.axes(call["self"]), tuple(call.out.shape)
    new = len(shape) - len(axes)
    return tuple(
        axes[d - new] if d >= new and term_size(axes[d - new]) == size else fresh(size)
        for d, size in enumerate(shape)
    )


@register_rule("aten::repeat")
def repeat(call: Call) -> Axes:
    r"""Copies beside each other."""
    axes, counts = call.axes(call["self"]), call["repeats"]
    axes = (frozen(1),) * (len(counts) - len(axes)) + axes
    return tuple(
        fresh(count) if term_size(term) == 1 else tidy(call.solver.resolve(term) * count)
        for term, count in zip(axes, counts, strict=True)
    )


def pieces(call: Call, term: Term, sizes: list[int]) -> list[Term]:
    r"""An axis cut into pieces."""
    out = []
    for size in sizes:
        piece, term = call.solver.cut(term, size)
        out.append(piece)
    return out


@register_rule("aten::select", "aten::select_copy")
def select(call: Call) -> Axes:
    r"""One index of an axis."""
    axes = list(call.axes(call["self"]))
    dim = call["dim"] % len(axes)
    size = term_size(axes[dim])
    index = call["index"] % size
    pieces(call, axes[dim], [index, 1, size - index - 1])
    del axes[dim]
    return tuple(axes)


@register_rule("aten::slice", "aten::slice_copy")
def slices(call: Call) -> Axes:
    r"""A range of an axis."""
    axes = list(call.axes(call["self"]))
    dim = call["dim"] % len(axes)
    size, left = term_size(axes[dim]), call.out.size(dim)
    if left == size:
        return tuple(axes)
    if call["step"] != 1:
        return tuple(
            frozen(left) if d == dim else t for d, t in enumerate(call.fix(tuple(axes), [dim]))
        )
    start = call["start"] or 0
    start = min(start + size * (start < 0), size)
    axes[dim] = pieces(call, axes[dim], [start, left, size - start - left])[1]
    return tuple(axes)


@register_rule("aten::split", "aten::split_with_sizes", "aten::unsafe_split", "aten::chunk")
@register_rule("aten::split_copy", "aten::split_with_sizes_copy", "aten::unsafe_chunk")
@register_rule("aten::unsafe_split_with_sizes", "aten::unbind", "aten::unbind_copy")
def split(call: Call) -> list[Axes]:
    r"""All pieces of an axis."""
    axes = call.axes(call["self"])
    dim = call["dim"] % len(axes)
    drops = call.name.startswith("aten::unbind")
    sizes = [1 if drops else out.size(dim) for out in call.results]
    return [
        axes[:dim] + (() if drops else (piece,)) + axes[dim + 1 :]
        for piece in pieces(call, axes[dim], sizes)
    ]


@register_rule("aten::cat", "aten::concatenate")
def cat(call: Call) -> Axes:
    r"""Axes beside each other."""
    tensors = [x for x in call["tensors"] if x.dim() > 1 or x.numel()]
    if not tensors:
        return tuple(map(frozen, call.out.shape))
    dim = call["dim"] % tensors[0].dim()
    axes = [call.axes(x) for x in tensors]
    whole = tidy([part for a in axes for part in call.solver.resolve(a[dim])])
    for other in axes[1:]:
        for d, term in enumerate(other):
            if d != dim:
                call.solver.unify(axes[0][d], term)
    return (*axes[0][:dim], whole, *axes[0][dim + 1 :])


@register_rule("aten::stack")
def stack(call: Call) -> Axes:
    r"""Tensors of the same axes along a new one."""
    axes = call.axes(call["tensors"][0])
    for x in call["tensors"][1:]:
        call.unify(axes, call.axes(x))
    dim = call["dim"] % (len(axes) + 1)
    return (*axes[:dim], frozen(len(call["tensors"])), *axes[dim:])


@register_rule("aten::constant_pad_nd")
def pad(call: Call) -> Axes:
    r"""Constants beside an axis."""
    axes, widths = list(call.axes(call["self"])), call["pad"]
    for i in range(len(widths) // 2):
        before, after = widths[2 * i], widths[2 * i + 1]
        d = len(axes) - 1 - i
        if before < 0 or after < 0:
            size = term_size(axes[d])
            cut = [max(-before, 0), size - max(-before, 0) - max(-after, 0), max(-after, 0)]
            axes[d] = pieces(call, axes[d], cut)[1]
        term = call.solver.resolve(axes[d])
        axes[d] = tidy([(max(before, 0),), *term, (max(after, 0),)])
    return tuple(axes)


@register_rule("aten::diagonal", "aten::diagonal_copy")
def diagonal(call: Call) -> Axes:
    r"""Entries whose two indices are equal. Shifted ones depend on the order."""
    axes = call.axes(call["self"])
    a, b = call["dim1"] % len(axes), call["dim2"] % len(axes)
    rest = tuple(term for d, term in enumerate(axes) if d not in (a, b))
    if call["offset"] or term_size(axes[a]) != term_size(axes[b]):
        call.fix(axes, [a, b])
        return (*rest, frozen(call.out.size(-1)))
    return (*rest, call.solver.unify(axes[a], axes[b]))


@register_rule("aten::unfold", "aten::unfold_copy")
def unfold(call: Call) -> Axes:
    r"""Windows of an axis, along a new last one."""
    axes = call.axes(call["self"])
    dim = call["dimension"] % len(axes)
    axes = call.fix(axes, [dim])
    return (*axes[:dim], frozen(call.out.size(dim)), *axes[dim + 1 :], frozen(call["size"]))


@register_rule("aten::view_as_real", "aten::view_as_real_copy")
def as_real(call: Call) -> Axes:
    r"""Real and imaginary parts along a new last axis."""
    return (*call.axes(call["self"]), frozen(2))


@register_rule("aten::view_as_complex", "aten::view_as_complex_copy")
def as_complex(call: Call) -> Axes:
    r"""Real and imaginary parts put together."""
    return call.fix(call.axes(call["self"]), [-1])[:-1]


@register_rule("aten::as_strided", "aten::as_strided_copy")
def as_strided(call: Call) -> Axes:
    r"""The same tensor, or anything."""
    source: Tensor = call["self"]
    same = source.shape == call.out.shape and source.stride() == call.out.stride()
    if same and not call["storage_offset"]:
        return call.axes(source)
    call.freeze(*call.axes(source))
    return tuple(map(frozen, call.out.shape))
