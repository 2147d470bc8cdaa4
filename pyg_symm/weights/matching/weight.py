"""Matching by weights alone, without data."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from ..permutations import Permutation
from ..spec import PermutationSpec
from .checks import check_models, check_start
from .descent import Descent
from .frank_wolfe import relaxed_pair
from .objective import Objective
from .result import Match
from .terms import terms_of_all

# Of fewer units in all classes, all may prefer their partners by chance, and starts cost nothing.
_MIN_UNITS = 32


def weight_matching(
    spec: PermutationSpec,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    *,
    seed: int = 0,
    num_starts: int = 4,
    init: Mapping[str, Tensor] | None = None,
    max_sweeps: int = 100,
) -> Match:
    r"""Weight matching from `"Git Re-Basin: Merging Models modulo Permutation Symmetries"
    <https://arxiv.org/abs/2209.04836>`_.

    .. math::
        \max_\pi \sum_k \langle A_k, \pi(B)_k \rangle

    One class at a time has an exact solution, by a linear assignment. Classes are solved in turn
    until none can be improved. This is a local maximum, and one start is unsafe. The first start
    solves each class for the classes that are known by then, from the input on. The others begin at
    results of :func:`frank_wolfe_matching`: the second one as it is, and later ones from random
    points. A start that is worse than no permutation begins there. The largest objective wins.

    Later starts are skipped once the result is certain: if every unit and its partner prefer each
    other to all other units, in all classes, or if two starts end at the same permutation.

    Args:
        spec (PermutationSpec): The classes of units of both networks.
        a (dict): State dict of the network that stays.
        b (dict): State dict of the network that is permuted, by
            ``spec.apply(b, match.permutation)``.
        seed (int, optional): Of the orders in which classes are solved, and of random starts. Equal
            seeds give equal permutations. (default: :obj:`0`)
        num_starts (int, optional): The largest number of starts. (default: :obj:`4`)
        init (dict, optional): A permutation to start from, before all other starts.
        max_sweeps (int, optional): Limit of the sweeps over all classes for each start.
            (default: :obj:`100`)

    Returns:
        Match: Its ``history`` is that of the best start: the objective before the first step, and
        after each accepted one.

    Raises:
        ValueError: If a tensor is missing, has another shape than the specification says, is not
            covered by it, or holds NaN. The message names it.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> generator = torch.Generator().manual_seed(0)
        >>> layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        >>> a, spec = torch.nn.Sequential(*layers).state_dict(), mlp_spec([4, 8, 2])
        >>> b = spec.apply(a, spec.random(generator))
        >>> match = weight_matching(spec, a, b)
        >>> all(torch.equal(a[name], t) for name, t in spec.apply(b, match.permutation).items())
        True
    """
    check_sizes(1, num_starts=num_starts)
    check_models(spec, {"a": a, "b": b})
    objective = Objective(*terms_of_all(spec, (a, b)))
    return best_of_starts(spec, objective, seed, num_starts, check_start(spec, init), max_sweeps)


def best_of_starts(
    spec: PermutationSpec,
    objective: Objective,
    seed: int = 0,
    num_starts: int = 1,
    init: Permutation | None = None,
    max_sweeps: int = 100,
) -> Match:
    r"""As :func:`weight_matching`, for an objective."""
    generator = torch.Generator().manual_seed(seed)
    descent = Descent(spec, objective)
    found: list[tuple[Permutation, list[float]]] = []
    for num in range(num_starts):
        start, values = _start(spec, descent, num if init is None else num - 1, init, generator)
        new, history = descent.run(start, generator, value=values[-1], max_sweeps=max_sweeps)
        again = any(all(torch.equal(old[n], new[n]) for n in new) for old, _ in found)
        found.append((new, values[:-1] + history))
        if sum(spec.classes.values()) >= _MIN_UNITS and (again or descent.is_certain(new)):
            break
    permutation, history = max(found, key=lambda pair: pair[1][-1])
    return Match(permutation, history[-1], history, [h[-1] for _, h in found])


def _start(
    spec: PermutationSpec,
    descent: Descent,
    num: int,
    init: Permutation | None,
    generator: torch.Generator,
) -> tuple[Permutation, list[float]]:
    """Where a start begins, and the objective of no permutation, if it is lower, and there."""
    if num < 0 and init is not None:
        return init, [descent.objective.value(init)]
    if num == 0:
        end = descent.forward_start(spec.identity())
    else:
        end, _ = relaxed_pair(descent, near=spec.random(generator) if num > 1 else None)
    values = [descent.objective.value(at) for at in (spec.identity(), end)]
    return (end, values) if values[1] > values[0] else (spec.identity(), values[:1])
