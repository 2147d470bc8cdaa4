"""Assertions about symmetry, for the tests of this package and of its users."""

from .contract import assert_layer_contract
from .equivariance import assert_equivariant_under, equivariance_error
from .geometric_suite import GeometricModelSuite
from .memory import peak_memory
from .model_suite import ModelSuite
from .symmetry import assert_batch_independent, assert_equivariant, assert_invariant

__all__ = [
    "GeometricModelSuite",
    "ModelSuite",
    "assert_batch_independent",
    "assert_equivariant",
    "assert_equivariant_under",
    "assert_invariant",
    "assert_layer_contract",
    "equivariance_error",
    "peak_memory",
]
