import pytest
import torch

from pyg_symm.groups import quadrature_degree, repulsion_energy, repulsion_points
from pyg_symm.groups.repulsion import _converged

# Minima of the electrostatic energy, from tables of Thomson's problem.
THOMSON = {
    2: 0.5,
    3: 1.732050808,
    4: 3.674234614,
    5: 6.474691495,
    6: 9.985281374,
    7: 14.452977414,
    12: 49.165253058,
    13: 58.853230612,
}


def gradient(points):
    points = points.clone().requires_grad_()
    grad = torch.autograd.grad(repulsion_energy(points), points)[0]
    return grad - (grad * points).sum(1, keepdim=True) * points


@pytest.mark.parametrize("num", [2, 3, 5, 7, 10, 16, 33, 64])
@pytest.mark.parametrize("seed", [0, 1])
def test_converged(num, seed):
    points, weights = repulsion_points(num, seed)
    assert points.dtype == weights.dtype == torch.double
    assert points.shape == (num, 3) and weights.shape == (num,)
    assert (points.norm(dim=1) - 1).abs().max() < 3e-16
    assert gradient(points.detach()).norm() < 1e-9 * num
    # At a minimum, small motions of the points cost energy.
    generator = torch.Generator().manual_seed(0)
    lowest = repulsion_energy(points)
    for _ in range(5):
        half = torch.randn(num // 2, 3, generator=generator, dtype=torch.double) * 1e-3
        odd = torch.randn(num % 2, 3, generator=generator, dtype=torch.double) * 1e-3
        # Two points are moved apart from each other: opposite motions only rotate them.
        moved = points + torch.cat([half, half if num == 2 else -half, odd])
        moved = moved / moved.norm(dim=1, keepdim=True)
        assert repulsion_energy(moved) > lowest


@pytest.mark.parametrize("num", THOMSON)
def test_known_minima(num):
    energy = repulsion_energy(repulsion_points(num)[0])
    assert float(energy) == pytest.approx(THOMSON[num], rel=1e-9)


@pytest.mark.parametrize("num", [9, 16])
def test_deterministic(num):
    first = repulsion_points(num, 3)
    _converged.cache_clear()
    torch.manual_seed(99)
    with torch.inference_mode():  # It needs gradients whatever the caller has set.
        again = repulsion_points(num, 3)
    assert not repulsion_points(num, 3)[0].is_inference()
    for a, b in zip(first, again, strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(first[0], repulsion_points(num, 4)[0])


def test_the_global_generator_stays():
    before = torch.get_rng_state()
    repulsion_points(11, 5)
    assert torch.equal(before, torch.get_rng_state())


def test_what_is_returned_belongs_to_the_caller():
    repulsion_points(6)[0].zero_()
    assert repulsion_points(6)[0].abs().sum() > 0


@pytest.mark.parametrize("num", [6, 16, 64])
def test_even_numbers_are_pairs(num):
    points, weights = repulsion_points(num)
    half = num // 2
    assert torch.equal(points[half:], -points[:half])
    torch.testing.assert_close(weights[half:], weights[:half], atol=1e-15, rtol=0)


@pytest.mark.parametrize(
    "num, degree", [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (7, 3), (9, 2), (16, 3), (64, 7)]
)
def test_weights(num, degree):
    points, weights = repulsion_points(num)
    assert quadrature_degree(points, weights) == degree
    assert abs(weights.sum() - 1) < 1e-14
    assert 0.5 / num <= weights.min() and weights.max() <= 1.5 / num


def test_without_points():
    with pytest.raises(ValueError, match=r"'num' must be 1 or more \(got 0\)"):
        repulsion_points(0)
