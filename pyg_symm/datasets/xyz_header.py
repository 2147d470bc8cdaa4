"""The second line of a frame of an extended XYZ file."""

import re
from typing import NamedTuple

_ESCAPED = re.compile(r"\\(.)")
_PAIR = re.compile(
    r"""
    (?: "(?P<quoted_key>(?:[^"\\]|\\.)*)" | (?P<key>[^\s="]+) )
    (?: \s*=\s* (?:
        "(?P<double>(?:[^"\\]|\\.)*)"
        | '(?P<single>(?:[^'\\]|\\.)*)'
        | \{(?P<braces>[^{}]*)\}
        | (?P<brackets>\[(?:[^\[\]]|\[[^\[\]]*\])*\])
        | (?P<bare>[^\s"'{\[]\S*)
    ))?
    (?: \s+ | $ )
    """,
    re.VERBOSE,
)
_TYPES = "SRIL"  # Text, real and whole numbers, true or false.


class Column(NamedTuple):
    """Where a property of the atoms is: the letter of its type, and its place in a line."""

    kind: str
    start: int
    width: int


#: What the format says of files that do not name their columns.
PLAIN = {"species": Column("S", 0, 1), "pos": Column("R", 1, 3)}


def parse_header(text: str) -> dict[str, str]:
    r"""Reads pairs ``key=value``.

    Values may be in double or single quotes, braces or brackets. A key without a value is ``"T"``.

    Args:
        text (str): The line.

    Raises:
        ValueError: If the line is not made of pairs, or a key occurs twice.

    Examples:
        >>> parse_header('energy=-1.5 pbc="T T F" config_type=dimer relaxed')
        {'energy': '-1.5', 'pbc': 'T T F', 'config_type': 'dimer', 'relaxed': 'T'}
    """
    pairs: dict[str, str] = {}
    text = text.strip()
    place = 0
    while place < len(text):
        match = _PAIR.match(text, place)
        if match is None:
            raise ValueError(f"a broken header, from {text[place : place + 40]!r}")
        key = match["key"] if match["quoted_key"] is None else _plain(match["quoted_key"])
        if key in pairs:
            raise ValueError(f"a broken header with '{key}' twice")
        values = [match[name] for name in ("braces", "brackets", "bare")]
        values += [_plain(match[name]) for name in ("double", "single") if match[name] is not None]
        pairs[key] = next((value for value in values if value is not None), "T")
        place = match.end()
    return pairs


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def parse_properties(text: str) -> dict[str, Column]:
    r"""Reads the columns of a frame.

    Args:
        text (str): Name, type and width of each, such as ``"species:S:1:pos:R:3"``.

    Raises:
        ValueError: If the text is not made of these, or a name occurs twice.

    Examples:
        >>> parse_properties("species:S:1:pos:R:3")["pos"]
        Column(kind='R', start=1, width=3)
    """
    parts = text.split(":")
    columns: dict[str, Column] = {}
    start = 0
    for name, kind, width in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
        if kind not in _TYPES or len(kind) != 1 or not width.isdecimal() or int(width) == 0:
            break
        if name in columns:
            raise ValueError(f"broken Properties with '{name}' twice")
        columns[name] = Column(kind, start, int(width))
        start += int(width)
    if 3 * len(columns) != len(parts):
        raise ValueError(f"broken Properties; they must be name:type:width:... (got {text!r})")
    return columns
