"""Causal graphs and tables in files."""

import csv
import gzip
import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np


def read_graph(path: str) -> nx.DiGraph:
    r"""Reads a causal graph.

    Args:
        path (str): A GML file (``.gml``), or a text file with one edge on each line, such as
            ``X1 -> X2``, ``X1,X2`` or ``X1 X2``. Lines that begin with ``#`` are left out.

    Raises:
        ValueError: If a line has no two names, or the file is not GML.
    """
    if path.lower().endswith(".gml"):
        try:
            graph = nx.read_gml(path)
        except nx.NetworkXError as error:
            raise ValueError(f"'graph' must be a GML file (got '{path}': {error})") from error
        return nx.DiGraph(graph) if graph.is_directed() else graph
    edges = []
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            ends = [part for part in re.split(r"\s*->\s*|\s*,\s*|\s+", line.strip()) if part]
            if len(ends) != 2:
                raise ValueError(
                    f"'graph' must have two names on each line (got {line.strip()!r} on line "
                    f"{number} of '{path}')"
                )
            edges.append(ends)
    return nx.DiGraph(edges)


def read_environments(
    paths: Sequence[str], names: Sequence[Hashable], env: Hashable
) -> tuple[np.ndarray, np.ndarray]:
    r"""Reads columns of tables with a heading, and the environment of each row.

    Args:
        paths (list): CSV files, also compressed (``.gz``).
        names (list): The columns that are wanted.
        env (str): The column of the environment. If there is none, each file is one environment,
            named after the file, or after its path if two files have one name.

    Returns:
        tuple: Numbers :math:`(n, d)`, not a number where a cell is empty, and environments
        :math:`(n)`.

    Raises:
        ValueError: If there are no files, a file has no rows, a column is missing, a cell is not a
            number, an environment is empty, or some files have a column of the environment and
            others have none.
    """
    if not paths:
        raise ValueError("'path' must name at least one file (got none)")
    column, values, labels, has_labels = str(env), [], [], set()
    different = len({Path(path).name for path in paths}) == len(set(paths))
    for path in paths:
        rows = _read(path, names)
        values.append(_numbers(rows, names, path))
        has_labels.add(column in rows[0])
        for number, row in enumerate(rows, 2):
            label = row.get(column, Path(path).name if different else path)
            if not label:
                raise ValueError(
                    f"column {column!r} of '{path}' must name an environment (got {label!r} on "
                    f"line {number})"
                )
            labels.append(label)
    if len(has_labels) > 1:
        raise ValueError(f"all files or none must have the column {column!r}")
    return np.concatenate(values), np.array(labels)


def read_columns(path: str, names: Sequence[Hashable]) -> np.ndarray:
    r"""Reads columns of a table with a heading.

    Args:
        path (str): A CSV file, also compressed (``.gz``).
        names (list): The columns that are wanted.

    Returns:
        numpy.ndarray: Numbers :math:`(n, d)`, not a number where a cell is empty.

    Raises:
        ValueError: If there are no rows, a column is missing, or a cell is not a number.
    """
    return _numbers(_read(path, names), names, path)


def _read(path: str, names: Sequence[Hashable]) -> list[dict[str, str]]:
    """The rows of a table, which has some columns."""
    opened: Any = gzip.open if path.lower().endswith(".gz") else open
    # Spreadsheets begin files with a mark, which is no part of the first name.
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        heading = list(reader.fieldnames or [])
        if missing := [str(name) for name in names if str(name) not in heading]:
            raise ValueError(f"'{path}' must have the columns {', '.join(missing)}")
        rows = list(reader)
    if not rows:
        raise ValueError(f"'{path}' must have rows (got none)")
    return rows


def _numbers(rows: Sequence[dict[str, str]], names: Sequence[Hashable], path: str) -> np.ndarray:
    """The numbers of some columns :math:`(n, d)`."""
    found = [
        [_number(row[str(name)], name, path, number) for name in names]
        for number, row in enumerate(rows, 2)
    ]
    return np.array(found)


def _number(cell: str | None, name: Hashable, path: str, line: int) -> float:
    try:
        return float(cell) if cell and cell.strip() else float("nan")
    except ValueError:
        raise ValueError(
            f"column {str(name)!r} of '{path}' must hold numbers (got {cell!r} on line {line})"
        ) from None
