"""Where data sets are kept, and the names of their processed folders."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def default_root() -> str:
    r"""The folder under which data sets are kept if no ``root`` is given.

    The first of these that applies:

    - the environment variable ``PYG_SYMM_DATA``
    - the folder ``data`` of the current folder, if there is one
    - ``~/.cache/pyg_symm``

    Nothing is created here; a data set makes the folders that it needs.
    """
    chosen = os.environ.get("PYG_SYMM_DATA")
    if chosen:
        return str(Path(chosen).expanduser())
    if Path("data").is_dir():
        return str(Path("data").resolve())
    return str(Path("~/.cache/pyg_symm").expanduser())


def digest(arguments: Mapping[str, Any]) -> str:
    r"""Eight hexadecimal digits that stand for the arguments by which a data set was processed.

    A processed folder named with them is never read by a run with other arguments. The order of
    the arguments does not matter. Values count by their ``repr``; functions and other objects
    whose ``repr`` holds a memory address count by their qualified name, so that the digest is the
    same in every process.

    Args:
        arguments (Mapping): Names and values of the arguments.

    Examples:
        >>> digest({"seed": 0, "split": "train"}) == digest({"split": "train", "seed": 0})
        True
        >>> digest({"seed": 0}) == digest({"seed": 1})
        False
    """
    parts = sorted((name, _describe(value)) for name, value in arguments.items())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]
