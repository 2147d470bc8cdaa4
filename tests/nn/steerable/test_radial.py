import math

import pytest
import torch

from pyg_symm.nn.steerable import BesselBasis, RadialNetwork


def test_equals_the_formula():
    basis, r = BesselBasis(4, cutoff=3.0), torch.tensor([0.5, 1.0, 2.5])
    for n in range(1, 5):
        expected = math.sqrt(2) * torch.sin(n * math.pi * r / 3) / (r / 3) * basis.window(r)
        torch.testing.assert_close(basis(r)[:, n - 1], expected)


def test_computes_in_the_precision_of_distances():
    basis, r = BesselBasis(4, cutoff=3.0), torch.tensor([0.5, 1.0, 2.5], dtype=torch.double)
    for n in range(1, 5):
        expected = math.sqrt(2) * torch.sin(n * math.pi * r / 3) / (r / 3) * basis.window(r)
        torch.testing.assert_close(basis(r)[:, n - 1], expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("cutoff", [None, 3.0])
def test_ends_of_the_range(tol, cutoff):
    basis = BesselBasis(4, cutoff)
    at_zero = math.sqrt(2) * math.pi * torch.arange(1, 5)
    torch.testing.assert_close(basis(torch.zeros(1))[0], at_zero)
    torch.testing.assert_close(basis(torch.full((1,), 1e-7))[0], at_zero, rtol=10 * tol, atol=0)
    far = basis(torch.tensor([1e6 if cutoff is None else cutoff]))
    assert far.abs().max() < 1e-4


@pytest.mark.parametrize("cutoff", [None, 3.0])
def test_two_derivatives_exist_everywhere(cutoff):
    basis, r = BesselBasis(4, cutoff), torch.tensor([0.0, 1e-8, 0.7, 3.0, 4.0], requires_grad=True)
    (first,) = torch.autograd.grad(basis(r).square().sum(), r, create_graph=True)
    (second,) = torch.autograd.grad(first.square().sum(), r)
    assert first.isfinite().all() and second.isfinite().all()


def test_bad_cutoff():
    with pytest.raises(ValueError, match="'cutoff'.*-1"):
        BesselBasis(4, cutoff=-1.0)


def test_network_sees_distance_and_both_ends():
    network, edge_index = RadialNetwork(4, 3, 6), torch.tensor([[0, 1], [1, 2]])
    basis, scalars = torch.randn(2, 4), torch.randn(3, 3, requires_grad=True)
    out = network(basis, scalars, edge_index)
    assert out.shape == (2, 6)
    (grad,) = torch.autograd.grad(out[0].sum(), scalars)
    assert (grad.abs().sum(1) > 0).tolist() == [True, True, False]
    assert not torch.allclose(network(2 * basis, scalars, edge_index), out)
    swapped = network(basis, scalars, edge_index.flip(0))
    assert not torch.allclose(swapped, out)
    assert network(basis[:0], scalars, edge_index[:, :0]).shape == (0, 6)
