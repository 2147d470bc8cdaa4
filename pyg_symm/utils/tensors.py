"""Files of tensors and graphs, which are read without running code."""

import os
import pickle
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch_geometric.data.data import BaseData, DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import EdgeStorage, GlobalStorage, NodeStorage

from .files import whole_file

_GLOBAL = re.compile(r"GLOBAL (\S+)")
_STORES = [DataEdgeAttr, DataTensorAttr, EdgeStorage, GlobalStorage, NodeStorage]


def save_tensors(content: Any, path: str | os.PathLike) -> None:
    r"""Saves tensors, numbers, strings, and graphs or their classes.

    Equal contents give equal files.

    Raises:
        ValueError: If :func:`load_tensors` could not read the file.
    """
    with whole_file(path) as part:
        with open(part, "wb") as file:  # By its name, torch would write that into the file.
            torch.save(content, file)
        try:
            _load(part)
        except pickle.UnpicklingError as error:
            raise ValueError(
                f"'{os.fspath(path)}' can only store graphs of tensors, numbers and strings: "
                f"they hold {_GLOBAL.findall(str(error))}"
            ) from error


def load_tensors(path: str | os.PathLike, mend: str) -> Any:
    r"""Reads what :func:`save_tensors` wrote. No code from the file is run.

    Args:
        path (str or Path): The file.
        mend (str): What the user can do if the file is damaged, for the error message.

    Raises:
        RuntimeError: If the file is damaged or holds anything else, such as graphs of a class that
            has not been imported.
    """
    try:
        return _load(path)
    except Exception as error:  # Of many kinds, for a file that holds anything.
        if isinstance(error, pickle.UnpicklingError) and "GLOBAL" in str(error):
            problem = (
                "holds more than tensors, numbers, strings and graphs of known classes, which is "
                "not loaded because it could run code"
            )
        else:
            problem = f"is damaged ({str(error).splitlines()[0] if str(error) else error!r})"
        raise RuntimeError(f"'{os.fspath(path)}' {problem}; {mend}") from error


def _load(path: str | os.PathLike) -> Any:
    known = {*_STORES, *_subclasses(BaseData)}
    # Not those that are allowed already: their permission would end with the context.
    known -= {item for item in torch.serialization.get_safe_globals() if isinstance(item, type)}
    with torch.serialization.safe_globals(list(known)):
        return torch.load(path, map_location="cpu", weights_only=True)


def _subclasses(parent: type) -> Iterator[type]:
    """Classes that are known to this process, so that none is imported for a file."""
    children: list[type] = parent.__subclasses__()
    for child in children:
        yield child
        yield from _subclasses(child)
