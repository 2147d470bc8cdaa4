"""From axes that a tracer found to a specification."""

from collections.abc import Collection, Iterable, Mapping

from torch import Tensor

from ..axes import Atom, Axis
from ..declare import is_statistic
from ..heads import HeadGroup
from ..spec import PermutationSpec
from .call import Axes
from .heads import find_heads, join_heads
from .terms import Term, Units, movable


def class_names(axes: Mapping[str, Axes]) -> dict[Units, str]:
    r"""A name for each class: that of the first module with a matrix whose rows it numbers, or
    else with any tensor.

    Args:
        axes (dict): Resolved axes by name of the tensor.
    """
    places: dict[Units, list[tuple[bool, str]]] = {}
    for tensor, terms in axes.items():
        for dim, term in enumerate(terms):
            for units in movable(term):
                places.setdefault(units, []).append((dim > 0 or len(terms) == 1, tensor))
    names: dict[Units, str] = {}
    taken: set[str] = set()
    for units, found in places.items():
        tensor = next((name for inner, name in found if not inner), found[0][1])
        base = tensor.rpartition(".")[0] or tensor
        base = f"layer{base}" if base.isdigit() else base
        name, num = base, 1
        while name in taken:
            name, num = f"{base}.{num}", num + 1
        taken.add(name)
        names[units] = name
    return names


def export_spec(
    stored: Mapping[str, Tensor],
    axes: Mapping[str, Axes],
    parameters: Collection[str],
    seen: Iterable[Axes] = (),
) -> PermutationSpec:
    r"""The specification of a model.

    Args:
        stored (dict): The state of the model. A tensor with two names is scored once.
        axes (dict): Resolved axes of each of its tensors.
        parameters (collection of str): Which of them are parameters.
        seen (iterable of tuple, optional): Resolved axes of all tensors of a forward pass, to find
            attention heads.
    """
    scored: dict[int, str] = {}
    for name, x in stored.items():
        # A mask of infinite numbers says nothing about how alike networks are.
        if not is_statistic(name) and (name in parameters or not bool(x.isinf().any())):
            scored.setdefault(id(x), name)
    # A class that no parameter has is the order of constants, such as the points of a grid.
    learned = [name for name in scored.values() if name in parameters]
    heads = find_heads(axes, seen)
    joined = {channels: Units(h.size * channels.size) for channels, h in heads.items()}
    axes = {name: join_heads(terms, heads, joined) for name, terms in axes.items()}
    matched = {u for name in learned for term in axes[name] for u in movable(term)}
    names = {units: name for units, name in class_names(axes).items() if units in matched}
    groups: dict[Units, list[str]] = {}
    for channels, h in heads.items():
        mine = groups.setdefault(h, [names[h]] if h in names else [])
        mine.append(names[joined[channels]])

    def export(term: Term) -> Axis:
        return tuple(
            tuple(
                Atom(names.get(f), f.size) if isinstance(f, Units) else Atom(None, f) for f in part
            )
            for part in term
        )

    return PermutationSpec(
        {name: tuple(map(export, terms)) for name, terms in axes.items()},
        unscored=frozenset(set(stored) - set(scored.values())),
        groups=tuple(HeadGroup(h.size, tuple(sorted(mine))) for h, mine in groups.items()),
    )
