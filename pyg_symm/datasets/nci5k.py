"""NCI5K: molecules that are installed with rdkit."""

import json
import os.path as osp
import shutil
from collections import Counter
from collections.abc import Callable

from torch_geometric.data import Data
from torch_geometric.utils import from_smiles
from tqdm import tqdm

from pyg_symm.chem import nci_file, parse_smiles, rdkit_version
from pyg_symm.datasets.processed import ProcessedInMemoryDataset
from pyg_symm.utils import whole_file
from pyg_symm.utils.files import sha256


class NCI5K(ProcessedInMemoryDataset):
    r"""4,999 molecules of the open database of the National Cancer Institute.

    The 4,999 SMILES are installed with rdkit, so that this dataset needs no network at all; rdkit
    itself refuses eight of them for an impossible valence (:attr:`refused`). Each graph is what
    :func:`torch_geometric.utils.from_smiles` makes of a molecule: ``x`` :math:`(N, 9)`,
    ``edge_index``, ``edge_attr`` :math:`(E, 3)` and ``smiles`` as it stands in the file.

    Args:
        root (str, optional): Where to keep the data, in a folder ``NCI5K``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once, before it is saved.
        pre_filter (Callable, optional): Whether to keep a graph.
        force_reload (bool, optional): Whether to process the data again. (default: :obj:`False`)

    Attributes:
        refused (dict): How many molecules could not be converted, for each reason: a key of
            :data:`~pyg_symm.chem.REASONS`, or ``"features"`` for an atom or bond that
            :func:`~torch_geometric.utils.from_smiles` has no number for.
        source (dict): ``"sha256"`` of the file and ``"rdkit"``, the version that read it; releases
            of rdkit may differ in both.

    Examples:
        >>> dataset = NCI5K()  # doctest: +SKIP
        >>> dataset[0].smiles  # doctest: +SKIP
        'CC1=CC(=O)C=CC1=O'
    """

    def __init__(
        self,
        root: str | None = None,
        transform: Callable | None = None,
        pre_transform: Callable | None = None,
        pre_filter: Callable | None = None,
        force_reload: bool = False,
    ) -> None:
        super().__init__(root, transform, pre_transform, pre_filter, force_reload=force_reload)
        self.load(self.processed_paths[0])
        with open(self.processed_paths[1]) as file:
            report = json.load(file)
        self.refused: dict[str, int] = report["refused"]
        self.source: dict[str, str] = report["source"]

    @property
    def raw_dir(self) -> str:
        """The folder of the copy of rdkit's file."""
        return osp.join(self.folder, "raw")

    @property
    def raw_file_names(self) -> str:
        """A molecule a line: SMILES, tab, number."""
        return "first_5K.smi"

    @property
    def processed_file_names(self) -> list[str]:
        """The graphs, and a report on their source."""
        return ["data.pt", "report.json"]

    def download(self) -> None:
        """Copies the file out of rdkit."""
        with whole_file(self.raw_paths[0]) as path:
            shutil.copyfile(nci_file(), path)

    def check_raw(self) -> None:
        """Copies the file again if it differs from that of rdkit."""
        if sha256(self.raw_paths[0]) != sha256(nci_file()):
            self.download()

    def process(self) -> None:
        """Converts the molecules and counts those that are refused."""
        source = {"sha256": sha256(self.raw_paths[0]), "rdkit": rdkit_version()}
        with open(self.raw_paths[0]) as file:
            lines = file.read().splitlines()
        graphs: list[Data] = []
        refused: Counter[str] = Counter()
        for line in tqdm(lines, desc="NCI5K", disable=not self.log):
            smiles = line.split("\t")[0]
            _, reason = parse_smiles(smiles)
            if reason is None:
                try:
                    graphs.append(from_smiles(smiles))
                except ValueError:
                    reason = "features"
            if reason is not None:
                refused[reason] += 1
        self.store(graphs, self.processed_paths[0])
        with whole_file(self.processed_paths[1]) as path, open(path, "w") as out:
            json.dump({"refused": refused, "source": source}, out)
