"""Rows of metrics as text and as files."""

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyg_symm.utils import text_table, whole_file
from pyg_symm.utils.files import write_json

#: Names of rows, and their metrics by name. All rows have the same metrics.
Rows = Mapping[str, Mapping[str, float]]


def rows_as_text(rows: Rows) -> str:
    r"""A column of text for each row, with four digits.

    Args:
        rows (dict): The metrics.

    Examples:
        >>> print(rows_as_text({"samples": {"n": 3, "valid": 0.5}}))
               samples
            n        3
        valid   0.5000
    """
    lines = [["", *rows]]
    for name in next(iter(rows.values())):
        values = [row[name] for row in rows.values()]
        lines.append([name, *(f"{v:.4f}" if isinstance(v, float) else str(v) for v in values)])
    return text_table(lines)


def write_rows(
    folder: str | Path, rows: Rows, text: str, more: Mapping[str, Any] | None = None
) -> None:
    r"""Writes ``table.txt``, ``table.csv`` and ``table.json``, each as a whole or not at all.

    Args:
        folder (str or Path): An existing folder.
        rows (dict): The metrics. NaN is null in JSON and empty in CSV.
        text (str): The content of ``table.txt``.
        more (dict, optional): What else stands in ``table.json``.
    """
    folder = Path(folder)
    content = without_nan({**rows, **(more or {})})
    with whole_file(folder / "table.txt") as part:
        Path(part).write_text(text + "\n", encoding="utf-8")
    write_json(folder / "table.json", content)
    with whole_file(folder / "table.csv") as part, open(part, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["set", *next(iter(rows.values()))])
        writer.writerows([name, *row.values()] for name, row in without_nan(rows).items())


def without_nan(value: Any) -> Any:
    """The same with None in place of NaN, which JSON does not have."""
    if isinstance(value, Mapping):
        return {key: without_nan(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
