"""Changes of all axes of a specification at once: classes are frozen, tied or split by heads."""

from collections.abc import Callable, Iterable, Mapping

from .axes import Atom, Axis
from .heads import HeadGroup

Axes = dict[str, tuple[Axis, ...]]
Parts = tuple[tuple[Atom, ...], ...]


def freeze_axes(
    axes: Mapping[str, tuple[Axis, ...]], groups: Iterable[HeadGroup], names: Iterable[str]
) -> tuple[Axes, tuple[HeadGroup, ...]]:
    r"""Axes and groups without some classes.

    Where a frozen class has heads, they stay in place. The other classes of the group become one
    class for each head if they are the first factor of their products, and are frozen otherwise.
    """
    frozen, kept = set(names), []
    split: dict[str, int] = {}
    for group in groups:
        if frozen.isdisjoint(group.classes):
            kept.append(group)
        else:
            split |= dict.fromkeys(group.classes, group.num_heads)
    inner = {atom.name for part in _parts(axes) for atom in part[1:]}

    def change(part: tuple[Atom, ...]) -> Parts:
        part = tuple(
            Atom(None, atom.size)
            if atom.name in frozen or (atom.name in split and atom.name in inner)
            else atom
            for atom in part
        )
        first = part[0]
        num = split.get(first.name, 0) if first.name is not None else 0
        if not num:
            return (part,)
        size = first.size // num
        return tuple(
            (Atom(f"{first.name}.{head}" if size > 1 else None, size), *part[1:])
            for head in range(num)
        )

    return _changed(axes, change), tuple(kept)


def tie_axes(
    axes: Mapping[str, tuple[Axis, ...]], groups: Iterable[HeadGroup], first: str, second: str
) -> tuple[Axes, tuple[HeadGroup, ...]]:
    r"""Axes and groups in which the second class has become the first one."""

    def change(part: tuple[Atom, ...]) -> Parts:
        return (tuple(Atom(first, a.size) if a.name == second else a for a in part),)

    mine = [group for group in groups if not {first, second}.isdisjoint(group.classes)]
    if len({group.num_heads for group in mine}) > 1:
        raise ValueError(f"classes '{first}' and '{second}' have different numbers of heads")
    joined = [group for group in groups if group not in mine]
    if mine:
        names = dict.fromkeys(n for group in mine for n in group.classes)
        names = dict.fromkeys([first, *names])
        names.pop(second, None)
        joined.append(HeadGroup(mine[0].num_heads, tuple(names)))
    return _changed(axes, change), tuple(joined)


def _parts(axes: Mapping[str, tuple[Axis, ...]]) -> Iterable[tuple[Atom, ...]]:
    return (part for tensor in axes.values() for axis in tensor for part in axis)


def _changed(
    axes: Mapping[str, tuple[Axis, ...]], change: Callable[[tuple[Atom, ...]], Parts]
) -> Axes:
    return {
        name: tuple(tuple(new for part in axis for new in change(part)) for axis in tensor)
        for name, tensor in axes.items()
    }
