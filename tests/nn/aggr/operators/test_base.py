import pytest
import torch

from pyg_symm.nn.aggr import (
    CallableOperator,
    CommutativeOperator,
    GRUOperator,
    operator_resolver,
)


def test_any_function_is_an_operator(operands, weighted):
    op = operator_resolver(torch.maximum, 4)
    assert isinstance(op, CallableOperator) and not op.associative
    a, b = operands(channels=4)
    assert torch.equal(op(a, b), torch.maximum(a, b))
    ready = GRUOperator(4)
    assert operator_resolver(ready, 4) is ready
    module = operator_resolver(weighted, 4)
    module.reset_parameters()
    assert module.function.weight.tolist() == [1, 1]


def test_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="merge"):
        CommutativeOperator(2)(torch.ones(1, 2), torch.ones(1, 2))
