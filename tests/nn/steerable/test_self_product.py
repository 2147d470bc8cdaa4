import pytest
import torch

from pyg_symm.groups import random_orthogonal, random_rotations, wigner_d
from pyg_symm.nn.steerable import SelfProduct


def moved(x, matrix, det):
    """Features after a motion with this Wigner matrix and determinant."""
    out = x @ matrix[: x.size(-1), : x.size(-1)].T
    return torch.cat([out[:, :1], det * out[:, 1:]], dim=1)


@pytest.mark.parametrize("sheets", [1, 2])
@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("out_sheets", [1, 2])
@pytest.mark.parametrize("lmax_out", [0, 1, 3])
def test_commutes_with_rotations_and_reflections(tol, sheets, odd, out_sheets, lmax_out):
    product = SelfProduct(4, 2, lmax_out, 3, sheets, odd, out_sheets)
    x = torch.randn(5, sheets, 4, 9)
    out = product(x)
    assert out.shape == (5, product.out_sheets, 4, (lmax_out + 1) ** 2)
    for rotation in [*random_rotations(2), *-random_rotations(2), *random_orthogonal(2)]:
        matrix, det = wigner_d(3, rotation), torch.linalg.det(rotation).round()
        turned = product(moved(x, matrix, det))
        torch.testing.assert_close(turned, moved(out, matrix, det), rtol=0, atol=10 * tol)


def test_sheets_of_the_result():
    def sheets(lmax_out, sheets, odd, out_sheets):
        return SelfProduct(4, 2, lmax_out, 2, sheets, odd, out_sheets).out_sheets

    assert sheets(2, 1, False, 2) == 1  # Natural features alone have even products alone.
    assert sheets(2, 1, True, 2) == 2
    assert sheets(0, 1, True, 2) == 1  # A bracket has no scalar part.
    assert sheets(0, 2, True, 2) == 2
    assert sheets(2, 2, True, 1) == 1


def test_pseudo_vectors_are_cross_products(tol):
    """The bracket of vectors, in the only pseudo output of natural vectors."""
    product = SelfProduct(1, 1, 1, 1, 1, True, 2)
    x = torch.zeros(2, 1, 1, 4)
    x[:, 0, 0, 1:] = torch.randn(2, 3)
    assert product(x)[:, 1].abs().max() < tol  # Of a vector with itself, up to a factor.
    product = SelfProduct(2, 1, 1, 1, 1, True, 2)
    x = torch.zeros(2, 1, 2, 4)
    x[..., 1:] = torch.randn(2, 1, 2, 3)
    pseudo = product(x)[:, 1, :, 1:]
    cross = torch.linalg.cross(x[:, 0, 0, 1:], x[:, 0, 1, 1:])
    parallel = torch.linalg.cross(pseudo, cross.unsqueeze(1).expand_as(pseudo))
    assert parallel.abs().max() < tol < pseudo.abs().max()


def test_elements_choose_weights():
    product, x = SelfProduct(3, 2, 2, 2, 2, True, 2, num_elements=2), torch.randn(4, 2, 3, 9)
    first, second = (product(x, torch.eye(2)[[k] * 4]) for k in (0, 1))
    mixed = product(x, torch.eye(2)[[0, 1, 0, 1]])
    assert not torch.allclose(first, second)
    torch.testing.assert_close(mixed[::2], first[::2])
    torch.testing.assert_close(mixed[1::2], second[1::2])
