"""NCI5K: the molecules that come with rdkit."""

import json
import os
import os.path as osp
import shutil
from collections import Counter
from collections.abc import Callable

from torch_geometric.data import Data, InMemoryDataset
from torch_geometric.utils import from_smiles
from tqdm import tqdm

from pyg_symm.datasets.root import default_root, digest


class NCI5K(InMemoryDataset):
    r"""The first 5,000 molecules, one short, of the open database of the National Cancer Institute.

    The 4,999 SMILES are installed with rdkit, so that this dataset needs no network at all; rdkit
    itself refuses nine of them for an impossible valence (:attr:`refused`). Each graph is what
    :func:`torch_geometric.utils.from_smiles` makes of a molecule: ``x`` :math:`(N, 9)`,
    ``edge_index``, ``edge_attr`` :math:`(E, 3)` and ``smiles`` as it stands in the file.

    Args:
        root (str, optional): Where to keep the data, in a folder ``NCI5K``.
            (default: :func:`~pyg_symm.datasets.default_root`)
        transform (Callable, optional): Applied to a graph at every access.
        pre_transform (Callable, optional): Applied to each graph once, before it is saved.
        pre_filter (Callable, optional): Whether to keep a graph.
        force_reload (bool, optional): Whether to process anew. (default: :obj:`False`)

    Attributes:
        refused (dict): How many molecules could not be converted, for each reason: ``"syntax"``,
            ``"features"`` (an atom or bond that :func:`~torch_geometric.utils.from_smiles` has no
            number for), or what rdkit calls the problem, such as ``"AtomValenceException"``.

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
        root = default_root() if root is None else root
        super().__init__(root, transform, pre_transform, pre_filter, force_reload=force_reload)
        self.load(self.processed_paths[0])
        with open(self.processed_paths[1]) as file:
            self.refused: dict[str, int] = json.load(file)

    @property
    def raw_dir(self) -> str:
        """The folder of the copy of rdkit's file."""
        return osp.join(self.root, "NCI5K", "raw")

    @property
    def processed_dir(self) -> str:
        """One folder for each ``pre_transform`` and ``pre_filter``."""
        arguments = {"pre_transform": self.pre_transform, "pre_filter": self.pre_filter}
        return osp.join(self.root, "NCI5K", f"processed_{digest(arguments)}")

    @property
    def raw_file_names(self) -> str:
        """A molecule a line: SMILES, tab, number."""
        return "first_5K.smi"

    @property
    def processed_file_names(self) -> list[str]:
        """The graphs, and the counts of what was refused."""
        return ["data.pt", "refused.json"]

    def download(self) -> None:
        """Copies the file out of rdkit."""
        part = f"{self.raw_paths[0]}.{os.getpid()}.part"
        shutil.copyfile(_installed_file(), part)
        os.replace(part, self.raw_paths[0])

    def process(self) -> None:
        """Converts the molecules, and counts those that cannot be."""
        with open(self.raw_paths[0]) as file:
            lines = file.read().splitlines()
        graphs: list[Data] = []
        refused: Counter[str] = Counter()
        for line in tqdm(lines, desc="NCI5K", disable=not self.log):
            smiles = line.split("\t")[0]
            reason = _problem(smiles)
            if reason is None:
                try:
                    graphs.append(from_smiles(smiles))
                except ValueError:
                    reason = "features"
            if reason is not None:
                refused[reason] += 1
        if self.pre_filter is not None:
            graphs = [data for data in graphs if self.pre_filter(data)]
        if self.pre_transform is not None:
            graphs = [self.pre_transform(data) for data in graphs]
        self.save(graphs, self.processed_paths[0])
        with open(self.processed_paths[1], "w") as file:  # Last: where it is, all is complete.
            json.dump(refused, file)


def _installed_file() -> str:
    from rdkit import RDConfig

    paths = [
        osp.join(folder, "NCI", "first_5K.smi")
        for folder in (RDConfig.RDDataDir, RDConfig.RDContribDir)
    ]
    for path in paths:
        if osp.isfile(path):
            return path
    raise FileNotFoundError(f"The installed rdkit brings no 'NCI/first_5K.smi' (tried {paths})")


def _problem(smiles: str) -> str | None:
    """Why rdkit refuses a molecule, which ``from_smiles`` turns into an empty one."""
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
        if mol is None or mol.GetNumAtoms() == 0:
            return "syntax"
        problems = Chem.DetectChemistryProblems(mol)
        return problems[0].GetType() if problems else None
