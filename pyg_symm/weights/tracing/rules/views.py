"""Other views of the same entries: axes are flattened, split, cut, moved and put together."""

from torch import Tensor

from ..call import Axes, Call, Stack
from ..registry import register_rule
from ..regroup import regroup
from ..terms import Term, fresh, frozen, term_size, tidy


@register_rule("aten::view", "aten::_unsafe_view", "aten::reshape", "aten::_reshape_alias")
@register_rule("aten::view_copy", "aten::_reshape_copy", "aten::unflatten", "aten::flatten")
def view(call: Call) -> Axes | Stack:
    r"""Another shape, or another type of numbers."""
    axes, shape = call.axes(call["self"]), tuple(call.out.shape)
    if call["self"].dtype != call.out.dtype:
        return call.fix(axes, [-1])
    for dim, term in enumerate(map(call.solver.resolve, axes)):
        before = shape[:dim] == tuple(call["self"].shape[:dim])
        if len(term) > 1 and before and len(shape) > dim + 1 and term_size(term) % shape[dim] == 0:
            slices = rows(term, shape[dim])
            if slices is not None:
                mark = frozen(shape[dim])
                return Stack(
                    mark,
                    [
                        (
                            *axes[:dim],
                            mark,
                            *regroup(call, (row, *axes[dim + 1 :]), shape[dim + 1 :]),
                        )
                        for row in slices
                    ],
                )
    return regroup(call, axes, shape)


def rows(term: Term, num: int) -> list[Term] | None:
    r"""A concatenation as rows of equal length, if no part spans two of them and they differ."""
    size = term_size(term) // num
    found: list[Term] = []
    row: Term = ()
    for part in term:
        row = (*row, part)
        if term_size(row) >= size:
            found.append(row)
            row = ()
    fits = all(term_size(row) == size for row in found)
    return found if fits and any(row != found[0] for row in found) else None


@register_rule("aten::unsqueeze")
def unsqueeze(call: Call) -> Axes | Stack:
    r"""A new axis of length 1."""
    dim = call["dim"] % call.out.dim()
    return call.each(call["self"], lambda axes: (*axes[:dim], frozen(1), *axes[dim:]))


@register_rule("aten::squeeze")
def squeeze(call: Call) -> Axes | Stack:
    r"""Without axes of length 1, or some of them."""
    dims = call.first("dim")

    def move(axes: Axes) -> Axes:
        named = range(len(axes)) if dims is None else dims if isinstance(dims, list) else [dims]
        gone = {dim % len(axes) for dim in named} if axes else set()
        return tuple(t for dim, t in enumerate(axes) if dim not in gone or term_size(t) != 1)

    return call.each(call["self"], move)


@register_rule("aten::clone", "aten::detach", "aten::alias", "aten::_to_copy")
def same(call: Call) -> Axes | Stack:
    r"""The same axes."""
    return call.each(call["self"], lambda axes: axes)


@register_rule("aten::permute", "aten::permute_copy")
def permute(call: Call) -> Axes | Stack:
    r"""Axes in another order."""
    return call.each(call["self"], lambda axes: tuple(axes[dim] for dim in call["dims"]))


@register_rule("aten::transpose", "aten::t", "aten::transpose_copy", "aten::t_copy")
def transpose(call: Call) -> Axes | Stack:
    r"""Two axes exchanged."""
    a, b = (call["dim0"], call["dim1"]) if "dim0" in call else (0, call["self"].dim() - 1)

    def move(axes: Axes) -> Axes:
        moved = list(axes)
        if len(axes) > 1:
            moved[a], moved[b] = axes[b], axes[a]
        return tuple(moved)

    return call.each(call["self"], move)


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
