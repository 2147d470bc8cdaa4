r"""Datasets that any machine with a package index, or none, can have."""

from .folds import read_folds, stratified_folds
from .integer_sets import IntegerSets
from .mutag import MUTAG
from .nci5k import NCI5K
from .pna_multitask import PNAMultitask
from .root import default_root
from .tu import TUGraphs

__all__ = [
    "MUTAG",
    "NCI5K",
    "IntegerSets",
    "PNAMultitask",
    "TUGraphs",
    "default_root",
    "read_folds",
    "stratified_folds",
]
