import pytest
import torch
from torch.nn.functional import conv2d

from pyg_symm.groups import SL
from pyg_symm.nn.affine import GroupConv2d, affine_conv
from pyg_symm.nn.affine.tiled_conv import best_side, products, tiled_conv2d, transforms


def plain(x, weight, padding):
    out = conv2d(x.permute(0, 3, 1, 2), weight.permute(3, 2, 0, 1), padding=padding)
    return out.permute(0, 2, 3, 1)


@pytest.mark.parametrize("size, side", [(5, 8), (5, 16), (3, 6), (4, 10), (2, 4)])
@pytest.mark.parametrize("padding", [0, 2])
def test_equals_the_convolution(tol, size, side, padding):
    # Images that no number of tiles fits exactly.
    x, weight = torch.randn(2, 13, 10, 3), torch.randn(size, size, 3, 4)
    out = tiled_conv2d(x, weight, padding, side)
    torch.testing.assert_close(out, plain(x, weight, padding), atol=10 * tol, rtol=10 * tol)


@pytest.mark.parametrize("padding", [0, 2])
def test_gradients(padding):
    x = torch.randn(2, 7, 6, 2, dtype=torch.double, requires_grad=True)
    weight = torch.randn(5, 5, 2, 3, dtype=torch.double, requires_grad=True)
    call = lambda x, weight: tiled_conv2d(x, weight, padding, 8)  # noqa: E731
    assert torch.autograd.gradcheck(call, (x, weight))


@pytest.mark.parametrize("padding", [0, 2])
def test_gradients_of_gradients(padding):
    # As those of an ordinary convolution, which smaller images have.
    x = torch.randn(1, 5, 6, 2, dtype=torch.double, requires_grad=True)
    weight = torch.randn(3, 3, 2, 1, dtype=torch.double, requires_grad=True)
    call = lambda x, weight: tiled_conv2d(x, weight, padding, 6)  # noqa: E731
    assert torch.autograd.gradgradcheck(call, (x, weight))


def test_functional_gradients():
    x, weight = torch.randn(2, 7, 6, 2), torch.randn(3, 3, 2, 1, requires_grad=True)
    loss = lambda weight: tiled_conv2d(x, weight, 1, 6).square().sum()  # noqa: E731
    (expected,) = torch.autograd.grad(loss(weight), weight)
    torch.testing.assert_close(torch.func.grad(loss)(weight.detach()), expected)


def test_training_behind_inference(dtype):
    transforms.cache_clear()
    x, weight = torch.randn(1, 9, 9, 2), torch.randn(3, 3, 2, 2, requires_grad=True)
    with torch.inference_mode():
        tiled_conv2d(x, weight, 1, 6)
    tiled_conv2d(x, weight, 1, 6).sum().backward()
    assert bool(weight.grad.ne(0).all())


def test_float32_of_many_channels(dtype):
    if dtype == torch.double:
        return
    x = torch.randn(2, 36, 36, 96, requires_grad=True)
    weight = (torch.randn(5, 5, 96, 96) / 49).requires_grad_()
    both = []
    for call in (lambda: tiled_conv2d(x, weight, 2, 16), lambda: plain(x, weight, 2)):
        out = call()
        grads = torch.autograd.grad(out, (x, weight), torch.ones_like(out).cumsum(1) / 36)
        both.append([out.detach(), *grads])
    for a, b in zip(*both, strict=True):
        assert float((a - b).norm() / b.norm()) < 1e-5


def test_large_products_are_those_of_matrices(tol):
    # With rows next to each other, and apart.
    a, b = torch.randn(300, 2, 160), torch.randn(2, 160, 160)
    for left, right in ((a.transpose(0, 1), b), (a.transpose(0, 1).contiguous(), b.mT)):
        out = products(left, right)
        torch.testing.assert_close(out, torch.bmm(left, right), atol=10 * tol, rtol=10 * tol)


def test_tiles_pay_for_many_channels_and_positions():
    assert best_side((8, 36, 36), 5, (400, 400)) in range(8, 21, 2)
    assert best_side((8, 36, 36), 5, (1, 400)) is None
    assert best_side((32, 36, 36), 5, (24, 24)) is None
    assert best_side((1, 8, 8), 5, (400, 400)) is None
    assert best_side((0, 36, 36), 5, (400, 400)) is None


def test_layers_give_equal_results_with_tiles(tol, monkeypatch):
    samples = SL(2).sample(3)
    conv, x = GroupConv2d(4, 2, 5, SL(2), padding=1), torch.randn(2, 4, 3, 9, 8)
    expected, seen = conv(x, samples, samples), []

    def side(*args):
        seen.append(args)
        return 8

    monkeypatch.setattr(affine_conv, "best_side", side)
    out = conv(x, samples, samples)
    assert seen == [((2, 7, 6), 5, (12, 6))]
    torch.testing.assert_close(out, expected, atol=10 * tol, rtol=10 * tol)
    with torch.autocast("cpu", torch.bfloat16):
        conv(x, samples, samples)
    assert len(seen) == 1  # Half precision has fast convolutions of its own.
