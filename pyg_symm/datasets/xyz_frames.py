"""Frames of extended XYZ files."""

import math
import os
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

import numpy as np

from pyg_symm.datasets.xyz_header import PLAIN, Column, parse_header, parse_properties

_TRUE, _FALSE = ("T", "TRUE", "1"), ("F", "FALSE", "0")


class Frame(NamedTuple):
    r"""One frame: a header, and a line for each atom.

    Attributes:
        path: The file.
        line: The line with the number of atoms, from 1.
        info: Values of the header as text.
        columns: The columns of the lines of atoms, by name.
        rows: The fields of each line of an atom.
    """

    path: str
    line: int
    info: dict[str, str]
    columns: dict[str, Column]
    rows: list[list[str]]

    @property
    def place(self) -> str:
        """The line of the header, for messages."""
        return f"line {self.line + 1} of '{self.path}'"

    def atoms(self, name: str) -> np.ndarray:
        r"""A property of the atoms.

        Args:
            name (str): One of :attr:`columns`.

        Returns:
            numpy.ndarray: Numbers :math:`(N, \mathrm{width})`, or text as objects.

        Raises:
            ValueError: If a field is not of the right type, or a number is not finite; the message
                names file and line.
        """
        kind, start, width = self.columns[name]
        read = _READ[kind]
        values = []
        for i, row in enumerate(self.rows):
            fields = row[start : start + width]
            try:
                values.append([read(text) for text in fields])
            except ValueError:
                raise ValueError(
                    f"line {self.line + 2 + i} of '{self.path}' has a broken '{name}' "
                    f"(got {' '.join(fields)!r})"
                ) from None
        return np.array(values, dtype=object if kind == "S" else None)

    def number(self, name: str) -> float:
        """A value of the header as a finite number."""
        (value,) = self.numbers(name, 1)
        return value

    def numbers(self, name: str, count: int) -> list[float]:
        """A value of the header as this many finite numbers."""
        try:
            values = [_real(text) for text in _split(self.info[name])]
        except ValueError:
            values = []
        if len(values) != count:
            what = "a number" if count == 1 else f"{count} numbers"
            raise ValueError(f"{self.place}: '{name}' must be {what} (got {self.info[name]!r})")
        return values

    def flags(self, name: str, count: int) -> list[bool]:
        """A value of the header as this many of ``T`` and ``F``."""
        try:
            values = [_bool(text) for text in _split(self.info[name])]
        except ValueError:
            values = []
        if len(values) != count:
            raise ValueError(
                f"{self.place}: '{name}' must be {count} of T and F (got {self.info[name]!r})"
            )
        return values


def read_frames(path: str | os.PathLike) -> Iterator[Frame]:
    r"""Reads the frames of an extended XYZ file one by one.

    Args:
        path (str or Path): The file.

    Raises:
        ValueError: If the file is broken; the message names file and line.
    """
    path = os.fspath(path)
    with open(path, encoding="utf-8-sig") as file:
        try:
            yield from _frames(path, file)
        except UnicodeDecodeError as error:
            raise ValueError(f"'{path}' is not text in UTF-8 ({error.reason})") from None


def _frames(path: str, file: IO[str]) -> Iterator[Frame]:
    line = 0
    while text := file.readline():
        line += 1
        if not text.strip():  # Between frames, and at the end.
            continue
        place = f"line {line} of '{path}'"
        if not text.strip().isdecimal() or int(text) == 0:
            raise ValueError(f"{place} must be a number of atoms (got {text.strip()[:80]!r})")
        num = int(text)
        header = file.readline()
        try:
            info = parse_header(header)
            named = [key for key in info if key.lower() == "properties"]
            columns = parse_properties(info.pop(named[0])) if named else PLAIN
        except ValueError as error:
            raise ValueError(f"line {line + 1} of '{path}' has {error}") from None
        width = sum(column.width for column in columns.values())
        rows = []
        for i in range(num):
            fields = (text := file.readline()).split()
            if not text:
                raise ValueError(f"{place}: {num} atoms, but the file ends after {i}")
            # Files that do not name their columns may have more of them.
            if len(fields) != width and (named or len(fields) < width):
                raise ValueError(
                    f"line {line + 2 + i} of '{path}' must have {width} fields, as the header "
                    f"says (got {len(fields)}: {text.strip()[:80]!r})"
                )
            rows.append(fields)
        yield Frame(path, line, info, columns, rows)
        line += 1 + num


def _split(text: str) -> list[str]:
    for sign in "[]{},":
        text = text.replace(sign, " ")
    return text.split()


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _bool(text: str) -> bool:
    if text.upper() not in (*_TRUE, *_FALSE):
        raise ValueError(text)
    return text.upper() in _TRUE


_READ: dict[str, Callable[[str], Any]] = {"R": _real, "I": int, "L": _bool, "S": str}
