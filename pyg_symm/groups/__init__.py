"""Equivariant maps without parameters."""

from .permutation import equivariant_basis, num_equivariant_maps, set_partitions
from .tuples import broadcast, contract, matmul

__all__ = [
    "broadcast",
    "contract",
    "equivariant_basis",
    "matmul",
    "num_equivariant_maps",
    "set_partitions",
]
