import pytest
import torch

from pyg_symm.nn.aggr import operator_resolver


class _Weighted(torch.nn.Module):
    """Not commutative."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([2.0, -1.0]))

    def reset_parameters(self):
        torch.nn.init.ones_(self.weight)

    def forward(self, left, right):
        return torch.tanh(self.weight[0] * left + self.weight[1] * right)


def _build(name, channels=6):
    torch.manual_seed(0)
    kwargs = {"module": _Weighted()} if name == "sym" else {}
    op = operator_resolver(name, channels, **kwargs)
    for parameter in op.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return op


def _operands(num=100, channels=6):
    a, b = torch.randn(2, num, channels)
    b[:10] = a[:10]  # Equal rows too.
    return a, b


@pytest.fixture
def weighted():
    """A function of two operands with parameters, not commutative."""
    return _Weighted()


@pytest.fixture
def build():
    """Makes an operator by its name, with every parameter moved from its start."""
    return _build


@pytest.fixture
def operands():
    """Makes two random operands, the first rows of which are equal."""
    return _operands
