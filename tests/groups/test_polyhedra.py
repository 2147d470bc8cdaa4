import math

import pytest
import torch

from pyg_symm.groups import (
    icosahedral_group,
    octahedral_rotations,
    polyhedron,
    quadrature_degree,
    tetrahedral_rotations,
)
from pyg_symm.groups.polyhedra import POLYHEDRA

SYMMETRIES = {
    "tetrahedron": tetrahedral_rotations(),
    "octahedron": torch.cat([octahedral_rotations(), -octahedral_rotations()]),
    "cube": torch.cat([octahedral_rotations(), -octahedral_rotations()]),
}
NUM_AND_DEGREE = {4: 2, 6: 3, 8: 3, 12: 5, 20: 5, 30: 5, 32: 9, 42: 9, 62: 11}


def mean_of_monomial(a, b, c):
    """The mean of x^a y^b z^c over the sphere, by Gamma functions."""
    if a % 2 or b % 2 or c % 2:
        return 0.0
    halves = [(p + 1) / 2 for p in (a, b, c)]
    return 2 * math.prod(map(math.gamma, halves)) / math.gamma(sum(halves)) / (4 * math.pi)


def largest_error(points, weights, degree):
    errors = []
    for a in range(degree + 1):
        for b in range(degree + 1 - a):
            c = degree - a - b
            powers = torch.tensor([a, b, c])
            value = ((points**powers).prod(1) * weights).sum().item()
            errors.append(abs(value - mean_of_monomial(a, b, c)))
    return max(errors)


def test_all_numbers_are_there():
    assert sorted(POLYHEDRA.values()) == sorted(NUM_AND_DEGREE)


@pytest.mark.parametrize("name", POLYHEDRA)
def test_polyhedron(name):
    points, weights = polyhedron(name)
    assert points.dtype == weights.dtype == torch.double
    assert points.shape == (POLYHEDRA[name], 3) and weights.shape == (POLYHEDRA[name],)
    assert (points.norm(dim=1) - 1).abs().max() < 3e-16
    assert abs(weights.sum() - 1) < 3e-16 and weights.min() > 0
    inner = points @ points.T - torch.eye(len(points)).double()
    assert inner.max() < 0.99, "two vertices are equal"


@pytest.mark.parametrize("name", POLYHEDRA)
def test_monomials_are_integrated_exactly(name):
    points, weights = polyhedron(name)
    exact = NUM_AND_DEGREE[len(points)]
    for degree in range(exact + 1):
        assert largest_error(points, weights, degree) < 1e-15
    assert largest_error(points, weights, exact + 1) > 1e-4
    assert quadrature_degree(points, weights) == exact


@pytest.mark.parametrize("name", POLYHEDRA)
def test_the_group_permutes_points_and_weights(name):
    points, weights = polyhedron(name)
    for element in SYMMETRIES.get(name, icosahedral_group()):
        distance = ((points @ element.T).unsqueeze(1) - points).abs().amax(-1)
        nearest, index = distance.min(1)
        assert nearest.max() < 1e-14
        assert index.unique().numel() == len(points)
        assert torch.equal(weights[index], weights)


@pytest.mark.parametrize(
    "name, numerators, denominator",
    [
        ("icosahedron+dodecahedron", {12: 25, 20: 27}, 840),
        ("icosahedron+icosidodecahedron", {12: 25, 30: 32}, 1260),
        ("icosahedron+dodecahedron+icosidodecahedron", {12: 625, 20: 243, 30: 512}, 27720),
    ],
)
def test_weights_are_rational(name, numerators, denominator):
    expected = [n / denominator for size, n in numerators.items() for _ in range(size)]
    weights = polyhedron(name)[1]
    expected = torch.tensor(expected, dtype=torch.double)
    torch.testing.assert_close(weights, expected, atol=0, rtol=1e-14)


def test_unions_hold_the_single_solids():
    points, _ = polyhedron("icosahedron+dodecahedron+icosidodecahedron")
    parts = [polyhedron(name)[0] for name in ("icosahedron", "dodecahedron", "icosidodecahedron")]
    assert torch.equal(points, torch.cat(parts))


def test_unknown_name():
    with pytest.raises(ValueError, match=r"'name' must be one of .*'cube'.* \(got 'sphere'\)"):
        polyhedron("sphere")
