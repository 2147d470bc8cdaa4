import pytest
import torch

from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.aggr import TreePlan

_SIZES = [
    [],
    [0],
    [1],
    [0, 0, 0],
    [1, 1, 1],
    [2, 3],
    [7, 0, 1, 4],
    list(range(71)),
    [5] * 9,
    [64, 63, 65, 1, 0, 31, 33],
    [300, *[1] * 50, 0, 2],
]


def _plan_of(sizes):
    return TreePlan.from_ptr(torch.tensor([0, *sizes]).cumsum(0))


def _features(plan, channels=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(plan.num_elements, channels, generator=generator)


def _mix(left, right):
    return torch.tanh(0.7 * left - 1.3 * right + 0.1)


def _build_lcm(op="gru", channels=6, **kwargs):
    aggr = LCMAggregation(channels, channels, op=op, **kwargs)
    for parameter in aggr.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return aggr


def _ragged(channels=6, num_elements=60, num_sets=9):
    return torch.randn(num_elements, channels), torch.randint(num_sets, (num_elements,))


@pytest.fixture(params=_SIZES, ids=str)
def sizes(request):
    """Sizes of sets, none at all included."""
    return request.param


@pytest.fixture(params=_SIZES[1:], ids=str)
def some_sizes(request):
    """Sizes of one set or more."""
    return request.param


@pytest.fixture
def plan_of():
    """Makes the plan of sets of some sizes."""
    return _plan_of


@pytest.fixture
def features():
    """Makes random features of a plan's elements, from a seed."""
    return _features


@pytest.fixture
def mix():
    """Neither commutative nor associative: any other tree gives another result."""
    return _mix


@pytest.fixture
def build_lcm():
    """Makes an aggregation by an operator, with every parameter moved from its start."""
    return _build_lcm


@pytest.fixture
def ragged():
    """Makes random features, and for each the set that it is in, in no order."""
    return _ragged
