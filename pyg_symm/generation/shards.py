"""Finished parts of a long run of sampling, kept so that it can go on after a kill."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import Batch, Data

from pyg_symm.utils import whole_file


class Shards:
    r"""Ranges of graphs, each of which is written once it is complete.

    Args:
        folder (str or Path, optional): Where to write; nothing is kept without.
        settings (dict): What decides on the graphs: another run must not go on from them.
        n (int): The number of graphs.
        size (int): Graphs of a shard.

    Raises:
        ValueError: If the folder has shards of other settings.
    """

    def __init__(
        self, folder: str | os.PathLike | None, settings: dict[str, Any], n: int, size: int
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.ranges = [range(i, min(i + size, n)) for i in range(0, n, size)]
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "settings.json"
        if file.is_file():
            known = json.loads(file.read_text())
            other = [key for key in settings if known.get(key) != settings[key]]
            if other:
                raise ValueError(
                    f"'resume' holds samples of another run: {other[0]} is {known.get(other[0])!r} "
                    f"there and {settings[other[0]]!r} here ('{self.folder}')"
                )
        else:
            with whole_file(file) as part:
                Path(part).write_text(json.dumps(settings))

    def __iter__(self) -> Iterator[range]:
        return iter(self.ranges)

    def load(self, shard: range) -> list[Data] | None:
        """The graphs of a shard, if they have been written."""
        file = self._file(shard)
        if file is None or not file.is_file():
            return None
        graphs = torch.load(file, weights_only=False).to_data_list()
        for data in graphs:  # A batch makes tensors of numbers.
            data.num_blocks = int(data.num_blocks)
        return graphs

    def save(self, shard: range, graphs: list[Data]) -> None:
        """Writes the graphs of a shard."""
        file = self._file(shard)
        if file is None:
            return
        with whole_file(file) as part:
            torch.save(Batch.from_data_list(graphs), part)

    def _file(self, shard: range) -> Path | None:
        return None if self.folder is None else self.folder / f"graphs_{shard.start}.pt"
