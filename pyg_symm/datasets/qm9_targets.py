"""The properties of QM9: names, units, and energies of single atoms."""

from collections.abc import Sequence

import numpy as np

HARTREE = 27.211386246  # eV.
_HARTREE_IN_KCAL, _KCAL = 627.509, 0.04336414  # In kcal/mol; in eV. As in other copies of QM9.

#: Each property and its unit, in the order of :class:`torch_geometric.datasets.QM9`.
UNITS = {
    "mu": "D",
    "alpha": "a0^3",
    "homo": "eV",
    "lumo": "eV",
    "gap": "eV",
    "r2": "a0^2",
    "zpve": "eV",
    "U0": "eV",
    "U": "eV",
    "H": "eV",
    "G": "eV",
    "cv": "cal/(mol K)",
    "U0_atom": "eV",
    "U_atom": "eV",
    "H_atom": "eV",
    "G_atom": "eV",
    "A": "GHz",
    "B": "GHz",
    "C": "GHz",
}
TARGETS = tuple(UNITS)
ENERGIES = TARGETS.index("U0"), TARGETS.index("G") + 1  # The four with an atomisation version.

#: For each of U0, U, H and G, the energy of a single atom by its atomic number, in Hartree.
SINGLE_ATOMS = {
    1: (-0.500273, -0.498857, -0.497912, -0.510927),
    6: (-37.846772, -37.845355, -37.844411, -37.861317),
    7: (-54.583861, -54.582445, -54.581501, -54.598897),
    8: (-75.064579, -75.063163, -75.062219, -75.079532),
    9: (-99.718730, -99.717314, -99.716370, -99.733544),
}
_SINGLE = np.zeros((1 + max(SINGLE_ATOMS), 4))
_SINGLE[list(SINGLE_ATOMS)] = list(SINGLE_ATOMS.values())

# Of the fifteen columns A, B, C, mu, ..., cv of the original files, of which some are in Hartree.
_TO_UNITS = np.array([HARTREE if unit == "eV" else 1.0 for unit in UNITS.values()])
_TO_UNITS[12:16] = _KCAL


def target_columns(targets: int | str | Sequence[int | str] | None) -> list[int]:
    r"""The columns of targets by their positions or names.

    Args:
        targets (int, str or list, optional): One or several. (default: all)

    Raises:
        ValueError: If there is no such target, or none is named.

    Examples:
        >>> target_columns(["gap", 0])
        [4, 0]
    """
    if targets is None:
        return list(range(len(TARGETS)))
    columns = []
    for target in [targets] if isinstance(targets, int | str) else targets:
        if isinstance(target, str) and target in TARGETS:
            target = TARGETS.index(target)
        if not isinstance(target, int) or not 0 <= target < len(TARGETS):
            raise ValueError(
                f"'targets' must be in 0..{len(TARGETS) - 1} or in {list(TARGETS)} (got {target!r})"
            )
        columns.append(target)
    if not columns:
        raise ValueError(f"'targets' must name at least one property (got {targets})")
    return columns


def to_targets(properties: np.ndarray, z: np.ndarray) -> np.ndarray:
    r"""All properties of a molecule in the units of :data:`UNITS`.

    Atomisation energies are the difference to the single atoms.

    Args:
        properties (numpy.ndarray): Rotational constants, then the properties from the dipole moment
            to the heat capacity, in the order and the atomic units of the original files
            :math:`(15)`.
        z (numpy.ndarray): The atomic numbers :math:`(N)`.

    Returns:
        numpy.ndarray: In single precision, as PyG's :math:`(19)`.

    Examples:
        >>> methane = np.array([158, 158, 158, 0, 13, -0.39, 0.12, 0.5, 35, 0.04]
        ...                    + [-40.47893, -40.47606, -40.47512, -40.4986, 6.5])
        >>> to_targets(methane, np.array([6, 1, 1, 1, 1]))[[7, 12]].round(2)
        array([-1101.49,   -17.17], dtype=float32)
    """
    constants, rest = properties[:3], properties[3:]
    alone = _SINGLE[z].sum(axis=0)
    atomisation = (rest[slice(*ENERGIES)] - alone) * _HARTREE_IN_KCAL
    values = np.concatenate([rest, atomisation, constants]).astype(np.float32)
    return values * _TO_UNITS.astype(np.float32)
