"""Where data sets are kept, and the names of their processed folders."""

import functools
import hashlib
import os
import re
import types
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

    A processed folder named with them is never read by a run with other arguments. Values count
    by their contents, functions by their name, code, defaults and closures, and neither memory
    addresses nor the order of the arguments counts: the digest is the same in every process.

    Args:
        arguments (Mapping): Names and values of the arguments.

    Examples:
        >>> digest({"seed": 0, "split": "train"}) == digest({"split": "train", "seed": 0})
        True
        >>> digest({"filter": lambda x: x > 1}) == digest({"filter": lambda x: x > 2})
        False
    """
    return hashlib.sha256(_describe(arguments).encode()).hexdigest()[:8]


def _describe(value: Any, parents: tuple[int, ...] = ()) -> str:
    """What a value is by its contents, where a ``repr`` leaves out some and adds its address."""
    if id(value) in parents:
        return "..."
    inner = functools.partial(_describe, parents=(*parents, id(value)))
    if isinstance(value, types.FunctionType):
        # The code too: all lambda functions of one place share their name.
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        bound = [value.__defaults__, value.__kwdefaults__, cells]
        return f"{value.__module__}.{value.__qualname__}({inner([value.__code__, bound])})"
    if isinstance(value, types.CodeType):
        return f"{value.co_code.hex()}({inner([value.co_names, value.co_consts])})"
    if isinstance(value, types.MethodType):
        return f"method({inner([value.__func__, value.__self__])})"
    if isinstance(value, functools.partial):
        return f"partial({inner([value.func, value.args, value.keywords])})"
    if isinstance(value, Mapping):
        return f"map({sorted([inner(k), inner(v)] for k, v in value.items())})"
    if isinstance(value, set | frozenset):
        return f"set({sorted(map(inner, value))})"  # Their order differs between processes.
    if isinstance(value, list | tuple):
        return f"list({list(map(inner, value))})"
    if hasattr(value, "tolist") and not isinstance(value, type):  # Tensors and arrays.
        return f"{type(value).__qualname__}({value.tolist()})"
    if getattr(value, "__dict__", None) and not isinstance(value, type | types.ModuleType):
        return f"{type(value).__module__}.{type(value).__qualname__}({inner(vars(value))})"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
