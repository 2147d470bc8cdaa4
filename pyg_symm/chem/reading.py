"""SMILES out of files."""

import csv
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

TABLES = {".csv": ",", ".tsv": "\t"}
LINES = (".smi", ".smiles", ".txt")
_MAX_LINE = 1 << 17  # Bytes; the limit of Python's csv. The rest of a line is dropped.
_MAX_RATIO, _MIN_BYTES = 200, 20_000_000  # A larger file must not expand further.


def read_smiles(path: str, column: str | None = None) -> list[str]:
    r"""Reads the SMILES of a file, unchanged.

    In files of lines, the SMILES ends at the first blank. Empty lines, lines that begin with ``#``
    and a first line that begins with a word such as ``SMILES`` or ``canonical_smiles`` are skipped;
    any other line counts as a molecule, valid or not. In tables, each row must be on one line.

    Files are read line by line. What is beyond 131,072 bytes of a line is dropped, since a molecule
    of that length is refused by its size.

    Args:
        path (str): A file of lines that begin with a SMILES (``.smi``, ``.smiles``, ``.txt``), or
            a table with column names (``.csv``, ``.tsv``). Both may be compressed (``.gz``).
        column (str, optional): The column of a table. (default: the column named SMILES, in upper
            or lower case, or else the only one with SMILES in its name)

    Raises:
        ValueError: If the ending is another, the table has no such column, or the file is damaged:
            a quote that is not closed, text that is not UTF-8, a carriage return within a line, an
            incomplete or suspicious archive.
            The message names the file and the line.

    Examples:
        >>> read_smiles("molecules.csv.gz")  # doctest: +SKIP
        ['CCO', 'c1ccccc1']
    """
    return list(iterate_smiles(path, column))


def iterate_smiles(path: str, column: str | None = None) -> Iterator[str]:
    """As :func:`read_smiles`, one at a time."""
    ending = file_ending(path, (*LINES, *TABLES))
    packed = path.lower().endswith(".gz")
    opened: Callable[..., Any] = gzip.open if packed else open
    try:
        with opened(path, "rb") as file:
            lines = _lines(file, path, os.path.getsize(path) if packed else None)
            table = ending in TABLES
            yield from _rows(lines, ending, path, column) if table else _first(lines, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"'path' is damaged (got '{path}'): {error}") from error


def file_ending(path: str, known: tuple[str, ...]) -> str:
    """The ending of a file without ``.gz``.

    Raises:
        ValueError: If it is not known.
    """
    name = os.path.basename(path).lower().removesuffix(".gz")
    ending = os.path.splitext(name)[1]
    if ending not in known:
        raise ValueError(f"'path' must end in one of {list(known)} (got '{path}')")
    return ending


def _lines(file: IO[bytes], path: str, packed_size: int | None) -> Iterator[str]:
    """Yields all lines, of which only one is in memory."""
    size = 0
    number = 0
    while line := file.readline(_MAX_LINE):
        number += 1
        text = line
        while not line.endswith(b"\n") and (line := file.readline(_MAX_LINE)):
            size += len(line)
            _check_ratio(path, size, packed_size)
        size += len(text)
        _check_ratio(path, size, packed_size)
        try:
            yield text.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            if len(text) == _MAX_LINE:  # It may end within a letter.
                yield text.decode("utf-8", errors="ignore")
                continue
            raise ValueError(
                f"'path' is damaged (got '{path}'): line {number} is not UTF-8 text"
            ) from error


def _check_ratio(path: str, size: int, packed_size: int | None) -> None:
    if packed_size is not None and size > max(_MIN_BYTES, _MAX_RATIO * packed_size):
        raise ValueError(
            f"'path' is damaged (got '{path}'): it expands to more than {_MAX_RATIO} times its "
            f"{packed_size:,} bytes; unpack it to read it anyway"
        )


def _first(lines: Iterator[str], path: str) -> Iterator[str]:
    """The first word of each line."""
    begun = False
    for number, line in enumerate(lines, start=1):
        line = line.rstrip()
        if "\r" in line:
            raise ValueError(
                f"'path' is damaged (got '{path}'): line {number} has a carriage return in it; "
                "lines must end with a line feed"
            )
        if not line or line.startswith("#"):  # No SMILES begins with a bond.
            continue
        # A line that begins with a blank has a name and no molecule.
        smiles = "" if line[0].isspace() else line.split(maxsplit=1)[0]
        if begun or "smiles" not in smiles.lower():
            yield smiles
        begun = True


def _rows(lines: Iterator[str], ending: str, path: str, column: str | None) -> Iterator[str]:
    """The column of each row."""
    rows = csv.reader(lines, delimiter=TABLES[ending], strict=True)
    line = 0
    place: int | None = None
    try:
        for row in rows:
            if rows.line_num > line + 1:
                raise csv.Error("a quote is not closed, or a row goes on in the next line")
            line += 1
            if place is None:
                place = _find(row, path, column)
            elif row:
                yield row[place].strip() if place < len(row) else ""
    except csv.Error as error:
        message = str(error)
        if "end of data" in message:
            message = "a quote is not closed"
        raise ValueError(f"'path' is damaged (got '{path}'): line {line + 1}: {message}") from error
    if place is None:
        _find([], path, column)


def _find(names: list[str], path: str, column: str | None) -> int:
    if column is not None:
        found = [place for place, name in enumerate(names) if name == column]
    else:
        lower = [name.strip().lower() for name in names]
        found = [place for place, name in enumerate(lower) if name == "smiles"]
        similar = [place for place, name in enumerate(lower) if "smiles" in name]
        if not found and len(similar) == 1:
            found = similar
    one = len(names) == 1 and ";" in names[0]
    if not found or (one and column is None):
        hint = "'column' names another one"
        if one:
            hint = "columns are separated by commas in .csv and by tabs in .tsv, not by semicolons"
        raise ValueError(
            f"'path' has no column '{column or 'smiles'}' (got '{path}' with {names}); {hint}"
        )
    return found[0]
