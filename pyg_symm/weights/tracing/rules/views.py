"""Other shapes of the same entries: axes are flattened, split and moved."""

from torch import Tensor

from ..call import Axes, Call, Stack
from ..registry import register_rule
from ..regroup import regroup
from ..terms import Term, fresh, frozen, term_size


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


@register_rule("aten::unsqueeze", "aten::unsqueeze_copy")
def unsqueeze(call: Call) -> Axes | Stack:
    r"""A new axis of length 1."""
    dim = call["dim"] % call.out.dim()
    return call.each(call["self"], lambda axes: (*axes[:dim], frozen(1), *axes[dim:]))


@register_rule("aten::squeeze", "aten::squeeze_copy")
def squeeze(call: Call) -> Axes | Stack:
    r"""Without axes of length 1, or some of them."""
    dims = call.first("dim")

    def move(axes: Axes) -> Axes:
        named = range(len(axes)) if dims is None else dims if isinstance(dims, list) else [dims]
        gone = {dim % len(axes) for dim in named} if axes else set()
        return tuple(t for dim, t in enumerate(axes) if dim not in gone or term_size(t) != 1)

    return call.each(call["self"], move)


@register_rule(
    "aten::clone",
    "aten::detach",
    "aten::detach_copy",
    "aten::alias_copy",
    "aten::alias",
    "aten::_to_copy",
)
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
