import pytest
import torch

from pyg_symm.nn.aggr import (
    CallableOperator,
    CommutativeOperator,
    GRUOperator,
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


def test_base_class_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="merge"):
        CommutativeOperator(2)(torch.ones(1, 2), torch.ones(1, 2))
