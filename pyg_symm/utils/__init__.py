"""Ragged sets, maps between their rows, random numbers by key, files, and checks of arguments."""

from .checks import check_choice, check_sizes
from .files import remove_parts, whole_file
from .moved import moved_to
from .noise import Noise, symmetric, unordered
from .processes import available_processors, batched, parallel_map
from .ragged import (
    check_batch,
    check_index,
    check_ptr,
    gather_segments,
    index_to_ptr,
    ptr_to_index,
    random_order,
    rank_within,
)
from .rows import Partition, Permutation, Selection
from .spread import check_limit, evenly_spread
from .table import markdown_table, text_table
from .tensors import load_tensors, save_tensors
from .tuples import TuplePlan

__all__ = [
    "Noise",
    "Partition",
    "Permutation",
    "Selection",
    "TuplePlan",
    "available_processors",
    "batched",
    "check_batch",
    "check_choice",
    "check_index",
    "check_limit",
    "check_ptr",
    "check_sizes",
    "evenly_spread",
    "gather_segments",
    "index_to_ptr",
    "load_tensors",
    "markdown_table",
    "moved_to",
    "parallel_map",
    "ptr_to_index",
    "random_order",
    "rank_within",
    "remove_parts",
    "save_tensors",
    "symmetric",
    "text_table",
    "unordered",
    "whole_file",
]

__getattr__ = moved_to("pyg_symm.graphs", {"BlockOrder", "structural_order"})
