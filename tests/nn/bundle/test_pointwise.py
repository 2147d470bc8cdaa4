import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.bundle.pointwise import PointwiseMLP


def build():
    mlp = PointwiseMLP(5, 3)
    torch.nn.init.normal_(mlp.norm.weight)
    torch.nn.init.normal_(mlp.norm.bias)
    return mlp


def literal(mlp, x):
    return mlp.lin2(F.gelu(mlp.lin1(F.layer_norm(x, (5,), mlp.norm.weight, mlp.norm.bias))))


@pytest.mark.parametrize("shape", [(7, 4, 5), (6, 5), (0, 4, 5)])
def test_formula_and_gradients(tol, shape):
    mlp, x = build(), torch.randn(shape, requires_grad=True)
    out, expected = mlp(x), literal(mlp, x)
    torch.testing.assert_close(out, expected, atol=tol, rtol=tol)
    wrt = [x, *mlp.parameters()]
    grads = [torch.autograd.grad(o.sin().sum(), wrt) for o in (out, expected)]
    torch.testing.assert_close(*grads, atol=20 * tol, rtol=20 * tol)


def test_gradients_of_two_orders():
    mlp = build().double()
    x = torch.randn(3, 5, dtype=torch.double)
    args = [x.requires_grad_(), *mlp.parameters()]

    def call(x, *parameters):
        names = [name for name, _ in mlp.named_parameters()]
        return torch.func.functional_call(mlp, dict(zip(names, parameters, strict=True)), (x,))

    assert torch.autograd.gradcheck(call, args)
    assert torch.autograd.gradgradcheck(call, args)


def test_two_tensors_are_kept():
    kept = []

    def keep(tensor):
        kept.append(tensor.shape)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        build()(torch.randn(100, 5, requires_grad=True))
    assert sorted(s.numel() for s in kept if s.numel() >= 500) == [500, 1500]


@pytest.mark.parametrize("half", [torch.float32, torch.bfloat16])
def test_autocast(half):
    mlp, x = build().float(), torch.randn(50, 5).to(half).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        out, expected = mlp(x), literal(mlp, x)
    assert out.dtype == torch.bfloat16 == expected.dtype
    torch.testing.assert_close(out, expected, atol=0.05, rtol=0.05)
    wrt = [x, *mlp.parameters()]
    grads = [torch.autograd.grad(o.float().sin().sum(), wrt) for o in (out, expected)]
    for a, b in zip(*grads, strict=True):
        assert a.dtype == b.dtype and float((a - b).norm() / b.norm()) < 0.05
