"""How well predictions are in each of several environments."""

from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor


class EnvironmentReport(NamedTuple):
    """Mean squared errors over environments.

    Attributes:
        max: The error of the worst environment.
        mean: The mean over environments.
        std: The standard deviation over environments, with their number as the divisor.
        worst: The worst environment.
        errors: The error of each environment.
        counts: The number of rows of each environment.
    """

    max: float
    mean: float
    std: float
    worst: Hashable
    errors: dict[Hashable, float]
    counts: dict[Hashable, int]


def worst_env_report(y: Any, pred: Any, env: Any) -> EnvironmentReport:
    r"""The mean squared error of predictions in each environment, and of the worst one.

    Args:
        y (array): The true values :math:`(n)`.
        pred (array): The predicted values :math:`(n)`.
        env (array): The environment of each row :math:`(n)`.

    Raises:
        ValueError: If there are no rows, their numbers differ, or values are missing.

    Examples:
        >>> report = worst_env_report([1., 2., 3.], [1., 2., 5.], ["a", "a", "b"])
        >>> report.max, report.mean, report.worst, report.errors
        (4.0, 2.0, 'b', {'a': 0.0, 'b': 4.0})
    """
    y, pred = (_values(name, value) for name, value in (("y", y), ("pred", pred)))
    labels, number = environment_numbers(env, len(y))
    if len(pred) != len(y):
        raise ValueError(f"'pred' must have {len(y)} rows (got {len(pred)})")
    counts = np.bincount(number)
    errors = np.bincount(number, weights=np.square(y - pred)) / counts
    return EnvironmentReport(
        float(errors.max()),
        float(errors.mean()),
        float(errors.std()),
        labels[int(errors.argmax())],
        dict(zip(labels, errors.tolist(), strict=True)),
        dict(zip(labels, counts.tolist(), strict=True)),
    )


def worst_env_score(y: Any, pred: Any, env: Any = None) -> float:
    r"""The smallest coefficient of determination :math:`R^2` of an environment.

    Args:
        y (array): The true values :math:`(n)`.
        pred (array): The predicted values :math:`(n)`.
        env (array, optional): The environment of each row :math:`(n)`. (default: one for all)

    Raises:
        ValueError: If there are no rows, their numbers differ, or values are missing.

    Examples:
        >>> round(worst_env_score([1., 3., 2., 6.], [1., 3., 2., 5.], ["a", "a", "b", "b"]), 4)
        0.875
    """
    y, pred = _values("y", y), _values("pred", pred)
    env = np.zeros(len(y), int) if env is None else env
    errors = worst_env_report(y, pred, env).errors
    _, number = environment_numbers(env, len(y))
    scores = []
    for k, error in enumerate(errors.values()):
        variance = float(y[number == k].var())
        # As scikit-learn scores a constant target.
        scores.append(1 - error / variance if variance else float(error == 0))
    return min(scores)


def environment_numbers(env: Any, num_rows: int) -> tuple[list[Hashable], np.ndarray]:
    r"""All environments, and the number of that of each row :math:`(n)`.

    Raises:
        ValueError: If there are too few or too many rows, an environment is missing, or labels are
            of several types that have no order.
    """
    labels = np.asarray(env.detach().cpu() if isinstance(env, Tensor) else env)
    if labels.shape != (num_rows,):
        raise ValueError(f"'env' must have shape [{num_rows}] (got {list(labels.shape)})")
    for row, label in enumerate(labels.tolist()):
        if _missing(label):
            raise ValueError(f"'env' must name an environment (got {label} in row {row})")
    try:
        found, number = np.unique(labels, return_inverse=True)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in labels.tolist()})
        message = f"'env' must hold labels of one type (got {', '.join(kinds)})"
        raise ValueError(message) from error
    return found.tolist(), number


def _missing(label: Any) -> bool:
    """Whether a label is none: what is missing does not even equal itself."""
    try:
        return label is None or not bool(label == label)
    except TypeError:  # Pandas does not tell whether its missing value equals itself.
        return True


def _values(name: str, value: Any) -> np.ndarray:
    found = np.asarray(value.detach().cpu() if isinstance(value, Tensor) else value, dtype=float)
    if found.ndim != 1 or len(found) == 0:
        raise ValueError(f"'{name}' must be a vector with rows (got shape {list(found.shape)})")
    if not np.isfinite(found).all():
        row = int(np.flatnonzero(~np.isfinite(found))[0])
        raise ValueError(f"'{name}' must be finite (got {found[row]} in row {row})")
    return found
