import pytest
import torch

from pyg_symm.nn.aggr import (
    GRUOperator,
    MLPOperator,
    SymmetricOperator,
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


def test_a_module_alone_need_not_commute():
    a, b = operands()
    assert not torch.allclose(Weighted()(a, b), Weighted()(b, a))


@pytest.mark.parametrize("name", ["gru", "mlp"])
def test_learned_operators_do_not(name):
    op = build(name)
    assert not op.associative
    a, b, c = torch.randn(3, 50, 6)
    assert (op(op(a, b), c) - op(a, op(b, c))).abs().max() > 1e-2


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
