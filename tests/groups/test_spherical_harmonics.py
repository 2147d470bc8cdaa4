import math

import pytest
import torch
from e3nn import o3

from pyg_symm.groups import spherical_harmonics

NORMALIZATIONS = ["integral", "component", "norm"]
SPECIAL = torch.cat([torch.eye(3), -torch.eye(3), torch.ones(1, 3)])


def vectors(num=50, seed=0):
    random = torch.randn(num, 3, generator=torch.Generator().manual_seed(seed)).double()
    return torch.cat([random, SPECIAL.double()])


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("lmax", range(12))
def test_equal_to_e3nn(lmax, normalization):
    v = vectors()
    expected = o3.spherical_harmonics(list(range(lmax + 1)), v, True, normalization)
    found = spherical_harmonics(lmax, v, normalization)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)
    single = spherical_harmonics(lmax, v.float(), normalization)
    torch.testing.assert_close(single, expected.float(), atol=2e-5, rtol=0)


def test_high_degrees_keep_their_norm():
    y = spherical_harmonics(60, vectors())
    for degree in (10, 30, 60):
        square = y[:, degree**2 : (degree + 1) ** 2].square().sum(1)
        expected = torch.full_like(square, (2 * degree + 1) / (4 * math.pi))
        torch.testing.assert_close(square, expected, atol=0, rtol=1e-11)


def test_shapes():
    v = vectors().view(3, 19, 3)
    assert spherical_harmonics(4, v).shape == (3, 19, 25)
    assert torch.equal(spherical_harmonics(4, v)[1, 5], spherical_harmonics(4, v[1, 5]))
    assert spherical_harmonics(4, v[:, :0]).shape == (3, 0, 25)


@pytest.mark.parametrize("length", [1e-300, 1e-20, 7.0, 1e20, 1e300])
def test_length_does_not_matter(length):
    v = vectors()
    torch.testing.assert_close(
        spherical_harmonics(3, v * length), spherical_harmonics(3, v), atol=1e-14, rtol=0
    )


def test_zero_vector():
    v = torch.zeros(2, 3).double().requires_grad_()
    y = spherical_harmonics(4, v, "norm")
    torch.testing.assert_close(y[:, 0], torch.ones(2).double())
    assert not y[:, 1:].any()
    (first,) = torch.autograd.grad(y.sum(), v, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), v)
    assert not first.any() and not second.any()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_vectors_that_are_not_finite(value):
    v = vectors()
    v[3, 1] = value
    y = spherical_harmonics(3, v)
    assert y[3, 1:].isnan().all()
    keep = torch.arange(len(v)) != 3
    assert torch.equal(y[keep], spherical_harmonics(3, v[keep]))


def test_derivatives_exist_at_the_poles():
    v = torch.cat([vectors(3)[:3], SPECIAL.double()]).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: spherical_harmonics(4, v), v)
    assert torch.autograd.gradgradcheck(lambda v: spherical_harmonics(3, v), v)


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16])
def test_half_precision_is_computed_in_single(dtype):
    v = vectors().to(dtype)
    y = spherical_harmonics(6, v)
    assert y.dtype == dtype
    assert torch.equal(y, spherical_harmonics(6, v.float()).to(dtype))


def test_compiles():
    compiled = torch.compile(
        lambda v: spherical_harmonics(3, v), fullgraph=True, backend="aot_eager"
    )
    torch.testing.assert_close(compiled(vectors()), spherical_harmonics(3, vectors()))


@pytest.mark.parametrize(
    "args, match",
    [
        ((-1, torch.ones(3)), "'lmax' must be an integer of 0 or more"),
        ((1, torch.ones(2)), r"'vectors' must be real and of shape \[..., 3\]"),
        ((1, torch.tensor(1.0)), "'vectors' must be real"),
        ((1, torch.ones(3).long()), "'vectors' must be real"),
        ((1, torch.ones(3), "unit"), r"'normalization' must be one of .* \(got 'unit'\)"),
    ],
)
def test_bad_arguments(args, match):
    with pytest.raises(ValueError, match=match):
        spherical_harmonics(*args)
