"""Files of graphs without labels."""

from collections.abc import Callable, Sequence
from pathlib import Path

import networkx as nx
import torch
from torch_geometric.data import Data
from torch_geometric.utils import from_networkx, to_networkx

from pyg_symm.utils import load_tensors, whole_file


def holds_graphs(path: str | Path) -> bool:
    """Whether the file ending is one of graphs."""
    return Path(path).suffix.lower() in _READERS


def read_graphs(path: str | Path) -> list[Data]:
    r"""Reads the graphs of a file.

    Args:
        path (str or Path): A list of graphs of PyG (``.pt``), of which nothing else is unpickled,
            or one graph in graph6 a line (``.g6``).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it has another ending or holds something else.
    """
    path = Path(path)
    if not holds_graphs(path):
        raise ValueError(f"Graphs are read from one of {list(_READERS)} (got '{path.name}')")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file '{path}'")
    try:
        graphs = _READERS[path.suffix.lower()](path)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    except Exception as error:  # Of many kinds, for a file that holds anything.
        raise ValueError(f"'{path}' does not hold graphs: {error}") from error
    if not isinstance(graphs, list) or not all(isinstance(graph, Data) for graph in graphs):
        raise ValueError(f"'{path}' must hold a list of graphs")
    return graphs


def write_graphs(path: str | Path, graphs: Sequence[Data]) -> None:
    """Writes graphs in the format that the file ending names; graph6 forgets all but the edges."""
    with whole_file(path) as part:
        if Path(path).suffix.lower() == ".pt":
            torch.save(list(graphs), part)
            return
        lines = [
            nx.to_graph6_bytes(to_networkx(data, to_undirected=True), header=False)
            for data in graphs
        ]
        Path(part).write_bytes(b"".join(lines))


def _read_pt(path: Path) -> list[Data]:
    return load_tensors(path, "write a list of graphs with torch.save")


def _read_g6(path: Path) -> list[Data]:
    lines = [line.strip() for line in path.read_bytes().splitlines() if line.strip()]
    return [from_networkx(nx.from_graph6_bytes(line)) for line in lines]


_READERS: dict[str, Callable[[Path], list[Data]]] = {".pt": _read_pt, ".g6": _read_g6}
ENDINGS = tuple(_READERS)
