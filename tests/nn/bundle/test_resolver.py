import numpy as np
import pytest
import torch

from pyg_symm.groups import OrientationGrid, axis_angle_rotation
from pyg_symm.nn.bundle import EdgePoints, GridBundle, PooledPositions, Positions
from pyg_symm.nn.bundle.resolver import space_resolver


def test_kinds():
    assert type(space_resolver(0)) is Positions and type(space_resolver("edges")) is EdgePoints
    assert type(space_resolver(0, pooled=True)) is PooledPositions
    assert space_resolver(16).grid.num == 16 and space_resolver(16, dim=2).grid.dim == 2
    grid = OrientationGrid(20)
    space = space_resolver(grid)
    assert isinstance(space, GridBundle) and torch.equal(space.grid.points, grid.points)


def test_networks_do_not_share_a_grid():
    grid = OrientationGrid(12)
    one, other = space_resolver(grid), space_resolver(grid)
    turned = grid.rotated(axis_angle_rotation(torch.ones(3).double(), 0.3))
    one.grid.load_state_dict(turned.state_dict())
    assert torch.equal(other.grid.points, OrientationGrid(12).points)
    assert torch.equal(grid.points, OrientationGrid(12).points)


@pytest.mark.parametrize("orientations", [-1, 1.5, "nodes", None, True])
def test_wrong_orientations(orientations):
    with pytest.raises(ValueError, match=f"'orientations' must be .*got .?{orientations}"):
        space_resolver(orientations)


def test_wrong_dimensions():
    with pytest.raises(ValueError, match="'dim' must be 2 or 3 .got 4"):
        space_resolver(12, dim=4)
    with pytest.raises(ValueError, match="'orientations' must be a grid of 3 dimensions"):
        space_resolver(OrientationGrid(8, dim=2))


def test_numbers_of_numpy():
    assert space_resolver(np.int64(12)).num_orientations == 12
    assert space_resolver(np.int64(0)).num_orientations == 1
