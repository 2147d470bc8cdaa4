import pytest
import torch

from pyg_symm.groups import cyclic_rotations, icosahedral_rotations, stratified_rotations
from pyg_symm.groups.quasi_random import arc_rotations, normal_points


@pytest.mark.parametrize("num", [1, 3, 4, 6, 8, 12, 100])
def test_plane(num):
    torch.testing.assert_close(stratified_rotations(num, 2), cyclic_rotations(num))


def test_quarters_are_exact():
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]]).double()
    expected = [torch.linalg.matrix_power(quarter, power) for power in range(4)]
    assert torch.equal(stratified_rotations(4, 2), torch.stack(expected))
    assert torch.equal(stratified_rotations(8, 2)[::2], torch.stack(expected))


def test_offset_in_the_plane():
    rotations = stratified_rotations(5, 2, torch.Generator().manual_seed(0))
    steps = rotations[:-1].mT @ rotations[1:]
    torch.testing.assert_close(steps, cyclic_rotations(5)[1].expand_as(steps))
    assert rotations[0, 0, 0] < 0.999


def test_arcs():
    turns = arc_rotations(4, 1.0)
    angles = torch.atan2(turns[:, 1, 0], turns[:, 0, 0])
    torch.testing.assert_close(angles, torch.tensor([-0.75, -0.25, 0.25, 0.75]).double())
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([arc_rotations(4, 1.0, generator) for _ in range(500)])
    torch.testing.assert_close(drawn @ drawn.mT, torch.eye(2).double().expand(500, 4, 2, 2))
    angles = torch.atan2(drawn[..., 1, 0], drawn[..., 0, 0])
    assert float(angles.abs().max()) <= 1
    # One in each quarter of the arc, and each of them anywhere.
    steps = angles.sort(dim=1).values.diff(dim=1)
    torch.testing.assert_close(steps, torch.full_like(steps, 0.5))
    assert float(angles.mean(dim=0).abs().max()) < 4 * (1 / 3 / 500) ** 0.5
    assert float((angles.var(dim=0) - 1 / 3).abs().max()) < 0.06
    again = arc_rotations(4, 1.0, torch.Generator().manual_seed(0))
    assert torch.equal(again, drawn[0])


@pytest.mark.parametrize("num, n", [(1, 3), (7, 3), (12, 3), (24, 3), (60, 3), (9, 4), (5, 5)])
def test_rotations(num, n):
    for generator in (None, torch.Generator().manual_seed(0)):
        rotations = stratified_rotations(num, n, generator)
        eye = torch.eye(n).double().expand(num, n, n)
        torch.testing.assert_close(rotations @ rotations.mT, eye)
        assert (torch.linalg.det(rotations) > 0).all()
        assert torch.equal(rotations, stratified_rotations(num, n, generator)) == (not generator)
    torch.testing.assert_close(stratified_rotations(num, n)[0], eye[0])


def test_solids():
    torch.testing.assert_close(stratified_rotations(60, 3), icosahedral_rotations())


def test_rotations_in_space_are_spread():
    rotations = stratified_rotations(1000, 3)
    assert rotations.mean(0).abs().max() < 0.01
    second = (rotations.flatten(1).T @ rotations.flatten(1)) / 1000
    torch.testing.assert_close(second, torch.eye(9).double() / 3, atol=0.01, rtol=0)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_sets_are_haar(n):
    generator = torch.Generator().manual_seed(0)
    sets = torch.cat([stratified_rotations(5, n, generator) for _ in range(2000)])
    assert sets.mean(0).abs().max() < 4 * (1 / (n * 2000)) ** 0.5
    assert (sets**3).mean(0).abs().max() < 4 * (15 / (n**3 * 2000)) ** 0.5


@pytest.mark.parametrize("dim", [1, 2, 3, 6])
@pytest.mark.parametrize("radius", [3.0, float("inf")])
def test_normal_points(dim, radius):
    for generator in (None, torch.Generator().manual_seed(0)):
        points = normal_points(4000, dim, radius, generator)
        assert points.shape == (4000, dim)
        norm = torch.linalg.vector_norm(points, dim=1)
        assert norm.max() < radius
        assert points.mean(0).abs().max() < 0.01
        # The mean square norm of a truncated chi distribution.
        half = torch.tensor([dim / 2, dim / 2 + 1]).double()
        below = torch.special.gammainc(half, torch.tensor(radius**2 / 2).double())
        expected = dim * below[1] / below[0]
        torch.testing.assert_close(norm.square().mean(), expected, rtol=0.02, atol=0)


def test_few_points_are_repeatable():
    for num in (1, 4, 10):
        points = normal_points(num, 3, 3.0)
        assert torch.equal(points, normal_points(num, 3, 3.0))
        first = normal_points(num, 3, 3.0, torch.Generator().manual_seed(0))
        assert not torch.equal(points, first)
        assert torch.equal(first, normal_points(num, 3, 3.0, torch.Generator().manual_seed(0)))
