"""Pieces of axes: cut, picked, put beside each other."""

from ..call import Axes, Call, Stack
from ..registry import register_rule
from ..terms import Term, fresh, frozen, term_size, tidy


def pieces(call: Call, term: Term, sizes: list[int]) -> list[Term]:
    r"""An axis cut into pieces."""
    out = []
    for size in sizes:
        piece, term = call.solver.cut(term, size)
        out.append(piece)
    return out


@register_rule("aten::repeat")
def repeat(call: Call) -> Axes:
    r"""Copies beside each other."""
    axes, counts = call.axes(call["self"]), call["repeats"]
    axes = (frozen(1),) * (len(counts) - len(axes)) + axes
    return tuple(
        fresh(count) if term_size(term) == 1 else tidy(call.solver.resolve(term) * count)
        for term, count in zip(axes, counts, strict=True)
    )


@register_rule("aten::select", "aten::select_copy")
def select(call: Call) -> Axes | Stack:
    r"""One index of an axis."""
    x = call["self"]
    dim, index = call["dim"] % x.dim(), call["index"] % x.size(call["dim"])
    stack = call.stack(x)
    if stack is not None and stack.dim == dim:
        axes = stack.slices[index]
        return axes[:dim] + axes[dim + 1 :]

    def move(axes: Axes) -> Axes:
        pieces(call, axes[dim], [index, 1, x.size(dim) - index - 1])
        return axes[:dim] + axes[dim + 1 :]

    return call.each(x, move)


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
@register_rule("aten::unsafe_split_with_sizes")
def split(call: Call) -> list[Axes]:
    r"""All pieces of an axis."""
    axes = call.axes(call["self"])
    dim = call["dim"] % len(axes)
    sizes = [out.size(dim) for out in call.results]
    return [(*axes[:dim], piece, *axes[dim + 1 :]) for piece in pieces(call, axes[dim], sizes)]


@register_rule("aten::unbind", "aten::unbind_copy")
def unbind(call: Call) -> list[Axes]:
    r"""All indices of an axis."""
    x = call["self"]
    dim = call["dim"] % x.dim()
    stack = call.stack(x)
    if stack is not None and stack.dim == dim:
        return [axes[:dim] + axes[dim + 1 :] for axes in stack.slices]
    axes = call.axes(x)
    pieces(call, axes[dim], [1] * x.size(dim))
    return [axes[:dim] + axes[dim + 1 :]] * x.size(dim)


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
def stack(call: Call) -> Axes | Stack:
    r"""Tensors along a new axis, each with axes of its own."""
    tensors = call["tensors"]
    dim = call["dim"] % (tensors[0].dim() + 1)
    mark = frozen(len(tensors))
    slices = [call.axes(x) for x in tensors]
    return Stack(mark, [(*axes[:dim], mark, *axes[dim:]) for axes in slices])


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


@register_rule("aten::trace")
def trace(call: Call) -> Axes:
    r"""The sum of a diagonal."""
    axes = call.axes(call["self"])
    if term_size(axes[0]) != term_size(axes[1]):
        call.freeze(*axes)
        return ()
    call.solver.unify(*axes)
    return ()


@register_rule("aten::slice_scatter", "aten::select_scatter")
def scattered(call: Call) -> Axes:
    r"""A range or an index of an axis is replaced."""
    axes, source = call.axes(call["self"]), call.axes(call["src"])
    dim, size = call["dim"] % len(axes), call["self"].size(call["dim"])
    if "index" in call:
        start, term = call["index"] % size, frozen(1)
        rest = source
    else:
        start, term = min(call["start"] or 0, size), source[dim]
        start += size * (start < 0)
        rest = source[:dim] + source[dim + 1 :]
        if call["step"] != 1:
            raise ValueError("'step' must be 1 for the rule to hold")
    middle = pieces(call, axes[dim], [start, term_size(term), size - start - term_size(term)])[1]
    call.solver.unify(middle, term)
    call.unify(axes[:dim] + axes[dim + 1 :], rest)
    return axes
