from itertools import islice

import numpy as np
import pytest
import torch

from pyg_symm.groups import quadrature_degree, zonal_polynomials

X = torch.linspace(-1, 1, 41).double()


@pytest.mark.parametrize("dim", [2, 3])
def test_polynomials_equal_numpys(dim):
    family = np.polynomial.Chebyshev if dim == 2 else np.polynomial.Legendre
    for degree, values in enumerate(islice(zonal_polynomials(X, dim), 15)):
        expected = torch.from_numpy(family.basis(degree)(X.numpy()))
        torch.testing.assert_close(values, expected, atol=1e-13, rtol=0)
        assert values[-1] == 1


@pytest.mark.parametrize("num", [1, 2, 3, 8, 13])
def test_degree_of_a_circle(num):
    angle = 2 * torch.pi * torch.arange(num).double() / num
    points = torch.stack([angle.cos(), angle.sin()], 1)
    assert quadrature_degree(points, torch.full((num,), 1 / num).double()) == num - 1


def test_degree_sees_weights():
    axes = torch.cat([torch.eye(3), -torch.eye(3)]).double()
    assert quadrature_degree(axes, torch.full((6,), 1 / 6).double()) == 3
    assert quadrature_degree(axes, torch.tensor([0.3, 0.1, 0.1, 0.3, 0.1, 0.1]).double()) == 1
    assert quadrature_degree(axes, torch.tensor([0.5, 0.1, 0.1, 0.1, 0.1, 0.1]).double()) == 0
