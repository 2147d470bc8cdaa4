import pytest
import torch

from pyg_symm.weights.lora.clustering import FREE, GEOMETRIES, _points, clusters_of


@pytest.fixture
def units():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(18, d, generator=generator, dtype=torch.double) for d in (9, 7))


def gauged(x, seed=1):
    generator = torch.Generator().manual_seed(seed)
    t = torch.randn(len(x[0]), 1, generator=generator, dtype=torch.double).exp()
    t[::3] *= -1
    return x[0] * t, x[1] / t


def test_points_have_the_gram_matrix(units):
    for geometry in GEOMETRIES.values():
        gram = geometry(units)
        points = _points(gram)
        torch.testing.assert_close(points @ points.T, gram)


def test_the_gauge_geometry_is_that_of_matrices(units):
    a, b = units
    matrices = (b.unsqueeze(2) * a.unsqueeze(1)).flatten(1)
    torch.testing.assert_close(GEOMETRIES["gauge"](units), matrices @ matrices.T)


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_units_does_not_matter(units, geometry, seed):
    order = torch.randperm(18, generator=torch.Generator().manual_seed(seed))
    found = clusters_of((units[0][order], units[1][order]), 5, geometry, seed=0)
    back = sorted(sorted(order[cluster].tolist()) for cluster in found)
    assert back == clusters_of(units, 5, geometry, seed=0)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_only_free_geometries_do_not_see_the_gauge(units, geometry):
    before = clusters_of(units, 5, geometry, seed=0)
    after = clusters_of(gauged(units), 5, geometry, seed=0)
    assert (before == after) == (geometry in FREE)


@pytest.mark.parametrize("geometry", FREE)
def test_units_of_equal_norm_in_another_gauge(geometry):
    """Norms do not tell them apart, up to rounding."""
    a, b = torch.eye(8, dtype=torch.double), torch.eye(8, dtype=torch.double).flip(0)
    a[4:] = a[:4] + 0.1 * a[4:]
    a = a / a.norm(dim=1, keepdim=True)
    b[4:] = b[:4]
    expected = [[i, i + 4] for i in range(4)]
    for seed in range(5):
        assert clusters_of(gauged((a, b), seed), 4, geometry, seed=0) == expected


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_planted(units, geometry):
    generator = torch.Generator().manual_seed(2)
    copies = [side[:6].repeat(3, 1) for side in units]
    noisy = tuple(
        side + 1e-3 * torch.randn(side.shape, generator=generator, dtype=torch.double)
        for side in copies
    )
    assert clusters_of(noisy, 6, geometry, seed=0) == [[i, i + 6, i + 12] for i in range(6)]


def test_as_many_clusters_as_units(units):
    assert clusters_of(units, 18, "raw", seed=0) == [[unit] for unit in range(18)]


def test_equal_units_leave_clusters_empty(units):
    twice = tuple(side[:3].repeat(2, 1) for side in units)
    assert clusters_of(twice, 4, "gauge", seed=0) == [[0, 3], [1, 4], [2, 5], []]
