"""Checks whether graphs are molecules."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from torch_geometric.data import Data

from .canonical import heavy_smiles
from .decode import build
from .errors import MoleculeError
from .toolkit import rdkit, sanitize, silent
from .vocabulary import MoleculeVocabulary

# Usual valences of the elements that get a positive charge for one bond too many.
_RELAXED = {7: 3, 8: 2, 16: 2}


class Judgement(NamedTuple):
    r"""The result of :func:`judge`.

    Attributes:
        smiles: Canonical SMILES of the largest fragment, or :obj:`None` if the graph is invalid.
        cause: Why it is invalid, ``"valence"``, ``"kekulization"``, ``"empty"`` or ``"unknown"``.
        num_fragments: The number of connected components, of invalid graphs as well.
    """

    smiles: str | None
    cause: str | None
    num_fragments: int

    @property
    def valid(self) -> bool:
        """Whether rdkit accepts the graph as a molecule."""
        return self.smiles is not None


def judge(data: Data, vocabulary: MoleculeVocabulary, relaxed: bool = False) -> Judgement:
    r"""Whether a graph is a molecule, and if not, why.

    A graph is *valid* if rdkit can sanitise all of it. Only its largest fragment is returned. As in
    published tables, several fragments are not an error; :attr:`Judgement.num_fragments` counts
    them.

    Args:
        data (Data): A graph as of :func:`~pyg_symm.chem.from_smiles`, in any order of the nodes.
        vocabulary (MoleculeVocabulary): The classes it is written in.
        relaxed (bool, optional): Whether nitrogen, oxygen and sulphur with one bond too many get a
            positive charge. (default: :obj:`False`)

    Raises:
        ValueError: If the graph is not in the format of :func:`~pyg_symm.chem.from_smiles`.

    Examples:
        >>> import torch
        >>> oxide = Data(
        ...     x=torch.tensor([[0], [2]]),
        ...     edge_index=torch.tensor([[0, 1], [1, 0]]),
        ...     edge_attr=torch.tensor([3, 3]),
        ... )
        >>> judge(oxide, MoleculeVocabulary(["C", "N", "O"]))
        Judgement(smiles=None, cause='valence', num_fragments=1)
        >>> judge(oxide, MoleculeVocabulary(["C", "N", "O"]), relaxed=True).smiles
        'C#[O+]'
    """
    chem = rdkit("Chem")
    with silent():
        mol = build(data, vocabulary)
        num_fragments = len(chem.GetMolFrags(mol))
        if num_fragments == 0:
            return Judgement(None, "empty", 0)
        try:
            if relaxed:
                _charge(mol)
            sanitize(mol)
        except MoleculeError as error:
            return Judgement(None, error.reason, num_fragments)
        return Judgement(_largest(mol), None, num_fragments)


def judge_all(
    graphs: Sequence[Data], vocabulary: MoleculeVocabulary
) -> tuple[list[str | None], dict[str, Any]]:
    r"""Judges many graphs.

    Args:
        graphs (Sequence[Data]): Graphs, at least one.
        vocabulary (MoleculeVocabulary): The classes they are written in.

    Returns:
        tuple: The SMILES of each, :obj:`None` of invalid ones, and the shares that are ``"valid"``,
        ``"unique"`` among these, ``"fragmented"``, and ``"invalid"`` by cause.

    Raises:
        ValueError: If there are no graphs, or as for :func:`judge`.
    """
    if len(graphs) == 0:
        raise ValueError("'graphs' must not be empty")
    verdicts = [judge(data, vocabulary) for data in graphs]
    smiles = [verdict.smiles for verdict in verdicts]
    valid = [text for text in smiles if text is not None]
    causes = Counter(verdict.cause for verdict in verdicts if verdict.cause is not None)
    return smiles, {
        "valid": len(valid) / len(graphs),
        "unique": len(set(valid)) / max(len(valid), 1),
        "fragmented": sum(verdict.num_fragments > 1 for verdict in verdicts) / len(graphs),
        "invalid": {cause: count / len(graphs) for cause, count in sorted(causes.items())},
    }


def _charge(mol: Any) -> None:
    """Charges the atoms that have one bond too many."""
    for trouble in rdkit("Chem").DetectChemistryProblems(mol):
        if trouble.GetType() == "AtomValenceException":
            atom = mol.GetAtomWithIdx(trouble.GetAtomIdx())
            valence = sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds())
            if int(valence) - _RELAXED.get(atom.GetAtomicNum(), 8) == 1:
                atom.SetFormalCharge(atom.GetFormalCharge() + 1)


def _largest(mol: Any) -> str:
    fragments = rdkit("Chem").GetMolFrags(mol, asMols=True)
    most = max(fragment.GetNumAtoms() for fragment in fragments)
    # Among equals the first in alphabetical order, which does not depend on the order of nodes.
    return min(heavy_smiles(mol) for mol in fragments if mol.GetNumAtoms() == most)
