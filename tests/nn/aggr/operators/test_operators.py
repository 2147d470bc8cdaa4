import pytest
import torch

from pyg_symm.nn.aggr import (
    CallableOperator,
    CommutativeOperator,
    FlowOperator,
    GRUOperator,
    LogSumExpOperator,
    MLPOperator,
    ProductOperator,
    SymmetricOperator,
    TopKOperator,
    operator_resolver,
)


class Weighted(torch.nn.Module):
    """Not commutative."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([2.0, -1.0]))

    def reset_parameters(self):
        torch.nn.init.ones_(self.weight)

    def forward(self, left, right):
        return torch.tanh(self.weight[0] * left + self.weight[1] * right)


def build(name, channels=6):
    torch.manual_seed(0)
    kwargs = {"module": Weighted()} if name == "sym" else {}
    op = operator_resolver(name, channels, **kwargs)
    for parameter in op.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return op


EXACT = ["lse", "topk", "flow", "product"]
ALL = ["gru", "sym", "mlp", *EXACT]


def operands(num=100, channels=6):
    a, b = torch.randn(2, num, channels)
    b[:10] = a[:10]  # Equal rows too.
    return a, b


@pytest.mark.parametrize("name", ALL)
def test_commutes_to_the_last_bit(name):
    op = build(name)
    a, b = operands()
    assert torch.equal(op(a, b), op(b, a))
    assert torch.equal(op.merge(a, b), op.merge(b, a))


def test_a_module_alone_need_not_commute():
    a, b = operands()
    assert not torch.allclose(Weighted()(a, b), Weighted()(b, a))


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("channels", [3, 6, 7])
def test_exact_operators_associate(tol, name, channels):
    op = build(name, channels)
    assert op.associative
    a, b, c = torch.randn(3, 50, channels)
    torch.testing.assert_close(op(op(a, b), c), op(a, op(b, c)), atol=tol, rtol=tol)


@pytest.mark.parametrize("name", ["gru", "mlp"])
def test_learned_operators_do_not(name):
    op = build(name)
    assert not op.associative
    a, b, c = torch.randn(3, 50, 6)
    assert (op(op(a, b), c) - op(a, op(b, c))).abs().max() > 1e-2


@pytest.mark.parametrize("name", ALL)
def test_lowering_undoes_lifting(tol, name):
    op = build(name)
    a, _ = operands()
    torch.testing.assert_close(op.lower(op.lift(a)), a, atol=tol, rtol=tol)


@pytest.mark.parametrize("name", ALL)
def test_extra_dimensions_are_independent(name):
    op = build(name)
    a, b = torch.randn(2, 4, 5, 6)
    out = op(a, b)
    for i in range(5):
        torch.testing.assert_close(out[:, i], op(a[:, i], b[:, i]))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradients(name):
    op = build(name, 3)
    a, b = (t.requires_grad_() for t in torch.randn(2, 4, 3))
    assert torch.autograd.gradcheck(op, (a, b))
    out = op(a, b).sum()
    grads = torch.autograd.grad(out, [a, *op.parameters()], allow_unused=True)
    assert all(g is not None and bool(g.isfinite().all()) for g in grads)


@pytest.mark.parametrize("name", ["lse", "gru"])
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_second_gradients(name):
    op = build(name, 3)
    a, b = (t.requires_grad_() for t in torch.randn(2, 4, 3))
    assert torch.autograd.gradgradcheck(op, (a, b))


@pytest.mark.parametrize("name", ALL)
def test_reset_draws_all_parameters_anew(name):
    op = build(name)
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        op.reset_parameters()
        states.append([p.clone() for p in op.parameters()])
    assert all(torch.equal(p, q) for p, q in zip(*states, strict=True))


def test_gru_is_the_formula(dtype):
    tol = 45 * torch.finfo(dtype).eps
    op, cell = build("gru"), torch.nn.GRUCell(6, 6)
    cell.load_state_dict(op.state_dict())
    a, b = operands()
    torch.testing.assert_close(op(a, b), (cell(a, b) + cell(b, a)) / 2, atol=tol, rtol=tol)


def test_gru_starts_like_a_cell():
    torch.manual_seed(1)
    op = GRUOperator(4)
    torch.manual_seed(1)
    for p, q in zip(op.parameters(), torch.nn.GRUCell(4, 4).parameters(), strict=True):
        assert torch.equal(p, q)


def test_symmetric_is_the_formula():
    op = SymmetricOperator(6, Weighted())
    a, b = operands()
    torch.testing.assert_close(op(a, b), (op.module(a, b) + op.module(b, a)) / 2)


def test_mlp_starts_as_the_sum():
    a, b = operands()
    assert torch.equal(MLPOperator(6)(a, b), a + b)


def test_lse_is_the_formula_and_tends_to_maximum_and_minimum():
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
def test_topk_keeps_the_smallest_of_each_list(k, channels):
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


def test_flow_starts_as_the_sum():
    a, b = operands()
    torch.testing.assert_close(FlowOperator(6)(a, b), a + b)


def test_flow_changes_when_trained():
    op = build("flow")
    a, b = operands()
    assert (op(a, b) - a - b).abs().max() > 0.1


def test_product_is_its_parts():
    parts = [build("lse", 2), build("gru", 3)]
    op = ProductOperator(parts)
    assert op.channels == 5 and not op.associative
    a, b = operands(channels=5)
    expected = [parts[0](a[:, :2], b[:, :2]), parts[1](a[:, 2:], b[:, 2:])]
    torch.testing.assert_close(op(a, b), torch.cat(expected, dim=1))
    assert [p.channels for p in operator_resolver("product", 8).operators] == [3, 3, 2]


def test_any_function_is_an_operator():
    op = operator_resolver(torch.maximum, 4)
    assert isinstance(op, CallableOperator) and not op.associative
    a, b = operands(channels=4)
    assert torch.equal(op(a, b), torch.maximum(a, b))
    ready = GRUOperator(4)
    assert operator_resolver(ready, 4) is ready
    module = operator_resolver(Weighted(), 4)
    module.reset_parameters()
    assert module.function.weight.tolist() == [1, 1]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: operator_resolver("xor", 4), r"'op' must be one of .*'gru'.* \(got 'xor'\)"),
        (lambda: operator_resolver(3, 4), r"callable \(got 3\)"),
        (lambda: operator_resolver(GRUOperator(3), 4), r"'op' must have 4 channels \(got 3\)"),
        (lambda: operator_resolver(torch.add, 4, k=2), r"takes no arguments \(got \{'k': 2\}\)"),
        (lambda: operator_resolver("product", 2), r"'parts' must name 1 to 2 operators"),
        (lambda: GRUOperator(0), r"'channels' must be positive \(got 0\)"),
        (lambda: TopKOperator(4, k=0), r"'k' must be positive \(got 0\)"),
        (lambda: LogSumExpOperator(4, beta=0.0), r"'beta' must not be zero"),
        (lambda: FlowOperator(4, num_layers=0), r"'num_layers' must be positive \(got 0\)"),
        (lambda: SymmetricOperator(4, "f"), r"'module' must be callable \(got 'f'\)"),
        (lambda: ProductOperator([]), r"'operators' must not be empty"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="merge"):
        CommutativeOperator(2)(torch.ones(1, 2), torch.ones(1, 2))


def test_repr():
    assert str(GRUOperator(8)) == "GRUOperator(8)"
    assert str(TopKOperator(8, k=3)) == "TopKOperator(8, k=3)"
