import pytest
import torch

from pyg_symm.nn import LCMAggregation


def _lcm(channels):
    return LCMAggregation(channels, channels, op="lse")


@pytest.fixture
def lcm():
    """Makes an aggregation of some width."""
    return _lcm


@pytest.fixture
def edges():
    """Two paths, node 6 alone."""
    return torch.tensor([[0, 1, 1, 2, 3, 4, 4, 5], [1, 0, 2, 1, 4, 3, 5, 4]])
