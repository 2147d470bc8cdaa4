"""Molecules in columns on disk, read without loading them."""

import contextlib
import json
import os.path as osp
from collections.abc import Iterable, Mapping
from typing import IO, Any, NamedTuple

import numpy as np

from pyg_symm.chem import Refusals
from pyg_symm.utils import whole_file

# Type and width of each file. A bond is its two atoms, counted within the molecule, and its class.
COLUMNS: dict[str, tuple[type, int]] = {
    "atom": (np.uint8, 1),
    "block_id": (np.uint8, 1),
    "bond": (np.uint8, 3),
    "smiles": (np.uint8, 1),
    "atom_ptr": (np.int64, 1),
    "bond_ptr": (np.int64, 1),
    "smiles_ptr": (np.int64, 1),
    "num_blocks": (np.uint8, 1),
    "row": (np.int64, 1),
}
_POINTERS = {"atom_ptr": "atom", "bond_ptr": "bond", "smiles_ptr": "smiles"}
MAX_ATOMS = 255  # The position of an atom in its molecule is one byte.


class Chunk(NamedTuple):
    r"""Some molecules in columns.

    Attributes:
        columns: The rows of each of :data:`COLUMNS`, but for pointers, in whose place are counts.
        refused: How many molecules were not converted, for each reason, with examples.
        size: How many were read.
    """

    columns: dict[str, np.ndarray]
    refused: Refusals
    size: int


def file_names() -> list[str]:
    """The files of a folder of columns, the report last."""
    return [*(f"{name}.bin" for name in COLUMNS), "report.json"]


def write_columns(folder: str, chunks: Iterable[Chunk], report: Mapping[str, Any]) -> None:
    r"""Writes chunks, of which only one is in memory at a time.

    All files take their names at the end.

    Args:
        folder (str): Where to.
        chunks (Iterable): The molecules.
        report (Mapping): What is to be known of them besides the refused, in types of JSON.
    """
    rows = dict.fromkeys(COLUMNS, 0)
    refused = Refusals()
    with contextlib.ExitStack() as stack:
        paths = [stack.enter_context(whole_file(osp.join(folder, name))) for name in file_names()]
        with contextlib.ExitStack() as opened:
            files: dict[str, IO[bytes]] = {
                name: opened.enter_context(open(path, "wb"))
                for name, path in zip(COLUMNS, paths, strict=False)
            }
            for name in _POINTERS:
                rows[name] += files[name].write(np.zeros(1, np.int64).tobytes()) // 8
            for chunk in chunks:
                for name, values in _with_pointers(chunk, rows).items():
                    files[name].write(np.ascontiguousarray(values, COLUMNS[name][0]).tobytes())
                    rows[name] += len(values)
                refused.update(chunk.refused)
        with open(paths[-1], "w") as out:
            content = {**report, "refused": refused.to_dict(), "rows": rows}
            json.dump(content, out, indent=2)


def _with_pointers(chunk: Chunk, rows: Mapping[str, int]) -> dict[str, np.ndarray]:
    columns = dict(chunk.columns)
    for name, target in _POINTERS.items():
        columns[name] = rows[target] + np.cumsum(columns[name], dtype=np.int64)
    return columns


def read_report(folder: str) -> dict[str, Any]:
    """The report that :func:`write_columns` wrote beside the columns."""
    path = osp.join(folder, "report.json")
    try:
        with open(path) as file:
            return json.load(file)
    except ValueError as error:
        raise RuntimeError(_damaged(path, str(error))) from error


def open_columns(folder: str) -> dict[str, np.ndarray]:
    r"""Maps columns into memory, page by page as they are read.

    Args:
        folder (str): Where :func:`write_columns` wrote to.

    Raises:
        RuntimeError: If a file is not as long as the report says.
    """
    rows = read_report(folder).get("rows", {})
    columns: dict[str, np.ndarray] = {}
    for name, (dtype, width) in COLUMNS.items():
        path = osp.join(folder, f"{name}.bin")
        expected = rows.get(name, -1) * width * np.dtype(dtype).itemsize
        actual = osp.getsize(path)
        if actual != expected:
            raise RuntimeError(_damaged(path, f"{actual} bytes, expected {expected}"))
        shape = (rows[name], width) if width > 1 else (rows[name],)
        if expected == 0:  # An empty file cannot be mapped.
            columns[name] = np.zeros(shape, dtype)
        else:
            # A plain array: slicing it takes a third of the time.
            columns[name] = np.asarray(np.memmap(path, dtype, mode="r", shape=shape))
    return columns


def segments(ptr: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""The elements of some sets.

    Args:
        ptr (numpy.ndarray): Boundaries of all sets.
        index (numpy.ndarray): The sets that are wanted, in any order.

    Returns:
        tuple: The number of each element, set by set, and the boundaries of the wanted sets.

    Examples:
        >>> segments(np.array([0, 2, 5, 6]), np.array([2, 0]))
        (array([5, 0, 1]), array([0, 1, 3]))
    """
    start = np.asarray(ptr[index])
    counts = np.asarray(ptr[index + 1]) - start
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return np.repeat(start - ends[:-1], counts) + np.arange(ends[-1]), ends


def _damaged(path: str, problem: str) -> str:
    return f"'{path}' is damaged ({problem}); process the data set again with force_reload=True"
