import math

import pytest
import torch

from pyg_symm.nn.affine import kernel_window


def test_a_disk_ends_at_its_radius():
    points = torch.tensor([[0.0, 0.0], [0.6, 0.8], [0.6, 0.9], [0.0, -0.5]])
    assert kernel_window(points).tolist() == [1.0, 1.0, 0.0, 1.0]
    assert kernel_window(points, radius=0.5).tolist() == [1.0, 0.0, 0.0, 1.0]
    # A tap on the circle stays, whatever the round-off of its turn.
    angle = torch.linspace(0, 2 * math.pi, 50)
    assert bool((kernel_window(torch.stack([angle.cos(), angle.sin()], -1)) == 1).all())


def test_a_sigmoid_has_radii_of_positions_and_of_the_group(tol):
    points, coordinates = torch.randn(5, 2), torch.randn(5, 4)
    first = 1 / (1 + torch.exp(-2 * (1 - points.norm(dim=-1) / 0.7)))
    second = 1 / (1 + torch.exp(-2 * (1 - coordinates.norm(dim=-1) / 3.0)))
    out = kernel_window(points, coordinates, "sigmoid", 0.7, 3.0)
    torch.testing.assert_close(out, first * second, atol=tol, rtol=tol)
    out = kernel_window(points, None, "sigmoid", 0.7)
    torch.testing.assert_close(out, first, atol=tol, rtol=tol)


@pytest.mark.parametrize("mask", ["disk", "none"])
def test_others_depend_on_positions_only(mask):
    points = torch.randn(5, 2)
    out = kernel_window(points, 100 * torch.randn(5, 4), mask)
    assert torch.equal(out, kernel_window(points, None, mask))
    assert mask == "disk" or bool((out == 1).all())


@pytest.mark.parametrize("place", ["points", "coordinates", "both"])
def test_second_derivatives_at_zero_are_finite(place):
    points, coordinates = (torch.randn(3, d, dtype=torch.double) for d in (2, 4))
    for given in {"points": [points], "coordinates": [coordinates]}.get(
        place, [points, coordinates]
    ):
        given[0] = 0
    points.requires_grad_(), coordinates.requires_grad_()
    out = kernel_window(points, coordinates, "sigmoid")
    first = torch.autograd.grad(out.sum(), (points, coordinates), create_graph=True)
    for grad, given in zip(first, (points, coordinates), strict=True):
        (second,) = torch.autograd.grad(grad.square().sum(), given, retain_graph=True)
        assert bool(second.isfinite().all()) and bool((second[1:] != 0).all())
