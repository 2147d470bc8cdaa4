import math

import pytest
import torch

from pyg_symm.groups import SphereGrid, spherical_harmonics


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 7, 12, 25])
def test_integrates_its_degree_and_no_more(degree):
    grid = SphereGrid(degree)
    weights = grid.weights.unsqueeze(1)
    assert grid.points.shape == (degree // 2 + 1, 2 * (degree // 2 + 1), 3)
    integral = (weights.unsqueeze(2) * grid.harmonics(degree)).sum((0, 1))
    torch.testing.assert_close(integral[0], torch.tensor(math.sqrt(4 * math.pi)).double())
    torch.testing.assert_close(integral[1:], torch.zeros_like(integral[1:]), atol=1e-13, rtol=0)
    beyond = grid.harmonics(degree + 2)[..., (degree + 1) ** 2 :]
    assert (weights.unsqueeze(2) * beyond).sum((0, 1)).abs().max() > 1e-3


@pytest.mark.parametrize("degree", [0, 5, 8])
def test_points(degree):
    points = SphereGrid(degree).points
    torch.testing.assert_close(points.square().sum(-1), torch.ones(points.shape[:2]).double())
    half = points.size(1) // 2
    torch.testing.assert_close(points.flip(0).roll(-half, 1), -points, atol=1e-15, rtol=0)


def test_harmonics_and_factors():
    grid = SphereGrid(10)
    torch.testing.assert_close(
        grid.harmonics(8), spherical_harmonics(8, grid.points), atol=1e-13, rtol=0
    )


@pytest.mark.parametrize("lmax", [0, 1, 6])
def test_gradients(lmax):
    grid = SphereGrid(10)
    y, angle = grid.cosines.unsqueeze(1), grid.azimuths
    ring, zero = (1 - y * y).sqrt(), torch.zeros(1, 1).double()
    by_beta = torch.stack([y * angle.sin(), -ring + 0 * angle, y * angle.cos()], -1)
    by_alpha = torch.stack(
        torch.broadcast_tensors(angle.cos(), zero.expand(y.size(0), 1), -angle.sin()), -1
    )
    _, expected_beta = torch.func.jvp(
        lambda v: spherical_harmonics(lmax, v), (grid.points,), (by_beta,)
    )
    _, expected_alpha = torch.func.jvp(
        lambda v: spherical_harmonics(lmax, v), (grid.points,), (by_alpha,)
    )
    beta, alpha = grid.gradients(lmax)
    torch.testing.assert_close(beta, expected_beta, atol=1e-12, rtol=0)
    torch.testing.assert_close(alpha, expected_alpha, atol=1e-12, rtol=0)


def test_bad_degree():
    with pytest.raises(ValueError, match=r"'degree' must be an integer of 0 or more \(got -1\)"):
        SphereGrid(-1)
