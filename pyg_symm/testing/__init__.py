"""Assertions about symmetry, for the tests of this package and of its users."""

from .contract import assert_layer_contract
from .memory import peak_memory
from .model_suite import ModelSuite
from .symmetry import assert_batch_independent, assert_equivariant, assert_invariant

__all__ = [
    "ModelSuite",
    "assert_batch_independent",
    "assert_equivariant",
    "assert_invariant",
    "assert_layer_contract",
    "peak_memory",
]
