"""Datasets (being written)."""

from .integer_sets import IntegerSets

try:
    from .folds import stratified_folds
except ImportError:
    stratified_folds = None

__all__ = ["IntegerSets", "stratified_folds"]
