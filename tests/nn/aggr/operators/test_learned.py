import pytest
import torch

from pyg_symm.nn.aggr import (
    GRUOperator,
    MLPOperator,
    SymmetricOperator,
)


def test_a_module_alone_need_not_commute(operands, weighted):
    a, b = operands()
    assert not torch.allclose(weighted(a, b), weighted(b, a))


@pytest.mark.parametrize("name", ["gru", "mlp"])
def test_learned_operators_do_not(name, build):
    op = build(name)
    assert not op.associative
    a, b, c = torch.randn(3, 50, 6)
    assert (op(op(a, b), c) - op(a, op(b, c))).abs().max() > 1e-2


def test_gru_is_the_formula(dtype, operands, build):
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


def test_symmetric_is_the_formula(weighted, operands):
    op = SymmetricOperator(6, weighted)
    a, b = operands()
    torch.testing.assert_close(op(a, b), (op.module(a, b) + op.module(b, a)) / 2)


def test_mlp_starts_as_the_sum(operands):
    a, b = operands()
    assert torch.equal(MLPOperator(6)(a, b), a + b)
