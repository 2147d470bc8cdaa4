import pytest
import torch

from pyg_symm.nn.tensor_product import edge_sum as module
from pyg_symm.nn.tensor_product.edge_sum import Ends, edge_sum, plain_edge_sum


def inputs(num_edges=9, grad=False):
    x, y = torch.randn(5, 2, 7), torch.randn(num_edges, 9)
    weight, table = torch.randn(num_edges, 2, 3), torch.randn(9, 7)
    source, target = torch.randint(5, (num_edges,)), torch.randint(4, (num_edges,))
    for tensor in (x, weight, y):
        tensor.requires_grad_(grad)
    return x, weight, y, table, Ends(source, target, 5, 4)


@pytest.fixture(params=[1, 40, 10**6])
def chunks(request, monkeypatch):
    """One edge at a time, some, or all of them."""
    monkeypatch.setitem(module._CHUNK, "cpu", request.param)


def test_literal_form(close):
    x, weight, y, table, ends = inputs()
    out = torch.zeros(4, 2, 7)
    for e, (s, t) in enumerate(zip(ends.source.tolist(), ends.target.tolist(), strict=True)):
        for c in range(2):
            for g in range(7):
                filter_ = sum(
                    weight[e, c, degree] * (y[e] * table[:, g])[degree**2 : (degree + 1) ** 2].sum()
                    for degree in range(3)
                )
                out[t, c, g] += x[s, c, g] * filter_
    close(edge_sum(x, weight, y, table, ends), out)
    close(plain_edge_sum(x, weight, y, table, ends), out)


@pytest.mark.parametrize("num_edges", [0, 1, 9])
def test_chunks_change_nothing(num_edges, chunks, close):
    args = inputs(num_edges, grad=True)
    grads = []
    for function in (edge_sum, plain_edge_sum):
        out = function(*args)
        first = torch.autograd.grad(out.sin().sum(), args[:3], create_graph=True)
        second = torch.autograd.grad(sum(g.cos().sum() for g in first), args[:3], create_graph=True)
        third = torch.autograd.grad(sum(g.square().sum() for g in second), args[:3])
        grads.append([out, *first, *second, *third])
    for a, b in zip(*grads, strict=True):
        close(a, b, scale=100)


def test_numerical_gradients(chunks, dtype):
    if dtype != torch.double:
        pytest.skip("numerical")
    *args, table, ends = inputs(4, grad=True)
    assert torch.autograd.gradcheck(lambda *args: edge_sum(*args, table, ends), args)
    assert torch.autograd.gradgradcheck(lambda *args: edge_sum(*args, table, ends), args)


def test_backward_passes_do_not_autocast(dtype):
    """They may run inside of it, where layers cannot switch it off."""
    args = inputs(grad=True)
    grads = []
    for enabled in (False, True):
        out = edge_sum(*args)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            first = torch.autograd.grad(out, args[:3], torch.ones_like(out), create_graph=True)
            second = torch.autograd.grad(first, args[:3], [torch.ones_like(g) for g in first])
        grads.append([*first, *second])
    for a, b in zip(*grads, strict=True):
        assert a.dtype == dtype
        torch.testing.assert_close(a, b)


def test_only_what_is_asked_for():
    x, weight, y, table, ends = inputs()
    weight.requires_grad_()
    edge_sum(x, weight, y, table, ends).sum().backward()
    assert weight.grad is not None and x.grad is None and y.grad is None


def test_turned():
    ends = inputs()[-1]
    assert ends.turned().source is ends.target and ends.turned().num_targets == 5
