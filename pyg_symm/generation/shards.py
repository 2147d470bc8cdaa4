"""Finished parts of a long run of sampling, from which it continues after a kill."""

import hashlib
import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.utils import remove_parts, whole_file

_FORMAT = 2  # Raised when finished parts of an older one can no longer be read.
_NODES = ("x", "block_id")


class Shards:
    r"""Ranges of graphs, each of which is written once it is complete.

    A damaged file is sampled again, with a warning. Files hold tensors and no code.

    Args:
        folder (str or Path): Where to write.
        settings (dict): What decides on the graphs: another run must not continue from them.
        n (int): The number of graphs.
        size (int): Graphs of a shard.

    Raises:
        ValueError: If the folder has shards of other settings.
    """

    def __init__(
        self, folder: str | os.PathLike, settings: dict[str, Any], n: int, size: int
    ) -> None:
        self.folder = Path(folder)
        self.settings = {"format": _FORMAT, **settings}
        self.ranges = [range(i, min(i + size, n)) for i in range(0, n, size)]
        if self._file.is_file():
            self._compare(self._read())

    def open(self) -> None:
        """Makes the folder and writes the settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_parts(self.folder)
        if not self._file.is_file():
            with whole_file(self._file) as part:
                Path(part).write_text(json.dumps(self.settings))

    def __iter__(self) -> Iterator[range]:
        return iter(self.ranges)

    def load(self, shard: range) -> list[Data] | None:
        """The graphs of a shard, if they have been written and are not damaged."""
        from safetensors import SafetensorError, safe_open

        file = self._of(shard)
        if not file.is_file():
            return None
        try:
            with safe_open(file, framework="pt") as content:
                tensors = {name: content.get_tensor(name) for name in content.keys()}
                digest = (content.metadata() or {}).get("digest")
            if digest != _digest(shard, tensors):
                raise ValueError("its content has changed")
        except (SafetensorError, OSError, ValueError) as error:
            warnings.warn(f"'{file}' is damaged and sampled again: {error}", stacklevel=2)
            return None
        return _unpack(tensors)

    def save(self, shard: range, graphs: list[Data]) -> None:
        """Writes the graphs of a shard."""
        from safetensors.torch import save

        tensors = _pack(graphs)
        with whole_file(self._of(shard)) as part:
            Path(part).write_bytes(save(tensors, {"digest": _digest(shard, tensors)}))

    @property
    def _file(self) -> Path:
        return self.folder / "settings.json"

    def _of(self, shard: range) -> Path:
        return self.folder / f"graphs_{shard.start}_{shard.stop}.safetensors"

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"'{self._file}' is damaged ({type(error).__name__}); delete the folder "
                f"'{self.folder}' to sample again"
            ) from error
        return known if isinstance(known, dict) else {}

    def _compare(self, known: dict[str, Any]) -> None:
        other = [key for key, value in self.settings.items() if known.get(key) != value]
        if not other:
            return
        if "format" in other:
            said = "they were written by another version of this package"
        else:
            said = ", ".join(filter(None, (self._difference(key, known) for key in other)))
        raise ValueError(
            f"'resume' holds samples of another run: {said}; give another folder, or delete "
            f"'{self.folder}'"
        )

    def _difference(self, key: str, known: dict[str, Any]) -> str:
        if key == "generator_seed":
            return ""
        here, there = self.settings[key], known.get(key)
        if key in ("model", "start"):
            return f"{key} is another one"
        if key == "seed":
            here, there = self.settings["generator_seed"], known.get("generator_seed")
            if here == there:
                return "seed is another one"
        return f"{key} is {there!r} there and {here!r} here"


def _pack(graphs: list[Data]) -> dict[str, Tensor]:
    tensors = {name: torch.cat([data[name] for data in graphs]) for name in _NODES}
    tensors["edge_index"] = torch.cat([data.edge_index for data in graphs], dim=1).contiguous()
    tensors["edge_attr"] = torch.cat([data.edge_attr for data in graphs])
    tensors["num_nodes"] = torch.tensor([data.num_nodes for data in graphs])
    tensors["num_edges"] = torch.tensor([data.num_edges for data in graphs])
    return tensors


def _unpack(tensors: dict[str, Tensor]) -> list[Data]:
    nodes, edges = tensors["num_nodes"].tolist(), tensors["num_edges"].tolist()
    parts = zip(
        tensors["x"].split(nodes),
        tensors["edge_index"].split(edges, dim=1),
        tensors["edge_attr"].split(edges),
        tensors["block_id"].split(nodes),
        strict=True,
    )
    return [
        Data(
            x=x.clone(),
            edge_index=edge_index.contiguous(),
            edge_attr=edge_attr.clone(),
            block_id=block_id.clone(),
            num_blocks=int(block_id.max()) + 1,
        )
        for x, edge_index, edge_attr, block_id in parts
    ]


def _digest(shard: range, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(f"{shard.start} {shard.stop}".encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {list(value.shape)}".encode())
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()
