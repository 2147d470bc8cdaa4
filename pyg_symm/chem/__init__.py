r"""Molecules as graphs and back. No other room imports rdkit."""

from .canonical import canonical_smiles, flat_smiles, mol_to_smiles
from .decode import to_mol, to_smiles
from .descriptors import DESCRIPTORS, num_fragments
from .draw import draw_molecules
from .encode import Encoded, encode_all, from_mol, from_smiles
from .errors import REASONS, MoleculeError
from .filters import MoleculeFilter
from .installed import nci_file
from .judge import Judgement, judge, judge_all
from .parse import parse_smiles
from .reading import read_smiles
from .refusals import Refusals
from .toolkit import rdkit_version
from .vocabulary import MoleculeVocabulary
from .writing import write_molecules

__all__ = [
    "DESCRIPTORS",
    "REASONS",
    "Encoded",
    "Judgement",
    "MoleculeError",
    "MoleculeFilter",
    "MoleculeVocabulary",
    "Refusals",
    "canonical_smiles",
    "draw_molecules",
    "encode_all",
    "flat_smiles",
    "from_mol",
    "from_smiles",
    "judge",
    "judge_all",
    "mol_to_smiles",
    "nci_file",
    "num_fragments",
    "parse_smiles",
    "rdkit_version",
    "read_smiles",
    "to_mol",
    "to_smiles",
    "write_molecules",
]
