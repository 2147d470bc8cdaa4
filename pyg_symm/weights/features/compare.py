"""Ways to make a network smaller, beside each other."""

import math
from collections.abc import Callable, Mapping, Sequence

from torch.nn import Module

from ..spec import PermutationSpec
from .merging import Merger
from .path import MergePath
from .pruning import prune_features

#: Presets and distances of merging by name.
METHODS = {
    "ward": {"preset": "ward"},
    "ward, incoming": {"preset": "ward", "distance": "incoming"},
    "paper": {"preset": "paper"},
}
PRUNING = "magnitude"


def compare_sizes(
    model: Module,
    spec: PermutationSpec,
    shares: Sequence[float],
    evaluate: Callable[[Module], float],
) -> dict[str, list[float]]:
    r"""What networks with a share of the parameters reach, by merging and by pruning.

    Each way of merging does as many merges of its order as needed. That of ``preset="paper"`` is
    one merge of each class in turn, as with its cap on the number of merges. Pruning by magnitude
    keeps as many units of every class as ``preset="ward"`` does.

    Args:
        model (torch.nn.Module): The network, which stays as it is.
        spec (PermutationSpec): Its classes.
        shares (sequence of float): At most these shares of the parameters are kept.
        evaluate (callable): A number of a network, such as its accuracy.

    Returns:
        dict: The number for each share, by method; NaN where no network is as small.
    """
    values: dict[str, list[float]] = {}
    pruned: list[float] = []
    for name, options in METHODS.items():
        merger = Merger(model, spec, **options)
        path = merger.path(1.0 if name == "paper" else math.inf)
        values[name] = []
        for share in shares:
            groups = _groups(model, spec, path, share)
            smaller = None if groups is None else merger.build(groups)
            values[name].append(math.nan if smaller is None else float(evaluate(smaller)))
            if name == "ward":
                widths = None if groups is None else {n: len(g) for n, g in groups.items()}
                pruned.append(_pruned(model, spec, widths, evaluate))
    return {**values, PRUNING: pruned}


def _pruned(
    model: Module,
    spec: PermutationSpec,
    widths: Mapping[str, int] | None,
    evaluate: Callable[[Module], float],
) -> float:
    if widths is None:
        return math.nan
    fewer = {name: width for name, width in widths.items() if width < spec.classes[name]}
    return float(evaluate(prune_features(model, spec, fewer)))


def _groups(
    model: Module, spec: PermutationSpec, path: MergePath, share: float
) -> dict[str, list[list[int]]] | None:
    """The groups after the fewest merges that leave a share of the parameters, by bisection."""

    def after(num: int) -> dict[str, list[list[int]]]:
        return MergePath(path.merges[:num], path.classes, levels=path.levels).groups(math.inf)

    limit = share * count_parameters(model, spec, spec.classes)
    low, high = 0, len(path)
    while low < high:
        middle = (low + high) // 2
        widths = {name: len(units) for name, units in after(middle).items()}
        if count_parameters(model, spec, widths) <= limit:
            high = middle
        else:
            low = middle + 1
    groups = after(low)
    widths = {name: len(units) for name, units in groups.items()}
    return groups if count_parameters(model, spec, widths) <= limit else None


def count_parameters(model: Module, spec: PermutationSpec, widths: Mapping[str, int]) -> int:
    r"""The number of parameters of a network whose classes have other widths.

    Args:
        model (torch.nn.Module): The network.
        spec (PermutationSpec): Its classes.
        widths (dict): The width of each class.

    Examples:
        >>> from torch.nn import Linear, Sequential
        >>> from pyg_symm.weights import mlp_spec
        >>> model = Sequential(Linear(3, 8), Linear(8, 2))
        >>> spec = mlp_spec([3, 8, 2], ["0", "1"])
        >>> count_parameters(model, spec, {"h0": 8}), count_parameters(model, spec, {"h0": 5})
        (50, 32)
    """
    return sum(
        math.prod(
            sum(math.prod(widths.get(a.name or "", a.size) for a in part) for part in axis)
            for axis in spec.axes[name]
        )
        for name, _ in model.named_parameters()
    )
