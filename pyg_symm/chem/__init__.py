r"""Molecules as graphs and back, with rdkit behind one door."""

from .decode import to_mol, to_smiles
from .draw import draw_molecules
from .encode import from_mol, from_smiles
from .errors import REASONS, MoleculeError
from .files import read_smiles, write_molecules
from .judge import Judgement, judge, judge_all
from .vocabulary import MoleculeVocabulary

__all__ = [
    "REASONS",
    "Judgement",
    "MoleculeError",
    "MoleculeVocabulary",
    "draw_molecules",
    "from_mol",
    "from_smiles",
    "judge",
    "judge_all",
    "read_smiles",
    "to_mol",
    "to_smiles",
    "write_molecules",
]
