import pytest
import torch

from pyg_symm.groups import (
    OrientationGrid,
    bundle_invariants,
    point_invariants,
    position_invariants,
)
from pyg_symm.nn.bundle import EdgePoints, GridBundle, Positions

EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
SPACES = [
    (Positions, lambda: Positions(), 3),
    (GridBundle, lambda: GridBundle(OrientationGrid(6)), 3),
    (GridBundle, lambda: GridBundle(OrientationGrid(5, dim=2)), 2),
    (EdgePoints, lambda: EdgePoints(), 3),
    (EdgePoints, lambda: EdgePoints(), 2),
]


@pytest.mark.parametrize("kind, build, dim", SPACES)
def test_every_space_keeps_the_interface(dtype, kind, build, dim):
    space, pos = build(), torch.randn(3, dim)
    assert type(space) is kind
    frame = space.frame(pos, EDGES, None, None)
    rows, attributes = frame.pairs.source.numel(), len(space.loop)
    assert frame.attributes.shape[0] == rows == frame.pairs.target.numel()
    assert frame.attributes.size(2) == attributes and frame.distance.shape == (rows, 1)
    assert space.loop_attributes(pos).shape == (attributes,)
    assert space.loop_attributes(pos).dtype == dtype
    assert space.name in ("0", "'edges'") or space.name == repr(space.grid)
    x, vec = torch.randn(3, 2), torch.randn(3, 1, dim)
    lifted = space.lift(x, vec, frame)
    assert lifted.size(1) == frame.attributes.size(1)
    assert lifted.size(2) == space.lifted_channels(2, 1)
    y = torch.randn(*lifted.shape[:2], space.read_channels(4, 2, 1))
    scalars, vectors = space.read(y, 4, frame, pos, vec)
    assert scalars.shape == (3, 4) and vectors.shape == (3, 2, dim)


@pytest.mark.parametrize("space, orientation", [(Positions(), None), (EdgePoints(), 1.0)])
def test_loop_attributes_are_those_of_a_point_and_itself(tol, space, orientation):
    pos, loop = torch.randn(1, 3), torch.zeros(2, 1, dtype=torch.long)
    if orientation is None:
        expected = position_invariants(pos, loop)
    else:
        expected = point_invariants(pos, torch.tensor([[0.6, 0.0, 0.8]]), loop)
    torch.testing.assert_close(space.loop_attributes(pos), expected[0], atol=tol, rtol=tol)


@pytest.mark.parametrize("num, dim", [(12, 3), (7, 2)])
def test_loop_attributes_at_all_orientations(tol, num, dim):
    grid, loop = OrientationGrid(num, dim), torch.zeros(2, 1, dtype=torch.long)
    pos = torch.randn(1, dim)
    expected = bundle_invariants(pos, loop, grid.points)[0]
    own = GridBundle(grid).loop_attributes(pos)
    torch.testing.assert_close(own.expand_as(expected), expected, atol=tol, rtol=tol)
