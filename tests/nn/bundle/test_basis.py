import torch
import torch.nn.functional as F

from pyg_symm.nn.bundle import KernelBasis, PolynomialFeatures, PolynomialWindow


def test_formula(tol):
    basis = KernelBasis(2, 5, 7, cutoff=2.0)
    a, distance = torch.randn(4, 3, 2), torch.rand(4, 1) * 3
    hidden = F.gelu(basis.lin1(PolynomialFeatures(2)(a)))
    expected = F.gelu(basis.lin2(hidden)) * PolynomialWindow(2.0)(distance).unsqueeze(-1)
    out = basis(a, distance)
    assert out.shape == (4, 3, 7)
    torch.testing.assert_close(out, expected, atol=tol, rtol=tol)
    torch.testing.assert_close(basis(a), F.gelu(basis.lin2(hidden)), atol=tol, rtol=tol)


def test_gradients_of_two_orders():
    basis = KernelBasis(2, 3, 4, cutoff=2.0).double()
    a = torch.randn(2, 2, dtype=torch.double, requires_grad=True)
    distance = torch.tensor([0.3, 1.1], dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(basis, (a, distance))
    assert torch.autograd.gradgradcheck(basis, (a, distance))


def test_inputs_and_features_before_activations_are_kept():
    kept = []
    basis = KernelBasis(2, 64, 8, distinct=False)
    a = torch.randn(1000, 2, requires_grad=True)

    def keep(tensor):
        kept.append(tensor.shape)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        basis(a).sum()
    assert sorted(s.numel() for s in kept if s.numel() >= 8000) == [8000, 9000, 64000]


def test_reset_parameters_and_repr():
    basis = KernelBasis(2, 3, 4, cutoff=2.0)
    before = [p.clone() for p in basis.parameters()]
    basis.reset_parameters()
    assert not any(torch.equal(a, b) for a, b in zip(before, basis.parameters(), strict=True))
    assert str(basis) == "KernelBasis(2, 4, cutoff=2.0)"
