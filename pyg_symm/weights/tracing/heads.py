r"""Products whose inner units move in each block apart.

When an axis is split into heads and channels, the tracer first knows a product: all heads renumber
their channels in the same way. This is more than needed if every tensor that has the channels also
has the heads, once: then nothing ever compares the channels of two heads.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from .call import Axes
from .terms import Part, Term, Units, frozen, movable


def find_heads(state: Mapping[str, Axes], seen: Iterable[Axes]) -> dict[Units, Units]:
    r"""The heads of all channels that move in each head apart.

    Args:
        state (dict): Resolved axes of the tensors of a model, in which channels must stand right
            behind their heads.
        seen (iterable of tuple): Resolved axes of all tensors of a forward pass, and of what an
            operation mixes entries of.
    """
    before: dict[Units, set[Units | None]] = {}
    for axes in state.values():
        for first, second in _neighbors(axes):
            before.setdefault(second, set()).add(first)
    # Heads and channels come from an axis that was split.
    split = {pair for axes in state.values() for term in axes for p in term for pair in pairwise(p)}
    found: dict[Units, Units] = {}
    places: dict[Units, list[Axes]] = {}
    for axes in set(seen):
        for units in {u for term in axes for u in movable(term)}:
            places.setdefault(units, []).append(axes)
    for channels, candidates in before.items():
        (heads,) = candidates if len(candidates) == 1 else (None,)
        if heads is None or heads is channels or (heads, channels) not in split:
            continue
        if heads in found or channels in found.values():
            continue
        if all(_has_once(axes, heads, channels) for axes in places.get(channels, [])):
            found[channels] = heads
    return found


def _neighbors(axes: Axes) -> Iterator[tuple[Units | None, Units]]:
    """All units with those right before them, in the same product or at the end of the axis
    before.
    """
    last: Units | None = None
    for term in axes:
        if term == frozen(1):
            continue
        for part in term:
            previous = last if len(term) == 1 else None
            for factor in part:
                if isinstance(factor, Units):
                    yield previous, factor
                previous = factor if isinstance(factor, Units) else None
        end = term[0][-1]
        last = end if len(term) == 1 and isinstance(end, Units) else None


def _has_once(axes: Axes, heads: Units, channels: Units) -> bool:
    """Whether each entry of a tensor with channels belongs to one head."""
    for dim, term in enumerate(axes):
        others = [other for d, other in enumerate(axes) if d != dim]
        elsewhere = sum(
            part.count(heads) * (1 if len(other) == 1 else 2) for other in others for part in other
        )
        for part in term:
            apart = part.count(channels) - list(pairwise(part)).count((heads, channels))
            if apart and elsewhere + part.count(heads) != 1:
                return False
    return True


def join_heads(axes: Axes, heads: Mapping[Units, Units], joined: Mapping[Units, Units]) -> Axes:
    r"""Axes in which heads and their channels are one factor.

    Args:
        axes (tuple): Resolved axes of a tensor.
        heads (dict): The heads of channels.
        joined (dict): The factor that heads and channels become, for all channels.

    Returns:
        tuple: The axes. Those that end with heads and begin with their channels become one.
    """
    out: list[Term] = []
    for term in axes:
        first = term[0][0]
        if len(term) == 1 and isinstance(first, Units) and first in heads:
            rest = [i for i, other in enumerate(out) if other != frozen(1)]
            if rest and len(out[rest[-1]]) == 1 and out[rest[-1]][0][-1] is heads[first]:
                out[rest[-1] :] = [(out[rest[-1]][0] + term[0],)]
                continue
        out.append(term)
    return tuple(tuple(_join(part, heads, joined) for part in term) for term in out)


def _join(part: Part, heads: Mapping[Units, Units], joined: Mapping[Units, Units]) -> Part:
    out: Part = ()
    for factor in part:
        if isinstance(factor, Units) and factor in heads and out and out[-1] is heads[factor]:
            out = (*out[:-1], joined[factor])
        else:
            out = (*out, factor)
    return out
