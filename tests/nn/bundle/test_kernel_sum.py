from importlib import import_module

import pytest
import torch

from pyg_symm.nn.bundle import Pairs, kernel_sum

NUM, CHANNELS = 4, 3
SOURCE, TARGET = torch.tensor([0, 2, 1, 2, 2]), torch.tensor([1, 0, 3, 3, 2])
ANTIPODE = [2, 3, 0, 1]  # The other half.
KINDS = [
    Pairs(SOURCE, TARGET, 0, False),
    Pairs(SOURCE, TARGET, 5, False),
    Pairs(SOURCE, TARGET, 5, True),
    Pairs(SOURCE, TARGET, 3, True),
    Pairs(SOURCE, TARGET, 0, False, loops=True),
    Pairs(SOURCE, TARGET, 3, True, loops=True),
]
of_kinds = pytest.mark.parametrize(
    "pairs", KINDS, ids=["one", "both", "halves", "some", "loops", "all"]
)


def literal(kernel, x, pairs):
    out = kernel[-1] * x if pairs.loops else torch.zeros_like(x)
    for r, (j, i) in enumerate(zip(pairs.source.tolist(), pairs.target.tolist(), strict=True)):
        out[i] += kernel[r] * x[j]
        if r < pairs.two_way:
            back = kernel[r, ANTIPODE] if pairs.halves else kernel[r]
            out[j] += back * x[i]
    return out


def inputs(loops, **kwargs):
    return (
        torch.randn(SOURCE.numel() + loops, 4, CHANNELS, **kwargs),
        torch.randn(NUM, 4, CHANNELS, **kwargs),
    )


@of_kinds
def test_equals_a_loop(tol, pairs):
    kernel, x = inputs(pairs.loops)
    torch.testing.assert_close(
        kernel_sum(kernel, x, pairs), literal(kernel, x, pairs), atol=tol, rtol=tol
    )


@of_kinds
def test_in_many_parts(tol, pairs, monkeypatch):
    kernel, x = inputs(pairs.loops, requires_grad=True)
    expected = literal(kernel.detach(), x.detach(), pairs)
    whole = torch.autograd.grad(kernel_sum(kernel, x, pairs).square().sum(), (kernel, x))
    module = import_module("pyg_symm.nn.bundle.kernel_sum")
    monkeypatch.setattr(module, "_BYTES", {"cpu": 1})
    out = kernel_sum(kernel, x, pairs)
    torch.testing.assert_close(out, expected, atol=tol, rtol=tol)
    parts = torch.autograd.grad(out.square().sum(), (kernel, x))
    torch.testing.assert_close(parts, whole, atol=10 * tol, rtol=10 * tol)


@of_kinds
def test_gradients_of_two_orders(pairs):
    args = inputs(pairs.loops, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda *a: kernel_sum(*a, pairs), args)
    assert torch.autograd.gradgradcheck(lambda *a: kernel_sum(*a, pairs), args)


@of_kinds
@pytest.mark.parametrize("which", [0, 1])
def test_gradients_of_one(pairs, which):
    args = list(inputs(pairs.loops, dtype=torch.double))
    chosen = args[which].requires_grad_()

    def call(one):
        return kernel_sum(*(one if i == which else arg for i, arg in enumerate(args)), pairs).sin()

    assert torch.autograd.gradcheck(call, chosen)
    assert torch.autograd.gradgradcheck(call, chosen)


@of_kinds
def test_compiles(pairs):
    torch._dynamo.reset()
    args = inputs(pairs.loops, requires_grad=True)
    compiled = torch.compile(kernel_sum, fullgraph=True, backend="aot_eager")
    out, expected = compiled(*args, pairs), kernel_sum(*args, pairs)
    torch.testing.assert_close(out, expected)
    grads = [torch.autograd.grad(o.square().sum(), args) for o in (out, expected)]
    torch.testing.assert_close(*grads)


def test_sums_in_half_precision_lose_no_small_messages():
    many = 4096
    pairs = Pairs(torch.arange(1, many + 1), torch.zeros(many, dtype=torch.long), 0, False)
    x = torch.full((many + 1, 1, 1), 0.01, dtype=torch.bfloat16)
    out = kernel_sum(torch.ones(many, 1, 1, dtype=torch.bfloat16), x, pairs)
    assert out.dtype == torch.bfloat16
    assert float(out[0]) == pytest.approx(many * 0.01, rel=0.01)


def test_parts_of_the_pairs():
    pairs = KINDS[-1]
    parts = [pairs.part(0, 2), pairs.part(2, 4), pairs.part(4, 5)]
    assert [part.two_way for part in parts] == [2, 1, 0]
    assert [part.loops for part in parts] == [False, False, True]
    assert all(part.halves for part in parts)


def test_no_pairs():
    none = torch.empty(0, dtype=torch.long)
    x = torch.randn(3, 2, 1, requires_grad=True)
    kernel = torch.randn(0, 2, 1, requires_grad=True)
    out = kernel_sum(kernel, x, Pairs(none, none, 0, False))
    grads = torch.autograd.grad(out.sum(), (kernel, x))
    assert not out.any() and grads[0].shape == (0, 2, 1) and not grads[1].any()
