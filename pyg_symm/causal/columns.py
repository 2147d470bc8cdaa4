"""Tables of variables: what a caller gives, and what it must be."""

import re
import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .environments import environment_numbers


def read_table(x: Any, name: str = "X") -> tuple[np.ndarray, list[Hashable] | None]:
    r"""The numbers of a table, and the names of its columns if it has any.

    Args:
        x (DataFrame, numpy.ndarray or torch.Tensor): The table :math:`(n, d)`.
        name (str, optional): What errors call it. (default: :obj:`"X"`)

    Raises:
        ValueError: If the table is not two-dimensional, is empty, or has numbers that are complex
            or not finite.
        TypeError: If it is sparse, or holds objects that are no numbers.

    Examples:
        >>> read_table([[1, 2], [3, 4]])
        (array([[1., 2.],
               [3., 4.]]), None)
    """
    names = list(x.columns) if hasattr(x, "columns") else None
    if hasattr(x, "tocsr") or (isinstance(x, Tensor) and x.layout != torch.strided):
        raise TypeError(f"'{name}' must be dense, sparse data are not supported (got {type(x)})")
    if isinstance(x, Tensor):
        x = x.detach().cpu().numpy()
    values = np.asarray(x)
    if np.iscomplexobj(values):
        raise ValueError(f"'{name}' must be real. Complex data not supported (got {values.dtype})")
    if values.ndim != 2:
        raise ValueError(
            f"'{name}' must have rows and columns. Expected 2D array, got {values.ndim}D array "
            "instead. Reshape your data"
        )
    for num, what in zip(values.shape, ("sample", "feature"), strict=True):
        if num == 0:
            raise ValueError(
                f"'{name}' must not be empty: 0 {what}(s) (shape={values.shape}) while a minimum "
                "of 1 is required."
            )
    try:
        values = values.astype(float)
    except ValueError as error:
        raise ValueError(f"'{name}' must hold numbers ({error})") from None
    except TypeError as error:  # Such as a missing value of pandas, or a date.
        raise TypeError(f"'{name}' must hold numbers ({error})") from None
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0].tolist()
        which = repr(names[column]) if names else str(column)
        value = values[row, column]
        raise ValueError(
            f"'{name}' must be finite, without NaN or infinity (got {value} in row {row}, column "
            f"{which})"
        )
    return values, names


def read_target(y: Any, num_rows: int) -> np.ndarray:
    r"""The values to be predicted :math:`(n)`.

    Raises:
        ValueError: If there are none, or they are of another number, complex or not finite.
    """
    if y is None:
        raise ValueError("'y' must be given: requires y to be passed, but the target y is None")
    if isinstance(y, Tensor):
        y = y.detach().cpu().numpy()
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        _warn_of_column()
        values = values[:, 0]
    if values.ndim != 1 or len(values) != num_rows:
        raise ValueError(f"'y' must have shape [{num_rows}] (got {list(values.shape)})")
    return read_table(values[:, None], "y")[0][:, 0]


def naturally_sorted(names: Sequence[Hashable]) -> list[Hashable]:
    r"""Names in the order of their words and numbers.

    Examples:
        >>> naturally_sorted(["X10", "X2", "A"])
        ['A', 'X2', 'X10']
    """

    def key(name: Hashable) -> list[tuple[int, int, str]]:
        parts = re.findall(r"\d+|\D+", str(name))
        return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts]

    return sorted(names, key=key)


def check_columns(
    variables: Sequence[Hashable], given: Sequence[Hashable] | None, num_columns: int
) -> list[Hashable]:
    r"""The names of all columns of a table, which must be there for each variable.

    Args:
        variables (list): The variables, in their natural order.
        given (list, optional): The names of columns. (default: the variables)
        num_columns (int): The number of columns.

    Raises:
        ValueError: If there are more or fewer names than columns, a name is there twice, or a
            variable has no column.
    """
    if given is None and num_columns != len(variables):
        raise ValueError(
            f"'X' must have one column for each of {', '.join(map(str, variables))}, or "
            f"'feature_names' must be given (got {num_columns} columns)"
        )
    names = list(variables if given is None else given)
    check_names(names, num_columns)
    if missing := [str(name) for name in variables if name not in names]:
        raise ValueError(
            f"'X' must have a column for each variable of the graph (missing: {', '.join(missing)})"
        )
    return names


def check_names(names: Sequence[Hashable], num_columns: int) -> None:
    r"""Checks the names of all columns of a table.

    Raises:
        ValueError: If there are more or fewer names than columns, or a name is there twice.
    """
    if len(names) != num_columns:
        raise ValueError(
            f"'feature_names' must name {num_columns} columns (got {len(names)} names)"
        )
    if twice := sorted({str(name) for name in names if list(names).count(name) > 1}):
        raise ValueError(f"columns of 'X' must have different names (got {', '.join(twice)} twice)")


def pick_columns(table: Any, given: Sequence[Hashable], chosen: Sequence[Hashable]) -> Any:
    """Some columns of a data frame or an array, whose columns have names."""
    if hasattr(table, "columns"):
        if missing := [str(name) for name in chosen if name not in list(table.columns)]:
            raise ValueError(f"'X' must have the columns {', '.join(missing)}")
        return table[list(chosen)]
    return table[:, [list(given).index(name) for name in chosen]]


def environments_in(table: Any, given: Sequence[Hashable], env: Hashable) -> np.ndarray | None:
    r"""The environment of each row :math:`(n)`, if a table has a column of it.

    Args:
        table (DataFrame, numpy.ndarray or torch.Tensor): The table.
        given (list): The names of the columns of an array.
        env (Hashable): The name of the column.
    """
    if hasattr(table, "columns"):
        given = list(table.columns)
    else:
        table = read_table(table)[0]
    return np.asarray(pick_columns(table, given, [env]))[:, 0] if env in given else None


def columns_of_fit(
    table: Any, given: Sequence[Hashable], variables: Sequence[Hashable], estimator: str
) -> np.ndarray:
    r"""The variables :math:`(n, d)` in a table like the one of ``fit``.

    Args:
        table (DataFrame, numpy.ndarray or torch.Tensor): The table.
        given (list): The names of all columns of ``fit``.
        variables (list): The names of the variables.
        estimator (str): The name of the estimator, for errors.

    Raises:
        ValueError: If columns are missing, are of another number, or hold no finite numbers.
    """
    if hasattr(table, "columns"):
        names = list(table.columns)
        if missing := [str(name) for name in variables if name not in names]:
            raise ValueError(f"'X' must have the columns of 'fit' (missing: {', '.join(missing)})")
    else:
        table = read_table(table)[0]
        if table.shape[1] != len(given):
            raise ValueError(
                f"X has {table.shape[1]} features, but {estimator} is expecting {len(given)} "
                "features as input"
            )
    if not variables:
        return np.zeros((len(table), 0))
    return read_table(pick_columns(table, given, variables))[0]


def check_rows(num_rows: int, env: Any) -> None:
    r"""Checks the number of rows, and that they are of several environments.

    Raises:
        ValueError: If there are too few.
    """
    if num_rows < 4:
        raise ValueError(f"'X' must have at least 4 rows (got n_samples = {num_rows})")
    if env is not None and len(environment_numbers(env, num_rows)[0]) < 2:
        raise ValueError("'env' must have at least two environments (got one)")


def _warn_of_column() -> None:
    category: type[Warning] = UserWarning
    try:
        from sklearn.exceptions import DataConversionWarning
    except ImportError:
        pass
    else:
        category = DataConversionWarning
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected", category, stacklevel=4
    )
