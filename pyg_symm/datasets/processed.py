"""Processed data sets on disk: complete, checked, and read without running code."""

import json
import os
import os.path as osp
import sys
from typing import Any

from torch_geometric.data import Data, Dataset, InMemoryDataset
from torch_geometric.data.data import BaseData

from pyg_symm.utils import load_tensors, save_tensors, whole_file
from pyg_symm.utils.files import locked, remove_parts, sha256
from pyg_symm.utils.root import default_root, digest

RECORD = "record.json"
MEND = "process the data set again with force_reload=True"


class ProcessedDataset(Dataset):
    r"""A data set whose processed files are checked, and read without running code.

    It replaces how :class:`torch_geometric.data.Dataset` keeps track of processed files:

    - PyG's records of ``pre_transform`` and ``pre_filter`` are pickles, which can run code when
      they are read. Here ``record.json`` has their ``repr``.
    - The record also has the SHA-256 of each processed file. They are compared once whenever a data
      set is opened, at about 2 GB a second.
    - One process at a time processes a folder. It removes files that a killed one left unfinished.
    - :meth:`check_raw` is called before processing.
    - Processed files lie in a folder that is named after :meth:`arguments`.

    Args:
        root (str, optional): Where to keep the data, in a folder with the name of the class.
            (default: :func:`~pyg_symm.datasets.default_root`)
        *args (optional): Arguments of :class:`torch_geometric.data.Dataset`.
        **kwargs (optional): Likewise.
    """

    def __init__(self, root: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(default_root() if root is None else root, *args, **kwargs)

    @property
    def folder(self) -> str:
        """The folder of this kind of set below the root."""
        return osp.join(self.root, type(self).__name__)

    @property
    def processed_dir(self) -> str:
        """One folder for each choice of :meth:`arguments`."""
        return osp.join(self.folder, f"processed_{digest(self.arguments())}")

    def arguments(self) -> dict[str, Any]:
        """All arguments that the contents of the processed folder depend on."""
        return {"pre_transform": self.pre_transform, "pre_filter": self.pre_filter}

    def check_raw(self) -> None:
        """Makes sure that the downloaded files have not changed, if that can be known."""

    @property
    def extra_file_names(self) -> list[str]:
        """Processed files of other data sets in the same folder that :meth:`process` writes."""
        return []

    def _download(self) -> None:
        if osp.isdir(self.raw_dir):
            remove_parts(self.raw_dir)
        super()._download()

    def _process(self) -> None:
        if not self.force_reload and self._is_processed() and not self._problem():
            return
        os.makedirs(self.processed_dir, exist_ok=True)
        with locked(osp.join(self.processed_dir, ".lock")):
            # Again, since another process may have replaced the files meanwhile.
            if not self.force_reload and self._is_processed():
                if problem := self._problem():
                    raise RuntimeError(problem)
                return
            remove_parts(self.processed_dir)
            self.check_raw()
            if self.log and "PYTEST_CURRENT_TEST" not in os.environ:
                print(f"Processing {type(self).__name__}...", file=sys.stderr)
            self.process()
            self._write_record()

    def _is_processed(self) -> bool:
        paths = [*self.processed_paths, osp.join(self.processed_dir, RECORD)]
        return all(map(osp.isfile, paths))

    def _problem(self) -> str | None:
        """Compares the processed files with the record and describes the first difference."""
        try:
            known = _read_record(self.processed_dir)
        except ValueError as error:
            return damaged(osp.join(self.processed_dir, RECORD), str(error))
        for path in self.processed_paths:
            found, expected = sha256(path), known.get(osp.basename(path))
            if found != expected:
                return damaged(path, f"its SHA-256 is {found}, not {expected}")
        return None

    def _write_record(self) -> None:
        known: dict[str, str] = {}
        if osp.isfile(osp.join(self.processed_dir, RECORD)):
            try:  # Several data sets, such as splits, may share a folder.
                known = _read_record(self.processed_dir)
            except ValueError:
                pass
        extra = [osp.join(self.processed_dir, name) for name in self.extra_file_names]
        for path in [*self.processed_paths, *extra]:
            known[osp.basename(path)] = sha256(path)
        record = {name: repr(getattr(self, name)) for name in ("pre_transform", "pre_filter")}
        with whole_file(osp.join(self.processed_dir, RECORD)) as part, open(part, "w") as out:
            json.dump({**record, "sha256": known}, out, indent=2)


class ProcessedInMemoryDataset(ProcessedDataset, InMemoryDataset):
    """The same for data sets that are read into memory as a whole."""

    def load(self, path: str, data_cls: type[BaseData] = Data) -> None:
        """Reads what :meth:`store` wrote."""
        content, self.slices, data_cls = load_tensors(path, MEND)
        self.data = data_cls.from_dict(content)

    def store(self, graphs: list[Data], path: str) -> None:
        r"""Filters, transforms and saves graphs.

        Raises:
            ValueError: If a graph has an attribute that is neither made of tensors, numbers and
                strings nor a graph, or if ``pre_filter`` keeps none.
        """
        if self.pre_filter is not None:
            graphs = [data for data in graphs if self.pre_filter(data)]
            if not graphs:
                raise ValueError(
                    f"'pre_filter' must keep at least one graph (got {self.pre_filter})"
                )
        if self.pre_transform is not None:
            graphs = [self.pre_transform(data) for data in graphs]
        data, slices = self.collate(graphs)
        save_tensors((data.to_dict(), slices, type(data)), path)


def damaged(path: str | os.PathLike, problem: str) -> str:
    """The message for a damaged processed file."""
    return f"'{os.fspath(path)}' is damaged ({problem}); {MEND}"


def _read_record(folder: str) -> dict[str, str]:
    with open(osp.join(folder, RECORD), "rb") as file:
        content = json.loads(file.read().decode())
    if not isinstance(content, dict) or not isinstance(content.get("sha256"), dict):
        raise ValueError("it has no checksums")
    return content["sha256"]
