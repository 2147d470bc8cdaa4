"""Entries at indices: the axis that is indexed keeps its order."""

import torch
from torch import Tensor

from ..call import Axes, Call
from ..registry import register_rule
from ..terms import Term, frozen, term_size


def look_up(call: Call, tensor: Tensor, term: Term) -> None:
    r"""Freezes an axis that is indexed. For a table of parameters that is no loss: it was never
    to move.
    """
    call.solver.freeze(term, lost=not call.is_table(tensor))


def _elsewhere(call: Call, dim: int, *tensors: Tensor) -> None:
    """Makes axes other than the indexed one equal, unless they differ in length."""
    for d in range(tensors[0].dim()):
        terms = [call.axes(x)[d] for x in tensors]
        if d == dim:
            continue
        if len({term_size(term) for term in terms}) > 1:
            call.freeze(*terms)
        for term in terms[1:]:
            if term_size(term) == term_size(terms[0]):
                call.solver.unify(terms[0], term)


@register_rule("aten::index_select")
def index_select(call: Call) -> Axes:
    r"""Slices of one axis."""
    axes = call.axes(call["self"])
    if not axes:
        return ()
    dim = call["dim"] % len(axes)
    look_up(call, call["self"], axes[dim])
    index = call.axes(call["index"]) or (frozen(1),)
    return axes[:dim] + index + axes[dim + 1 :]


@register_rule("aten::embedding")
def embedding(call: Call) -> Axes:
    r"""Rows of a table."""
    table = call.axes(call["weight"])
    look_up(call, call["weight"], table[0])
    return (*call.axes(call["indices"]), *table[1:])


@register_rule("aten::_embedding_bag", "aten::_embedding_bag_forward_only")
def embedding_bag(call: Call) -> list[Axes]:
    r"""Sums, means or maxima of rows of a table."""
    table, scales = call.axes(call["weight"]), call["per_sample_weights"]
    look_up(call, call["weight"], table[0])
    call.freeze(*call.axes(call["indices"]), *([] if scales is None else call.axes(scales)))
    out = (frozen(call.results[0].size(0)), table[1])
    return [out, *(tuple(map(frozen, x.shape)) for x in call.results[1:])]


def indexed(call: Call, tensor: Tensor, indices: list[Tensor | None]) -> Axes:
    r"""The axes of ``tensor[indices]``."""
    axes = call.axes(tensor)
    places: list[int] = []
    parts: list[tuple[Axes, tuple[int, ...]]] = []
    d = 0
    for index in indices:
        if index is None:
            d += 1
            continue
        masks = index.dim() if index.dtype in (torch.bool, torch.uint8) else 0
        span = range(d, d + (masks or 1))
        for place in span:
            look_up(call, tensor, axes[place])
            places.append(place)
        if masks:
            call.freeze(*call.axes(index))
            num = int(index.sum())
            parts.append(((frozen(num),), (num,)))
        else:
            parts.append((call.axes(index), tuple(index.shape)))
        d = span.stop
    found = call.broadcast(*parts)
    rest = [term for place, term in enumerate(axes) if place not in places]
    together = places == list(range(places[0], places[0] + len(places)))
    start = places[0] if together else 0
    return (*rest[:start], *found, *rest[start:])


@register_rule("aten::index", "aten::_unsafe_index")
def index(call: Call) -> Axes:
    r"""Entries at indices of several axes, or where masks say so."""
    return indexed(call, call["self"], call["indices"])


@register_rule("aten::index_put", "aten::_index_put_impl", "aten::_unsafe_index_put")
def index_put(call: Call) -> Axes:
    r"""Entries are written there."""
    place, values = indexed(call, call["self"], call["indices"]), call["values"]
    shape = tuple(map(term_size, place))
    call.broadcast((place, shape), (call.axes(values), tuple(values.shape)))
    return call.axes(call["self"])


@register_rule("aten::gather")
def gather(call: Call) -> Axes:
    r"""One index for each entry of the result."""
    source, index = call["self"], call["index"]
    if not source.dim():
        return call.axes(index)
    dim = call["dim"] % source.dim()
    look_up(call, source, call.axes(source)[dim])
    _elsewhere(call, dim, source, index)
    return call.axes(index)


@register_rule("aten::scatter", "aten::scatter_add", "aten::scatter_reduce")
def scatter(call: Call) -> Axes:
    r"""One index for each entry that is written."""
    out, index, source = call["self"], call["index"], call.first("src")
    axes = call.axes(out)
    if not axes:
        return axes
    dim = call["dim"] % len(axes)
    call.freeze(axes[dim])
    tensors = [out, index] + ([source] if isinstance(source, Tensor) else [])
    _elsewhere(call, dim, *tensors)
    if isinstance(source, Tensor):
        a, b = call.axes(index)[dim], call.axes(source)[dim]
        if term_size(a) == term_size(b):
            call.solver.unify(a, b)
        else:
            call.freeze(a, b)
    return axes


@register_rule("aten::index_add", "aten::index_copy", "aten::index_reduce", "aten::index_fill")
def index_add(call: Call) -> Axes:
    r"""Slices are written at indices of one axis."""
    out, source = call["self"], call.first("source")
    axes = call.axes(out)
    if not axes:
        return axes
    dim = call["dim"] % len(axes)
    call.freeze(axes[dim], *call.axes(call["index"]))
    if isinstance(source, Tensor) and source.dim() == len(axes):
        call.freeze(call.axes(source)[dim])
        _elsewhere(call, dim, out, source)
    return axes


@register_rule("aten::masked_scatter", "aten::take", "aten::put", "aten::masked_select")
def by_order(call: Call) -> Axes:
    r"""Entries in the order of the flattened tensor."""
    for x in call.tensors:
        call.freeze(*call.axes(x))
    return tuple(map(frozen, call.out.shape))


@register_rule("aten::segment_reduce", "aten::_segment_reduce_backward")
def segment_reduce(call: Call) -> Axes:
    r"""Sums over ranges of one axis."""
    axes = call.axes(call["data"])
    dim = call["axis"] % len(axes)
    kept = call.fix(axes, [dim])
    return (*kept[:dim], frozen(call.out.size(dim)), *kept[dim + 1 :])
