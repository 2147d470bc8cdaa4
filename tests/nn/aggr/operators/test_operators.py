import pytest
import torch

from pyg_symm.nn.aggr import (
    FlowOperator,
    GRUOperator,
    LogSumExpOperator,
    MLPOperator,
    ProductOperator,
    SymmetricOperator,
    TopKOperator,
    operator_resolver,
)

ALL = ["gru", "sym", "mlp", "lse", "topk", "flow", "product"]


@pytest.mark.parametrize("name", ALL)
def test_commutes_to_the_last_bit(name, build, operands):
    op = build(name)
    a, b = operands()
    assert torch.equal(op(a, b), op(b, a))
    assert torch.equal(op.merge(a, b), op.merge(b, a))


@pytest.mark.parametrize("name", ALL)
def test_lowering_undoes_lifting(tol, name, build, operands):
    op = build(name)
    a, _ = operands()
    torch.testing.assert_close(op.lower(op.lift(a)), a, atol=tol, rtol=tol)


@pytest.mark.parametrize("name", ALL)
def test_extra_dimensions_are_independent(name, build):
    op = build(name)
    a, b = torch.randn(2, 4, 5, 6)
    out = op(a, b)
    for i in range(5):
        torch.testing.assert_close(out[:, i], op(a[:, i], b[:, i]))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradients(name, build):
    op = build(name, 3)
    a, b = (t.requires_grad_() for t in torch.randn(2, 4, 3))
    assert torch.autograd.gradcheck(op, (a, b))
    out = op(a, b).sum()
    grads = torch.autograd.grad(out, [a, *op.parameters()], allow_unused=True)
    assert all(g is not None and bool(g.isfinite().all()) for g in grads)


@pytest.mark.parametrize("name", ["lse", "gru"])
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_second_gradients(name, build):
    op = build(name, 3)
    a, b = (t.requires_grad_() for t in torch.randn(2, 4, 3))
    assert torch.autograd.gradgradcheck(op, (a, b))


@pytest.mark.parametrize("name", ALL)
def test_reset_draws_all_parameters_anew(name, build):
    op = build(name)
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        op.reset_parameters()
        states.append([p.clone() for p in op.parameters()])
    assert all(torch.equal(p, q) for p, q in zip(*states, strict=True))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: operator_resolver("xor", 4), r"'op' must be one of .*'gru'.* \(got 'xor'\)"),
        (lambda: operator_resolver(3, 4), r"callable \(got 3\)"),
        (lambda: operator_resolver(GRUOperator(3), 4), r"'op' must have 4 channels \(got 3\)"),
        (lambda: operator_resolver(torch.add, 4, k=2), r"takes no arguments \(got \{'k': 2\}\)"),
        (lambda: operator_resolver("product", 2), r"'parts' must name 1 to 2 operators"),
        (lambda: GRUOperator(0), r"'channels' must be an integer of 1 or more \(got 0\)"),
        (lambda: TopKOperator(4, k=0), r"'k' must be an integer of 1 or more \(got 0\)"),
        (lambda: LogSumExpOperator(4, beta=0.0), r"'beta' must be finite and not zero \(got 0.0\)"),
        (lambda: LogSumExpOperator(4, beta=float("nan")), r"'beta' must be finite .*\(got nan\)"),
        (lambda: MLPOperator(4, hidden_channels=0), r"'hidden_channels' must be .*\(got 0\)"),
        (lambda: FlowOperator(4, hidden_channels=-1), r"'hidden_channels' must be .*\(got -1\)"),
        (
            lambda: FlowOperator(4, num_layers=0),
            r"'num_layers' must be an integer of 1 or more \(got 0\)",
        ),
        (lambda: SymmetricOperator(4, "f"), r"'module' must be callable \(got 'f'\)"),
        (lambda: ProductOperator([]), r"'operators' must not be empty"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_repr():
    assert str(GRUOperator(8)) == "GRUOperator(8)"
    assert str(TopKOperator(8, k=3)) == "TopKOperator(8, k=3)"
