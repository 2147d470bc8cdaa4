import numpy as np
import pytest
import torch
from torch_geometric.datasets import qm9 as pyg

from pyg_symm.datasets.qm9_targets import (
    HARTREE,
    SINGLE_ATOMS,
    TARGETS,
    UNITS,
    target_columns,
    to_targets,
)

# Of methane: the row of the published table with atomisation energies in kcal/mol.
COLUMNS = [157.7118, 157.70997, 157.70699, 0.0, 13.21, -0.3877, 0.1171, 0.5048, 35.3641, 0.044749]
COLUMNS += [-40.47893, -40.476062, -40.475117, -40.498597, 6.469]
ATOMISATION = [-395.999594594, -398.643290011, -401.014646522, -372.471772148]


def test_equal_to_pyg():
    y = torch.tensor([*COLUMNS, *ATOMISATION])
    expected = torch.cat([y[3:], y[:3]]) * pyg.conversion
    found = to_targets(np.array(COLUMNS), np.array([6, 1, 1, 1, 1]))
    assert found.dtype == np.float32
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=3e-7, atol=0)
    assert torch.equal(torch.from_numpy(found)[:12], expected[:12])


def test_single_atoms_are_those_of_pyg():
    for column, target in enumerate((7, 8, 9, 10)):
        found = [HARTREE * SINGLE_ATOMS[number][column] for number in (1, 6, 7, 8, 9)]
        assert found == pytest.approx(pyg.atomrefs[target], rel=1e-7)


def test_names():
    assert len(TARGETS) == 19 and TARGETS.index("U0") == 7 and TARGETS.index("G_atom") == 15
    assert UNITS["gap"] == "eV" and UNITS["alpha"] == "a0^3"


def test_columns():
    assert target_columns(None) == list(range(19))
    assert target_columns("U0") == target_columns(7) == [7]
    assert target_columns(["cv", 0]) == [11, 0]
    with pytest.raises(ValueError, match=r"'targets' must be in 0..18 .*got 1.5"):
        target_columns([1.5])
    with pytest.raises(ValueError, match=r"'targets' must be in 0..18 .*got 'u0'"):
        target_columns("u0")
