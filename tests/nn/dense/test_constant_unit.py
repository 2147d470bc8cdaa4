import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.dense.constant_unit import (
    WIDTH,
    carry_bias,
    hidden_units,
    linear,
    linear_backward,
    silu_with_constant,
    split_bias,
    with_constant,
)


@pytest.mark.parametrize("dtype", [torch.double, torch.float, torch.bfloat16, torch.half])
def test_the_unit_is_one_in_every_precision(dtype):
    x = torch.randn(5, 4, dtype=dtype)
    hidden = silu_with_constant(x)
    assert hidden[:, :4].equal(F.silu(x)) and hidden[:, 4:].eq(1).all()
    filled = with_constant(x, torch.neg, x)
    assert filled.shape == (5, 4 + WIDTH) and filled[:, :4].equal(-x)
    atol = 2 * torch.finfo(dtype).eps if dtype in (torch.double, torch.float) else 0
    torch.testing.assert_close(F.silu(filled)[:, 4:], hidden[:, 4:], rtol=0, atol=atol)


def test_one_product_has_the_bias_and_its_gradient(tol):
    first, last, x = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2), torch.randn(5, 3)
    hidden = silu_with_constant(first(x))
    actual, grad = hidden @ carry_bias(last.weight, last.bias).mT, torch.randn(5, 2)
    expected = last(F.silu(first(x)))
    torch.testing.assert_close(actual, expected, rtol=0, atol=tol)
    plain = torch.autograd.grad(expected, (last.weight, last.bias), grad)
    for one, other in zip(split_bias(grad.mT @ hidden), plain, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=10 * tol)


@pytest.mark.parametrize("compiled", [False, True])
def test_linear_maps_have_the_same_gradients_with_and_without_units(compiled, tol):
    def both(x, grad, weight, bias):
        out, rows = linear(hidden_units(x)[..., :3], weight, bias)
        return out, *linear_backward(grad, rows, weight, biases=4)

    layer, x, grad = torch.nn.Linear(3, 5), torch.randn(2, 4, 3), torch.randn(8, 5)
    expected = layer(F.silu(x)).view(8, 5)
    plain = torch.autograd.grad(expected, (layer.weight, layer.bias), grad)
    run = torch.compile(both, fullgraph=True, backend="aot_eager") if compiled else both
    with torch.no_grad():
        out, to_weight, to_bias = run(x, grad, layer.weight, layer.bias)
    torch.testing.assert_close(out, expected, rtol=0, atol=tol)
    torch.testing.assert_close(to_weight, plain[0], rtol=0, atol=10 * tol)
    torch.testing.assert_close(to_bias, plain[1][:4], rtol=0, atol=10 * tol)
