"""Ragged sets, maps between their rows, random numbers by key, and files."""

from importlib import import_module
from typing import Any

from .files import whole_file
from .noise import Noise, symmetric
from .ragged import (
    check_index,
    check_ptr,
    gather_segments,
    index_to_ptr,
    ptr_to_index,
    random_order,
    rank_within,
)
from .rows import Partition, Permutation, Selection
from .spread import evenly_spread
from .tuples import TuplePlan

__all__ = [
    "Noise",
    "Partition",
    "Permutation",
    "Selection",
    "TuplePlan",
    "check_index",
    "check_ptr",
    "evenly_spread",
    "gather_segments",
    "index_to_ptr",
    "ptr_to_index",
    "random_order",
    "rank_within",
    "symmetric",
    "whole_file",
]


def __getattr__(name: str) -> Any:
    """Names that have moved to :mod:`pyg_symm.graphs`."""
    if name in ("BlockOrder", "structural_order"):
        return getattr(import_module("pyg_symm.graphs"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
