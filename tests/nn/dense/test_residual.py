import torch

from pyg_symm.nn.dense import mlp
from pyg_symm.nn.dense.residual import AddPerceptron, add_perceptron


def _inputs(dtype=None):
    net = mlp(3, 5, 4).to(dtype)
    torch.nn.init.normal_(net[2].bias)
    base = torch.randn(2, 6, 4, dtype=dtype, requires_grad=True)
    x = torch.randn(2, 6, 3, dtype=dtype, requires_grad=True)
    return base, x, net


def test_sum_and_gradients_are_those_of_the_plain_form(tol):
    base, x, net = _inputs()
    actual, expected = add_perceptron(base, x, net), base + net(x)
    torch.testing.assert_close(actual, expected, rtol=0, atol=tol)
    to, grad = (base, x, *net.parameters()), torch.randn_like(actual)
    grads = torch.autograd.grad(actual, to, grad), torch.autograd.grad(expected, to, grad)
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=20 * tol)


def test_gradients():
    base, x, net = _inputs(torch.double)
    assert torch.autograd.gradcheck(AddPerceptron.apply, (base, x, *net.parameters()))
