import pytest
import torch

from pyg_symm.nn.aggr import (
    FlowOperator,
    LogSumExpOperator,
    ProductOperator,
    TopKOperator,
    operator_resolver,
)

EXACT = ["lse", "topk", "flow", "product"]


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("channels", [3, 6, 7])
def test_exact_operators_associate(tol, name, channels, build):
    op = build(name, channels)
    assert op.associative
    a, b, c = torch.randn(3, 50, channels)
    torch.testing.assert_close(op(op(a, b), c), op(a, op(b, c)), atol=tol, rtol=tol)


def test_lse_is_the_formula_and_tends_to_maximum_and_minimum(build, operands):
    op = build("lse")
    a, b = operands()
    beta = op.beta
    assert bool((beta[::2] > 0).all() and (beta[1::2] < 0).all())
    torch.testing.assert_close(op(a, b), ((beta * a).exp() + (beta * b).exp()).log() / beta)
    for beta, limit in ((1e4, torch.maximum), (-1e4, torch.minimum)):
        sharp = LogSumExpOperator(6, beta=beta)
        torch.testing.assert_close(sharp(a, b), limit(a, b), atol=1e-3, rtol=0)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("channels", [1, 4, 6, 7])
def test_topk_keeps_the_smallest_of_each_list(k, channels, operands):
    op = TopKOperator(channels, k)
    a, b = operands(channels=channels)
    out = op(a, b)
    for start in range(0, channels, k):
        stop = min(start + k, channels)
        both = torch.cat([a[:, start:stop], b[:, start:stop]], dim=1).sort(dim=1).values
        assert torch.equal(out[:, start:stop], both[:, : stop - start])


def test_topk_of_two_contains_the_second_minimum():
    op = TopKOperator(2, k=2)
    x = torch.tensor([5.0, 2.0, 9.0, 2.0, 7.0])
    state = torch.stack([x[0], torch.tensor(torch.inf)])[None]
    for v in x[1:]:
        state = op(state, torch.stack([v, torch.tensor(torch.inf)])[None])
    assert state.tolist() == [[2.0, 2.0]]


def test_topk_shares_the_gradient_between_equal_values():
    op = TopKOperator(1, k=1)
    a, b = torch.ones(1, 1, requires_grad=True), torch.ones(1, 1, requires_grad=True)
    op(a, b).sum().backward()
    assert a.grad.item() == b.grad.item() == 0.5


def test_flow_starts_as_the_sum(operands):
    a, b = operands()
    torch.testing.assert_close(FlowOperator(6)(a, b), a + b)


def test_flow_changes_when_trained(build, operands):
    op = build("flow")
    a, b = operands()
    assert (op(a, b) - a - b).abs().max() > 0.1


def test_product_is_its_parts(operands, build):
    parts = [build("lse", 2), build("gru", 3)]
    op = ProductOperator(parts)
    assert op.channels == 5 and not op.associative
    a, b = operands(channels=5)
    expected = [parts[0](a[:, :2], b[:, :2]), parts[1](a[:, 2:], b[:, 2:])]
    torch.testing.assert_close(op(a, b), torch.cat(expected, dim=1))
    assert [p.channels for p in operator_resolver("product", 8).operators] == [3, 3, 2]
