import pytest
import torch

from pyg_symm.groups import OrientationGrid
from pyg_symm.nn.bundle import GridBundle


@pytest.mark.parametrize(
    "num, dim", [(4, 3), (6, 3), (12, 3), (20, 3), (32, 3), (62, 3), (16, 3), (5, 2), (8, 2)]
)
def test_a_vector_that_is_lifted_and_read_is_divided_by_the_dimension(num, dim):
    grid = OrientationGrid(num, dim)
    if grid.degree < 2:
        pytest.skip("the mean of products is not exact")
    space, vec = GridBundle(grid), torch.randn(4, 3, dim, dtype=torch.double)
    x = torch.randn(4, 2, dtype=torch.double)
    lifted = space.lift(x, vec, None)
    assert lifted.shape == (4, num, 5)
    scalars, vectors = space.read(lifted, 2, None, None, vec)
    torch.testing.assert_close(scalars, x, atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(vectors, vec / dim, atol=1e-12, rtol=1e-12)


def test_lift_is_the_inner_product(tol):
    space, vec = GridBundle(OrientationGrid(6)), torch.randn(2, 1, 3)
    lifted = space.lift(torch.empty(2, 0), vec, None)
    expected = vec @ space.points.to(vec.dtype).T
    torch.testing.assert_close(lifted, expected.mT, atol=tol, rtol=tol)


def test_grids_with_opposite_points_share_kernels(tol):
    pos, edges = torch.randn(3, 3), torch.tensor([[0, 1, 2, 1], [1, 0, 1, 2]])
    frame = GridBundle(OrientationGrid(12)).frame(pos, edges, None, None)
    assert frame.pairs.two_way == 2 and frame.attributes.shape == (2, 12, 2)
    alone = GridBundle(OrientationGrid(4)).frame(pos, edges, None, None)
    assert not alone.pairs.two_way and alone.attributes.shape == (4, 4, 2)
    # The way back, at opposite points.
    one = edges.T.tolist().index([int(frame.pairs.target[0]), int(frame.pairs.source[0])])
    back = GridBundle(OrientationGrid(12)).frame(pos, edges[:, [one]], None, None).attributes
    assert frame.pairs.halves
    flipped = frame.attributes[0].roll(6, 0)
    torch.testing.assert_close(back[0], flipped, atol=tol, rtol=tol)


@pytest.mark.parametrize("grid", [OrientationGrid(12), OrientationGrid(9), OrientationGrid(42)])
def test_the_other_half_is_opposite(grid):
    space, half = GridBundle(grid), grid.num // 2
    if grid.halves is not None:
        torch.testing.assert_close(space.points[:half], -space.points[half:], atol=1e-12, rtol=0)
    inner = grid.inner_values[space.inner_index]
    torch.testing.assert_close(inner, space.points @ space.points.T, atol=1e-12, rtol=0)
    torch.testing.assert_close(space.weights.sum(), torch.ones((), dtype=torch.double))
    x = grid.points.unsqueeze(0)
    assert torch.equal(space.in_order(x)[0], space.points)
    assert torch.equal(space.in_grid_order(space.in_order(x)), x)


def test_pairs_beyond_the_cutoff_are_left_out():
    pos = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    frame = GridBundle(OrientationGrid(12)).frame(pos, None, None, 2.0)
    assert [frame.pairs.source.tolist(), frame.pairs.target.tolist()] == [[0], [1]]
    assert float(frame.distance) == 1.0
