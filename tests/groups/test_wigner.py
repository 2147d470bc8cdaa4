import pytest
import torch
from e3nn import o3

from pyg_symm.groups import random_orthogonal, spherical_harmonics, wigner_d


def matrices(num=6):
    generator = torch.Generator().manual_seed(0)
    return random_orthogonal(num, generator=generator, dtype=torch.double)


def test_harmonics_of_rotated_and_reflected_vectors():
    rotation = matrices()
    assert (torch.linalg.det(rotation) < 0).any() and (torch.linalg.det(rotation) > 0).any()
    v = torch.randn(7, 3, generator=torch.Generator().manual_seed(0)).double()
    y = spherical_harmonics(8, v)
    rotated = spherical_harmonics(8, torch.einsum("rij,vj->rvi", rotation, v))
    d = wigner_d(8, rotation)
    torch.testing.assert_close(torch.einsum("rij,vj->rvi", d, y), rotated, atol=1e-12, rtol=0)


def test_representation_of_the_group():
    a, b = matrices(2)
    d = wigner_d(8, torch.stack([a, b, a @ b, torch.eye(3).double(), -torch.eye(3).double()]))
    torch.testing.assert_close(d[0] @ d[1], d[2], atol=1e-12, rtol=0)
    torch.testing.assert_close(d[3], torch.eye(81).double(), atol=1e-12, rtol=0)
    torch.testing.assert_close(d @ d.mT, d[3].expand_as(d), atol=1e-12, rtol=0)
    sign = torch.cat([torch.full((2 * l + 1,), (-1.0) ** l) for l in range(9)])  # noqa: E741
    torch.testing.assert_close(d[4], sign.double().diag(), atol=1e-12, rtol=0)


@pytest.mark.parametrize("degree", range(6))
def test_equal_to_e3nn(degree):
    rotation = matrices()
    rotation = rotation * torch.linalg.det(rotation).view(-1, 1, 1)
    angles = o3.matrix_to_angles(rotation)
    block = wigner_d(degree, rotation)[..., degree**2 :, degree**2 :]
    torch.testing.assert_close(block, o3.wigner_D(degree, *angles), atol=1e-5, rtol=0)


def test_dtype_and_gradients():
    rotation = matrices()
    assert wigner_d(3, rotation.float()).dtype == torch.float
    assert wigner_d(3, rotation.view(2, 3, 3, 3)).shape == (2, 3, 16, 16)

    def turned(angle):  # gradcheck leaves the group if it changes single entries.
        zero, one = torch.zeros_like(angle), torch.ones_like(angle)
        rows = [angle.cos(), -angle.sin(), zero, angle.sin(), angle.cos(), zero, zero, zero, one]
        return wigner_d(3, torch.stack(rows).view(3, 3))

    assert torch.autograd.gradcheck(turned, torch.tensor(0.3).double().requires_grad_())


@pytest.mark.parametrize(
    "rotation, match",
    [
        (torch.eye(2), r"'rotation' must be real and of shape \[..., 3, 3\]"),
        (torch.eye(3).long(), "'rotation' must be real"),
        (2 * torch.eye(3), r"'rotation' must hold orthogonal matrices \(R R\^T is off by 3\)"),
        (torch.full((3, 3), torch.nan), "must hold orthogonal matrices"),
    ],
)
def test_bad_rotations(rotation, match):
    with pytest.raises(ValueError, match=match):
        wigner_d(1, rotation)


def test_the_default_device_does_not_matter():
    rotation = torch.eye(3)
    with torch.device("meta"):
        there = wigner_d(2, rotation)
    assert torch.equal(there, wigner_d(2, rotation))
