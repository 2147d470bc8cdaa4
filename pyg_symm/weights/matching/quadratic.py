r"""Steps for a class that lies on two axes of one tensor, where its share is quadratic."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..heads import HeadGroup
from ..permutations import Permutation
from .objective import Objective
from .relaxed import Relaxation, as_matrices

# Of the climb from one permutation; each costs one gradient.
_STEPS = 20


def improve_quadratic(
    objective: Objective,
    names: Sequence[str],
    group: HeadGroup | None,
    permutation: Mapping[str, Tensor],
) -> Permutation:
    r"""Permutations of classes with a larger objective, with all others as they are.

    A recurrent weight has the share :math:`\langle A, P B P^\top \rangle`, a quadratic assignment
    problem. This climbs by Frank-Wolfe steps with exact line searches, starting at the present
    permutation. The candidates are all vertices that a step aims at, the first of which solves the
    linearized problem, and the rounded end. The best one counts, if the objective itself grows.

    Args:
        objective (Objective): What is maximized.
        names (sequence of str): The classes.
        group (HeadGroup, optional): Their heads.
        permutation (dict): The present permutation of all classes.

    Returns:
        dict: The permutations of the given classes, the present ones if none is better.
    """
    a, b = {}, {}
    for signature in objective.signatures_of(names):
        a[signature] = objective.a[signature]
        moved = objective.b[signature]
        for dim, name in enumerate(signature):
            if name not in names:
                moved = moved.index_select(dim, permutation[name].to(moved.device))
        b[signature] = moved
    some = next(iter(a.values()))
    eyes = {n: torch.empty(0, dtype=some.dtype, device=some.device) for n in names}
    start = as_matrices({n: permutation[n] for n in names}, like=eyes)
    relaxation = Relaxation([a, b], [(tuple(names), group)])
    ends, _, seen = relaxation.climb([start], _STEPS, 1e-9)
    best, value = {n: permutation[n] for n in names}, objective.value(permutation, names)
    for (candidate,) in [*seen, relaxation.vertices(ends)]:
        reached = objective.value({**permutation, **candidate}, names)
        if reached > value:
            best, value = candidate, reached
    return best
