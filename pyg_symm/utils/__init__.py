"""Floor 0: ragged sets."""

from .ragged import check_index, check_ptr, index_to_ptr, ptr_to_index

__all__ = ["check_index", "check_ptr", "index_to_ptr", "ptr_to_index"]
