r"""Datasets from a package index, from installed packages, or from a seed."""

from pyg_symm.utils.root import default_root

from .affine_digit_points import AffineDigitPoints
from .affine_digits import AffineDigits, HomographyDigits
from .basket_subsets import BasketSubsets
from .charged_particles import Particles, draw_particles, simulate_particles
from .compound_subsets import CompoundSubsets
from .digit_points import DigitPoints
from .digit_subsets import DigitSubsets
from .family_classes import FamilyClasses
from .folds import read_folds, stratified_folds
from .generic_graphs import GenericGraphs
from .graph_families import GENERIC_FAMILIES
from .image_warps import warp_images
from .integer_sets import IntegerSets
from .keyed_subsets import KeyedSubsets
from .knowledge_graph import KnowledgeGraph
from .molecules import MoleculeDataset
from .moses import MOSES
from .mutag import MUTAG
from .n_body import NBody
from .nci5k import NCI5K
from .planar_subsets import GaussianMixtureSubsets, TwoMoonsSubsets
from .pna_multitask import PNAMultitask
from .qm9 import QM9Graphs
from .qm9_coordinates import QM9Coordinates
from .small_digits import SmallDigits
from .small_knowledge_graphs import UMLS, Kinships, Nations
from .smiles_graphs import SmilesGraphs
from .tetris import Tetris
from .triple_files import read_triples
from .tu import TUGraphs
from .xyz_trajectory import XYZTrajectory

__all__ = [
    "GENERIC_FAMILIES",
    "MOSES",
    "MUTAG",
    "NCI5K",
    "AffineDigitPoints",
    "AffineDigits",
    "BasketSubsets",
    "CompoundSubsets",
    "DigitPoints",
    "DigitSubsets",
    "GaussianMixtureSubsets",
    "UMLS",
    "FamilyClasses",
    "GenericGraphs",
    "HomographyDigits",
    "IntegerSets",
    "Kinships",
    "KnowledgeGraph",
    "MoleculeDataset",
    "KeyedSubsets",
    "NBody",
    "Nations",
    "PNAMultitask",
    "Particles",
    "QM9Coordinates",
    "QM9Graphs",
    "SmallDigits",
    "SmilesGraphs",
    "TUGraphs",
    "Tetris",
    "TwoMoonsSubsets",
    "XYZTrajectory",
    "default_root",
    "draw_particles",
    "read_folds",
    "read_triples",
    "simulate_particles",
    "stratified_folds",
    "warp_images",
]
