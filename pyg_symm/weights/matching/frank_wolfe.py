"""Matching of all classes at once, by doubly stochastic matrices."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..permutations import Permutation
from ..spec import PermutationSpec
from .assignment import Members
from .checks import check_models
from .descent import Descent
from .objective import Objective
from .pairwise import climb_pair
from .relaxed import Relaxation, as_matrices, centers
from .result import Match
from .terms import Terms, terms_of_all

_TOLERANCE = 1e-6  # Of a step, relative to the objective.


def frank_wolfe_matching(
    spec: PermutationSpec,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    *,
    seed: int = 0,
    max_steps: int = 100,
) -> Match:
    r"""Weight matching by the Frank-Wolfe steps of `"C2M3: Cycle-Consistent Multi-Model Merging"
    <https://arxiv.org/abs/2405.17897>`_.

    All permutations become doubly stochastic matrices, which start with equal entries. Each step
    goes towards the permutations that solve the linearized problem of all classes at once, up to
    the maximum on this segment, which is known exactly. No order of the classes matters. The result
    is rounded to permutations, and improved by steps of :func:`weight_matching`.

    Args:
        spec (PermutationSpec): The classes of units of both networks.
        a (dict): State dict of the network that stays.
        b (dict): State dict of the network that is permuted.
        seed (int, optional): Of the order of classes after rounding. (default: :obj:`0`)
        max_steps (int, optional): The largest number of steps. (default: :obj:`100`)

    Returns:
        Match: Its ``history`` is the relaxed objective, before the first step and after each one.

    Raises:
        ValueError: If a tensor is missing, has another shape than the specification says, is not
            covered by it, or holds NaN. The message names it.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        >>> a, spec = torch.nn.Sequential(*layers).state_dict(), mlp_spec([4, 8, 2])
        >>> b = spec.apply(a, spec.random(torch.Generator().manual_seed(0)))
        >>> match = frank_wolfe_matching(spec, a, b)
        >>> all(torch.equal(a[name], t) for name, t in spec.apply(b, match.permutation).items())
        True
    """
    if max_steps < 0:
        raise ValueError(f"'max_steps' must be at least 0 (got {max_steps})")
    check_models(spec, {"a": a, "b": b})
    objective = Objective(*terms_of_all(spec, (a, b)))
    descent = Descent(spec, objective)
    start, history = relaxed_pair(descent, max_steps)
    permutation, values = descent.run(start, torch.Generator().manual_seed(seed))
    return Match(permutation, values[-1], history, [values[-1]])


def relaxed_pair(
    descent: Descent, max_steps: int = 100, near: Permutation | None = None
) -> tuple[Permutation, list[float]]:
    r"""The permutation that doubly stochastic matrices are rounded to, and the relaxed objective.

    Args:
        descent (Descent): Holds the objective and its units.
        max_steps (int, optional): The largest number of steps. (default: :obj:`100`)
        near (dict, optional): Starts halfway between matrices of equal entries and this
            permutation. (default: at matrices of equal entries)
    """
    objective, members = descent.objective, [(unit.names, unit.group) for unit in descent.units]
    if all(len(signature) <= 2 for signature in objective.a):
        return climb_pair(objective, members, max_steps, _TOLERANCE, near)
    rounded, history = relaxed_start([objective.a, objective.b], members, max_steps, near)
    return rounded[0], history


def relaxed_start(
    models: Sequence[Terms],
    members: Sequence[Members],
    max_steps: int,
    near: Permutation | None = None,
) -> tuple[list[Permutation], list[float]]:
    r"""Permutations of all networks but the first, rounded from doubly stochastic matrices.

    Args:
        models (sequence of dict): Terms of each network.
        members (sequence of tuple): Classes that are solved together, and their heads.
        max_steps (int): The largest number of steps.
        near (dict, optional): Starts halfway between matrices of equal entries and this
            permutation. (default: at matrices of equal entries)

    Returns:
        tuple: The permutations, and the relaxed objective before the first step and after each one.
    """
    relaxation = Relaxation(models, members)
    start = centers(models[0])
    if near is not None:
        far = as_matrices(near, like=start)
        start = {name: (matrix + far[name]) / 2 for name, matrix in start.items()}
    ends, history, _ = relaxation.climb([start] * (len(models) - 1), max_steps, _TOLERANCE)
    return relaxation.vertices(ends), history
