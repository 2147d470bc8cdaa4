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
    with open(path, encoding="utf-8") as file:
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
        env (str): The column of the environment. If there is none, each file is one environment.

    Returns:
        tuple: Numbers :math:`(n, d)`, not a number where a cell is empty, and environments
        :math:`(n)`.

    Raises:
        ValueError: If a file has no rows, a column is missing, a cell is not a number, or some
            files have a column of the environment and others have none.
    """
    values, labels, has_labels = [], [], set()
    for path in paths:
        opened: Any = gzip.open if path.lower().endswith(".gz") else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            heading = list(reader.fieldnames or [])
            if missing := [str(name) for name in names if str(name) not in heading]:
                raise ValueError(f"'{path}' must have the columns {', '.join(missing)}")
            rows = list(reader)
        if not rows:
            raise ValueError(f"'{path}' must have rows (got none)")
        has_labels.add(str(env) in heading)
        for number, row in enumerate(rows, 2):
            values.append([_number(row[str(name)], name, path, number) for name in names])
            labels.append(row[str(env)] if str(env) in heading else Path(path).name)
    if len(has_labels) > 1:
        raise ValueError(f"all files or none must have the column {str(env)!r}")
    return np.array(values), np.array(labels)


def _number(cell: str | None, name: Hashable, path: str, line: int) -> float:
    try:
        return float(cell) if cell and cell.strip() else float("nan")
    except ValueError:
        raise ValueError(
            f"column {str(name)!r} of '{path}' must hold numbers (got {cell!r} on line {line})"
        ) from None
