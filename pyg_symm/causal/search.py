"""Which sets of stable variables are compared."""

import itertools
import warnings
from collections.abc import Callable, Hashable, Sequence

import networkx as nx

from .boundary import markov_boundary
from .classes import equivalence_classes
from .risks import Risk

Subset = frozenset[Hashable]
Evaluate = Callable[[Sequence[Subset]], Sequence[Risk]]


def search_subsets(
    graph: nx.DiGraph,
    target: Hashable,
    stable: Sequence[Hashable],
    evaluate: Evaluate,
    search: str = "classes",
    max_classes: int = 512,
) -> dict[Subset, Risk]:
    r"""Finds the risks of sets of stable variables.

    Args:
        graph (networkx.DiGraph): The graph of the intervention on all mutable variables.
        target (Hashable): The node to be predicted.
        stable (list): The variables to choose from.
        evaluate (Callable): Finds the risks of several sets.
        search (str, optional): ``"classes"`` takes the smallest set of each equivalence class,
            ``"all"`` takes all sets, and ``"greedy"`` adds and removes one variable at a time while
            the risk falls. (default: :obj:`"classes"`)
        max_classes (int, optional): The largest number of sets. If there are more classes, the
            search is greedy, with a warning. (default: :obj:`512`)

    Raises:
        ValueError: If there are too many sets for ``"all"``.
    """
    if search == "all":
        if 2 ** len(stable) > max_classes:
            raise ValueError(
                f"'max_classes' must be at least {2 ** len(stable)}, the number of all sets of "
                f"stable variables (got {max_classes})"
            )
        sizes = range(len(stable) + 1)
        subsets = [frozenset(s) for k in sizes for s in itertools.combinations(stable, k)]
        return dict(zip(subsets, evaluate(subsets), strict=True))
    if search == "classes":
        classes = equivalence_classes(graph, target, stable)
        found = list(itertools.islice(classes, max_classes + 1))
        if len(found) <= max_classes:
            subsets = [one.representative for one in found]
            return dict(zip(subsets, evaluate(subsets), strict=True))
        warnings.warn(
            f"there are more than {max_classes} classes of subsets ('max_classes'); the search is "
            "greedy",
            stacklevel=3,
        )
    return _greedy(graph, target, stable, evaluate, max_classes)


def _greedy(
    graph: nx.DiGraph,
    target: Hashable,
    stable: Sequence[Hashable],
    evaluate: Evaluate,
    most: int,
) -> dict[Subset, Risk]:
    """Steps of one variable from the empty set and from all, over smallest sets of classes."""
    risks: dict[Subset, Risk] = {}

    def evaluate_new(subsets: Sequence[Subset]) -> None:
        smallest = [markov_boundary(graph, target, subset) for subset in subsets]
        new = [subset for subset in dict.fromkeys(smallest) if subset not in risks]
        new = new[: most - len(risks)]
        risks.update(zip(new, evaluate(new) if new else [], strict=True))

    evaluate_new([frozenset(), frozenset(stable)])
    for start in list(risks):
        current = start
        while True:
            near = [current ^ {node} for node in stable]
            evaluate_new(near)
            reached = {markov_boundary(graph, target, subset) for subset in near} & risks.keys()
            best = min(reached, key=lambda subset: risks[subset].estimate, default=current)
            if risks[best].estimate >= risks[current].estimate:
                break
            current = best
    return risks
