"""A pattern in the lines of a file."""

import csv
import gzip
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import whole_file

from .matches import hamming_matches

_SHOWN = 20  # Rows of the printed table.


def find_pattern(
    path: str,
    pattern: str,
    out: str | os.PathLike,
    k: int = 0,
    wildcard: str | None = None,
) -> dict[str, Any]:
    r"""Finds a pattern in the lines of a text, with errors.

    Letters are characters. The folder receives ``matches.csv`` with line, place, distance and the
    text that was found; lines count from one, places from zero.

    Args:
        path (str): A text file, also compressed (``.gz``).
        pattern (str): The pattern.
        out (str or Path): The folder of the results.
        k (int, optional): The largest number of characters that differ. (default: :obj:`0`)
        wildcard (str, optional): A character of the pattern that equals every other.
            (default: :obj:`None`)

    Returns:
        dict: The numbers of ``lines`` and ``matches``, ``by_distance``, and a ``table`` of the
        first matches.

    Raises:
        ValueError: If the pattern is empty, the wildcard is not one character, ``k`` is negative,
            or the file is not text.
    """
    if not isinstance(pattern, str) or not pattern:
        raise ValueError(f"'pattern' must be a string of at least one letter (got {pattern!r})")
    if wildcard is not None and len(wildcard) != 1:
        raise ValueError(f"'wildcard' must be one character (got {wildcard!r})")
    if k < 0:
        raise ValueError(f"'k' must not be negative (got {k})")
    letters, wild = _letters(pattern), None if wildcard is None else ord(wildcard)
    lines, rows = 0, []
    opened: Any = gzip.open if path.lower().endswith(".gz") else open
    try:
        # Without the mark of the byte order that some editors write.
        with opened(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                text = line.rstrip("\r\n")
                lines = number
                if len(text) < len(pattern):
                    continue
                places, distances = hamming_matches(_letters(text), letters, k, wildcard=wild)
                for place, distance in zip(places.tolist(), distances.tolist(), strict=True):
                    found = text[place : place + len(pattern)]
                    rows.append((number, place, distance, found))
    except UnicodeDecodeError as error:
        raise ValueError(f"'path' must be a text file (got '{path}')") from error
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        whole_file(folder / "matches.csv") as part,
        open(part, "w", newline="", encoding="utf-8") as file,
    ):
        csv.writer(file).writerows([("line", "place", "distance", "text"), *rows])
    table = ["| line | place | distance | text |", "| --- | --- | --- | --- |"]
    table += [f"| {a} | {b} | {c} | `{d}` |" for a, b, c, d in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        table.append(f"| ... {len(rows) - _SHOWN} more | | | |")
    by_distance = [sum(row[2] == distance for row in rows) for distance in range(k + 1)]
    return {
        "lines": lines,
        "matches": len(rows),
        "by_distance": by_distance,
        "table": "\n".join(table),
    }


def _letters(text: str) -> Tensor:
    return torch.tensor([ord(character) for character in text])
