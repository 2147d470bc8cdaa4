"""Assertions about symmetry, for the tests of this package and of its users."""

from .contract import assert_layer_contract
from .memory import peak_memory
from .symmetry import assert_batch_independent, assert_equivariant, assert_invariant

__all__ = [
    "assert_batch_independent",
    "assert_equivariant",
    "assert_invariant",
    "assert_layer_contract",
    "peak_memory",
]
