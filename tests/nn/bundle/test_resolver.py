import pytest

from pyg_symm.groups import OrientationGrid
from pyg_symm.nn.bundle import EdgePoints, GridBundle, Positions
from pyg_symm.nn.bundle.resolver import space_resolver


def test_kinds():
    assert type(space_resolver(0)) is Positions and type(space_resolver("edges")) is EdgePoints
    assert space_resolver(16).grid.num == 16 and space_resolver(16, dim=2).grid.dim == 2
    grid = OrientationGrid(20)
    assert isinstance(space_resolver(grid), GridBundle) and space_resolver(grid).grid is grid


@pytest.mark.parametrize("orientations", [-1, 1.5, "nodes", None, True])
def test_wrong_orientations(orientations):
    with pytest.raises(ValueError, match=f"'orientations' must be .*got .?{orientations}"):
        space_resolver(orientations)


def test_wrong_dimensions():
    with pytest.raises(ValueError, match="'dim' must be 2 or 3 .got 4"):
        space_resolver(12, dim=4)
    with pytest.raises(ValueError, match="'orientations' must be a grid of 3 dimensions"):
        space_resolver(OrientationGrid(8, dim=2))
