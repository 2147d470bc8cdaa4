import pytest
import torch

from pyg_symm.weights.lora import factors


def random_factors(seed, size, d_in=9, d_out=7):
    generator = torch.Generator().manual_seed(seed)
    shapes = ((size, d_in), (size, d_out))
    return tuple(torch.randn(s, generator=generator, dtype=torch.double) for s in shapes)


def dense(x):
    return x[1].T @ x[0]


@pytest.mark.parametrize("size", [1, 4, 12])  # Fewer and more units than dimensions.
def test_norms_and_products_are_those_of_the_dense_matrices(size):
    x, y = random_factors(0, size), random_factors(1, 3)
    assert abs(factors.norm(x) - float(dense(x).norm())) < 1e-12
    assert abs(factors.inner(x, y) - float((dense(x) * dense(y)).sum())) < 1e-10
    assert abs(factors.distance(x, y) - float((dense(x) - dense(y)).norm())) < 1e-12
    expected = torch.linalg.svdvals(dense(x))[:size]
    torch.testing.assert_close(factors.singular_values(x), expected)


def test_the_distance_of_equal_matrices_does_not_cancel():
    x = random_factors(0, 5)
    same = (x[0] * 3).flip(0), (x[1] / 3).flip(0)
    assert factors.distance(x, same) < 1e-14 * factors.norm(x)


@pytest.mark.parametrize("size, rank", [(4, 2), (4, 4), (12, 3), (12, 10)])
def test_truncation_is_that_of_the_dense_singular_value_decomposition(size, rank):
    x = random_factors(0, size)
    u, s, v = torch.linalg.svd(dense(x), full_matrices=False)
    found = factors.truncated(x, rank)
    assert [side.shape for side in found] == [(rank, 9), (rank, 7)]
    torch.testing.assert_close(dense(found), u[:, :rank] * s[:rank] @ v[:rank])


def test_balanced_units_are_equal_matrices_with_equal_norms():
    x = random_factors(0, 4)
    x[1][2] = 0  # As in an adapter that was not trained.
    a, b = factors.balanced(x)
    torch.testing.assert_close(
        b.unsqueeze(2) * a.unsqueeze(1), x[1].unsqueeze(2) * x[0].unsqueeze(1)
    )
    torch.testing.assert_close(a.norm(dim=1), b.norm(dim=1))
    assert not a[2].any()
