import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.dense.attention_masks import AttentionMasks
from pyg_symm.nn.dense.pair_gates import PairGates, sum_ends, sum_ends_backward


@pytest.fixture(params=[1, 2])
def case(request, tol, inputs):
    """Halves of inputs of gates, terms of nodes, masks and layout, of one plane or two."""
    *_, layout = inputs
    planes, n = request.param, layout.seen.size(-1)
    inner = torch.randn(2, planes, n, n, 6, requires_grad=True)
    terms = torch.randn(2, planes, n, 6, requires_grad=True)
    return inner, terms, AttentionMasks.of(layout, planes, inner.dtype), layout


def _plain(inner, terms, layout):
    scale, key = inner.chunk(2, dim=-1)
    h = layout.outer(*terms.chunk(2, dim=-1))
    return F.silu(key + F.silu(h) * scale + h)


def test_messages_and_their_gradients_are_those_of_the_formula(case, tol):
    inner, terms, mask, layout = case
    expected = _plain(inner, terms, layout)
    grad = torch.randn_like(expected)
    to_inner, to_terms = torch.autograd.grad(expected, (inner, terms), grad)
    with torch.no_grad():
        gates = PairGates.of(inner, terms, mask)
        z = F.silu(gates.before)
        results = gates.backward(grad)
        halves = [torch.empty_like(half) for half in terms.chunk(2, dim=-1)]
        ends = sum_ends_backward(*halves, results[1], mask)
    torch.testing.assert_close(z[..., :3], expected, rtol=0, atol=5 * tol)
    torch.testing.assert_close(z[..., 3:], torch.ones_like(z[..., 3:]), rtol=0, atol=tol)
    torch.testing.assert_close(results[0], to_inner, rtol=0, atol=20 * tol)
    torch.testing.assert_close(torch.cat(ends, -1), to_terms, rtol=0, atol=50 * tol)


def test_gates_of_compiled_code_are_the_same_again(case, tol):
    inner, terms, mask, _ = case
    with torch.no_grad():
        expected = PairGates.of(inner, terms, mask)
        run = torch.compile(PairGates.again, fullgraph=True, backend="aot_eager", dynamic=False)
        for actual, part in zip(run(inner, terms, mask), expected, strict=True):
            torch.testing.assert_close(actual, part, rtol=0, atol=5 * tol)


def test_sums_of_ends_are_those_of_the_layout(case, tol):
    _, terms, mask, layout = case
    sums = layout.outer(*terms.chunk(2, dim=-1))
    torch.testing.assert_close(sum_ends(terms, mask), sums, rtol=0, atol=tol)
