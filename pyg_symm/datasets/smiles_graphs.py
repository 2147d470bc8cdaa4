"""Your own molecules."""

import functools
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pyg_symm.chem import MoleculeVocabulary, nci_file
from pyg_symm.chem.reading import LINES, TABLES, file_ending, iterate_smiles
from pyg_symm.datasets.molecules import MoleculeDataset
from pyg_symm.utils.files import sha256


class SmilesGraphs(MoleculeDataset):
    r"""The graphs of molecules that are given as SMILES.

    Args:
        smiles (str or Sequence of str): The path of a file, see
            :func:`~pyg_symm.chem.read_smiles`, or the molecules themselves.
        vocabulary (MoleculeVocabulary or dict, optional): The classes of atoms and bonds, such as
            those of a model, which may be a dictionary as of
            :meth:`~pyg_symm.chem.MoleculeVocabulary.to_dict`.
            (default: :meth:`MoleculeVocabulary.nci() <pyg_symm.chem.MoleculeVocabulary.nci>`)
        root (str, optional): Where to keep the data, in a folder ``SmilesGraphs``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        column (str, optional): The column of a table. (default: the one that is named SMILES)
        max_hops (int, optional): The hops of the structural order. (default: :obj:`3`)
        largest_fragment (bool, optional): Whether to keep the largest fragment of a disconnected
            molecule, which is refused otherwise. (default: :obj:`False`)
        transform (Callable, optional): Applied to a graph at every access.
        workers (int, optional): The number of processes that convert. (default: one a processor)
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)
        limits (dict, optional): Leave out graphs beyond limits, such as those of a model: arguments
            of :meth:`~pyg_symm.datasets.MoleculeDataset.within`. (default: :obj:`None`)
        limit (int, optional): Convert at most this many molecules, evenly spread. (default: all)
        model (dict, optional): The ``"vocabulary"`` and ``"limits"`` of a model to fine-tune, as of
            :func:`~pyg_symm.generation.model_requirements`. They replace the arguments of these
            names. (default: :obj:`None`)

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If no molecule can be used; the message counts the reasons.

    Examples:
        >>> dataset = SmilesGraphs(["CCO", "c1ccccc1", "[Na+].[Cl-]"], root=tmp)  # doctest: +SKIP
        >>> len(dataset), dataset.refused  # doctest: +SKIP
        (2, {'disconnected': 1})
    """

    def __init__(
        self,
        smiles: str | os.PathLike | Sequence[str],
        vocabulary: MoleculeVocabulary | Mapping[str, Any] | None = None,
        root: str | None = None,
        column: str | None = None,
        max_hops: int = 3,
        largest_fragment: bool = False,
        transform: Callable | None = None,
        workers: int | None = None,
        force_reload: bool = False,
        limits: Mapping[str, int] | None = None,
        limit: int | None = None,
        model: Mapping[str, Any] | None = None,
    ) -> None:
        if model is not None:
            vocabulary, limits = model["vocabulary"], model["limits"]
        self._path = os.fspath(smiles) if isinstance(smiles, str | os.PathLike) else None
        self._list = [] if isinstance(smiles, str | os.PathLike) else list(smiles)
        self._column = column
        if self._path is not None and not os.path.isfile(self._path):
            raise FileNotFoundError(f"'smiles' is no file (got '{self._path}')")
        if wrong := [item for item in self._list if not isinstance(item, str)]:
            raise TypeError(f"'smiles' must be strings (got {type(wrong[0]).__name__})")
        if vocabulary is None:
            vocabulary = MoleculeVocabulary.nci()
        elif not isinstance(vocabulary, MoleculeVocabulary):
            vocabulary = MoleculeVocabulary.from_dict(vocabulary)
        super().__init__(
            root,
            vocabulary,
            max_hops,
            largest_fragment,
            transform,
            workers,
            force_reload,
            limit,
        )
        if limits:
            part = self.within(**limits)
            self._indices, self.left_out = part._indices, part.left_out
        if len(self) == 0:
            raise ValueError(f"'smiles' has no molecule that can be used ({self.summary()})")

    @classmethod
    def nci5k(cls, **kwargs: Any) -> "SmilesGraphs":
        """The molecules of :class:`~pyg_symm.datasets.NCI5K`, which are installed with rdkit."""
        return cls(nci_file(), **kwargs)

    def arguments(self) -> dict[str, Any]:
        own = {"sha256": self._sha256, "column": self._column}
        if self._path is not None:  # The same text is read as lines or as a table.
            ending = file_ending(self._path, (*LINES, *TABLES))
            own |= {"delimiter": TABLES[ending]} if ending in TABLES else {}
        return {**super().arguments(), **own}

    @functools.cached_property
    def _sha256(self) -> str:
        if self._path is None:
            return hashlib.sha256(json.dumps(self._list).encode()).hexdigest()
        return sha256(self._path)

    def read(self) -> Iterator[tuple[int, str]]:
        if self._path is None:
            return enumerate(self._list)
        return enumerate(iterate_smiles(self._path, self._column))

    def num_rows(self) -> int | None:
        return len(self._list) if self._path is None else None

    def read_source(self) -> dict[str, Any]:
        return {"path": self._path, "sha256": self._sha256}
