import itertools
import math

import pytest
import torch
from e3nn import o3

from pyg_symm.groups import (
    bracket_coefficients,
    bracket_scale,
    gaunt_coefficients,
    gaunt_scale,
    spherical_harmonics,
)
from pyg_symm.groups.gaunt import bracket_tensor, gaunt_tensor


def triples(lmax):
    """Degrees that the triangle rule allows."""
    for l1, l2 in itertools.product(range(lmax + 1), repeat=2):
        yield from ((l1, l2, l3) for l3 in range(abs(l1 - l2), l1 + l2 + 1))


def directions(num=9):
    v = torch.randn(num, 3, generator=torch.Generator().manual_seed(0)).double()
    return v / v.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("l1", range(6))
@pytest.mark.parametrize("l2", range(6))
def test_blocks_are_scales_times_coupling_tensors(l1, l2):
    for l3 in range(abs(l1 - l2), l1 + l2 + 1):
        coupling = o3.wigner_3j(l1, l2, l3, dtype=torch.double)
        for coefficients, scale in (
            (gaunt_coefficients(l1, l2, l3), gaunt_scale(l1, l2, l3)),
            (bracket_coefficients(l1, l2, l3), bracket_scale(l1, l2, l3)),
        ):
            torch.testing.assert_close(coefficients, scale * coupling, atol=1e-12, rtol=0)


def test_odd_and_even_paths_complete_each_other():
    for l1, l2, l3 in triples(12):
        even = (l1 + l2 + l3) % 2 == 0
        assert (gaunt_scale(l1, l2, l3) > 0) == even
        assert (bracket_scale(l1, l2, l3) > 0) == (not even)


@pytest.mark.parametrize("degrees", [(1, 1, 3), (0, 2, 1), (3, 0, 0), (2, 5, 8)])
def test_degrees_outside_of_the_triangle(degrees):
    assert gaunt_scale(*degrees) == bracket_scale(*degrees) == 0
    assert not gaunt_coefficients(*degrees).any()
    assert not bracket_coefficients(*degrees).any()
    assert gaunt_coefficients(*degrees).shape == tuple(2 * degree + 1 for degree in degrees)


@pytest.mark.parametrize("degrees", [(8, 8, 16), (10, 9, 7), (12, 12, 12), (20, 20, 20)])
def test_scales_of_high_degrees(degrees):
    norm = float(gaunt_coefficients(*degrees).norm())
    assert math.isclose(norm, gaunt_scale(*degrees), rel_tol=1e-12)
    odd = (*degrees[:2], degrees[2] - 1)
    assert math.isclose(
        float(bracket_coefficients(*odd).norm()), bracket_scale(*odd), rel_tol=1e-12
    )


def test_scales_do_not_overflow():
    assert 0 < bracket_scale(99, 100, 100) / gaunt_scale(100, 100, 100) / 99**2 < 10


@pytest.mark.parametrize("degrees", list(triples(3)))
def test_symmetric_in_all_indices(degrees):
    g, b = gaunt_coefficients(*degrees), bracket_coefficients(*degrees)
    for order in itertools.permutations(range(3)):
        turned = [degrees[i] for i in order]
        torch.testing.assert_close(
            gaunt_coefficients(*turned), g.permute(order), atol=1e-13, rtol=0
        )
    swapped = bracket_coefficients(degrees[1], degrees[0], degrees[2])
    torch.testing.assert_close(swapped, -b.transpose(0, 1), atol=1e-13, rtol=0)


def test_products_of_harmonics_at_random_points():
    y = spherical_harmonics(8, directions())
    found = torch.einsum("pi,pj,ijk,pk->pij", y[:, :25], y[:, :25], gaunt_tensor(4, 4, 8), y)
    expected = y[:, :25].unsqueeze(2) * y[:, :25].unsqueeze(1)
    pointwise = torch.einsum("ijk,pk->pij", gaunt_tensor(4, 4, 8), y)
    torch.testing.assert_close(pointwise, expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(found, expected * pointwise, atol=1e-12, rtol=0)


def test_brackets_of_harmonics_at_random_points():
    v = directions()
    y = spherical_harmonics(7, v)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda v: spherical_harmonics(4, v)))(v)
    left, right = jacobian.unsqueeze(2), jacobian.unsqueeze(1)  # Tangential: lengths are ignored.
    expected = (torch.linalg.cross(left, right, dim=-1) * v.view(-1, 1, 1, 3)).sum(-1)
    pointwise = torch.einsum("ijk,pk->pij", bracket_tensor(4, 4, 7), y)
    torch.testing.assert_close(pointwise, expected, atol=1e-11, rtol=0)
    assert not bracket_tensor(4, 4, 8)[..., 64:].any()


@pytest.mark.parametrize(
    "lmax, truncated, full",
    [(1, 10, 21), (2, 83, 162), (3, 353, 708), (4, 1158, 2229), (6, 6460, 12322)],
)
def test_number_of_coefficients(lmax, truncated, full):
    assert int(gaunt_tensor(lmax, lmax, lmax).count_nonzero()) == truncated
    assert int(gaunt_tensor(lmax, lmax, 2 * lmax).count_nonzero()) == full


def test_results_belong_to_the_caller():
    for coefficients in (gaunt_coefficients, bracket_coefficients):
        before = coefficients(1, 1, 1 + (coefficients is gaunt_coefficients))
        expected = before.clone()
        before.zero_()
        after = coefficients(1, 1, 1 + (coefficients is gaunt_coefficients))
        assert torch.equal(after, expected) and after.any()


def test_default_type_does_not_matter():
    gaunt_tensor.cache_clear()
    single = gaunt_coefficients(2, 3, 3)
    gaunt_tensor.cache_clear()
    torch.set_default_dtype(torch.double)
    try:
        double = gaunt_coefficients(2, 3, 3)
    finally:
        torch.set_default_dtype(torch.float)
    assert single.dtype == double.dtype == torch.double and torch.equal(single, double)


@pytest.mark.parametrize(
    "function", [gaunt_coefficients, bracket_coefficients, gaunt_scale, bracket_scale]
)
def test_bad_degrees(function):
    with pytest.raises(ValueError, match=r"'l2' must be an integer of 0 or more \(got -1\)"):
        function(1, -1, 1)


@pytest.mark.parametrize("tensor", [gaunt_tensor, bracket_tensor])
def test_what_is_kept_does_not_depend_on_who_asked_first(tensor):
    tensor.cache_clear()
    with torch.device("meta"), torch.inference_mode():
        there = tensor(2, 1, 3)
    tensor.cache_clear()
    assert torch.equal(there, tensor(2, 1, 3)) and not there.is_inference()
