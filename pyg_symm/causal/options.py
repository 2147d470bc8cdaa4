"""Arguments of the regressor: what there is to choose from."""

import secrets
from functools import partial
from typing import Any

import numpy as np

from pyg_symm.utils import check_choice, check_sizes

from .mlp import fit_mlp
from .ridge import fit_ridge
from .structure import Fit

REGRESSORS: dict[str, Fit] = {
    "rff": fit_ridge,
    "linear": partial(fit_ridge, num_features=0),
    "mlp": fit_mlp,
}
# Which components are shuffled for the regression, and whether the columns below keep their noise.
REGENERATE = {
    "descendants": ("mutable", True),
    "official": ("intervened", True),
    "means": ("mutable", False),
}
SEARCHES = ("classes", "greedy", "all")


def check_options(model: Any) -> None:
    r"""Checks the arguments of a :class:`~pyg_symm.causal.CausalMinimaxRegressor`.

    Raises:
        ValueError: If one of them is invalid.
    """
    check_choice("search", model.search, SEARCHES)
    check_choice("regenerate", model.regenerate, REGENERATE)
    if not callable(model.regressor):
        check_choice("regressor", model.regressor, REGRESSORS)
    check_sizes(1, max_classes=model.max_classes, n_restarts=model.n_restarts)
    budget = model.shift_budget
    if not isinstance(budget, int | float | np.number) or not 0 <= budget < np.inf:
        raise ValueError(
            f"'shift_budget' must be finite and not negative (got {model.shift_budget!r})"
        )


def seed_from(random_state: Any) -> int:
    r"""A seed from a number, a generator of NumPy, or nothing.

    Examples:
        >>> seed_from(3)
        3
    """
    if random_state is None:
        return secrets.randbits(31)
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    raise ValueError(
        f"'random_state' must be an integer, a generator of NumPy or None (got {random_state!r})"
    )
