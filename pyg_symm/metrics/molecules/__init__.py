"""Metrics of generated molecules: validity, the table of MOSES, stability."""

from pyg_symm.chem import MoleculeFilter

from .chemnet import chemnet_statistics, frechet_distance
from .molecule_table import molecule_table
from .moses import MosesTable, moses_table
from .moses_files import moses_statistics, moses_train
from .similarity import cosine_similarity, internal_diversity, nearest_similarity
from .smiles import invalid_causes
from .stability import stability
from .statistics import MoleculeStatistics

__all__ = [
    "MoleculeFilter",
    "MoleculeStatistics",
    "MosesTable",
    "chemnet_statistics",
    "cosine_similarity",
    "frechet_distance",
    "internal_diversity",
    "invalid_causes",
    "molecule_table",
    "moses_statistics",
    "moses_table",
    "moses_train",
    "nearest_similarity",
    "stability",
]
