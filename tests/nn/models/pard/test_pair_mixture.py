import torch
import torch.nn.functional as F

from pyg_symm.nn.models.pard.pair_mixture import MixPairs


def _inputs(dtype=None):
    planes = torch.randn(2, 2, 3, 4, 2, dtype=dtype, requires_grad=True)
    ends = torch.randn(2, 3, 4, 5, dtype=dtype, requires_grad=True)
    layers = [torch.nn.Linear(a, 5, dtype=dtype) for a in (2, 5, 5)]
    return planes, ends, layers, [part for layer in layers for part in layer.parameters()]


def test_mixture_and_its_gradients_are_those_of_the_formula(tol):
    planes, ends, (pair, first, second), weights = _inputs()
    actual = MixPairs.apply(planes[:, 1], ends, *weights)
    t = pair(planes[:, 1])
    expected = F.silu(ends + t + F.silu(first(ends)) * F.silu(second(t)))
    torch.testing.assert_close(actual, expected, rtol=0, atol=tol)
    to, grad = (planes, ends, *weights), torch.randn_like(actual)
    grads = torch.autograd.grad(actual, to, grad), torch.autograd.grad(expected, to, grad)
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=20 * tol)


def test_gradients():
    planes, ends, _, weights = _inputs(torch.double)
    e = planes.detach()[:, 1].requires_grad_()
    assert torch.autograd.gradcheck(MixPairs.apply, (e, ends, *weights))
