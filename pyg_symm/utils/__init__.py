"""Floor 0: ragged sets and optional imports."""

from .imports import require
from .ragged import check_index, check_ptr, index_to_ptr, ptr_to_index

__all__ = ["check_index", "check_ptr", "index_to_ptr", "ptr_to_index", "require"]
