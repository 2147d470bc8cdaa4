"""Mathematics of symmetry without parameters: permutations, rotations, functions on the sphere."""

from .actions import Action, sample_actions
from .gaunt import bracket_coefficients, bracket_scale, gaunt_coefficients, gaunt_scale
from .group_samples import GroupSamples, check_samples
from .invariants import (
    bundle_invariants,
    frame_invariants,
    point_invariants,
    position_invariants,
)
from .lie_group import LieGroup
from .lie_groups import SL, SO, GLPlus
from .orientation_grid import OrientationGrid
from .permutation import equivariant_basis, num_equivariant_maps, set_partitions
from .polyhedra import polyhedron
from .quasi_random import stratified_rotations
from .repulsion import repulsion_energy, repulsion_points
from .rotations import (
    axis_angle_rotation,
    cyclic_rotations,
    generated_group,
    icosahedral_group,
    icosahedral_rotations,
    octahedral_rotations,
    random_orthogonal,
    random_rotations,
    tetrahedral_rotations,
)
from .sphere_grid import SphereGrid
from .spherical_harmonics import spherical_harmonics
from .symmetric_matrices import (
    polar_decomposition,
    symmetric_basis,
    symmetric_exp,
    symmetric_log,
)
from .tuples import broadcast, contract, matmul
from .wigner import wigner_d
from .zonal import quadrature_degree, zonal_polynomials

__all__ = [
    "Action",
    "GLPlus",
    "GroupSamples",
    "LieGroup",
    "OrientationGrid",
    "SL",
    "SO",
    "SphereGrid",
    "axis_angle_rotation",
    "bracket_coefficients",
    "bracket_scale",
    "broadcast",
    "bundle_invariants",
    "check_samples",
    "contract",
    "cyclic_rotations",
    "equivariant_basis",
    "frame_invariants",
    "gaunt_coefficients",
    "gaunt_scale",
    "generated_group",
    "icosahedral_group",
    "icosahedral_rotations",
    "matmul",
    "num_equivariant_maps",
    "octahedral_rotations",
    "point_invariants",
    "polar_decomposition",
    "polyhedron",
    "position_invariants",
    "quadrature_degree",
    "random_orthogonal",
    "random_rotations",
    "repulsion_energy",
    "repulsion_points",
    "sample_actions",
    "set_partitions",
    "spherical_harmonics",
    "stratified_rotations",
    "symmetric_basis",
    "symmetric_exp",
    "symmetric_log",
    "tetrahedral_rotations",
    "wigner_d",
    "zonal_polynomials",
]
