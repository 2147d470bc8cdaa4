import pytest
import torch

from pyg_symm.nn import EquivariantLinear
from pyg_symm.utils import TuplePlan


def _plan_of(sizes):
    return TuplePlan.from_ptr(torch.tensor([0, *sizes]).cumsum(0))


def _rows(plan, order):
    return (plan.num_sets, plan.num_nodes, plan.num_pairs)[order]


def _features(plan, order, channels=3, **kwargs):
    return torch.randn(_rows(plan, order), channels, **kwargs)


def _per_set(x, sizes, order):
    return x.split([m**order for m in sizes])


def _layer(p, q, aggr="mean", bias=True, channels=(3, 4)):
    lin = EquivariantLinear(*channels, p, q, bias, aggr)
    if bias:
        torch.nn.init.normal_(lin.lin.bias)
    return lin


@pytest.fixture
def sizes():
    """Sizes of sets, some of them empty."""
    return [3, 0, 1, 7, 2, 5, 0, 6, 4, 1]


@pytest.fixture
def plan_of():
    """Makes the plan of sets of some sizes."""
    return _plan_of


@pytest.fixture
def rows():
    """Counts the rows of features of some order."""
    return _rows


@pytest.fixture
def features():
    """Makes random features of some order."""
    return _features


@pytest.fixture
def per_set():
    """Splits features of some order into those of each set."""
    return _per_set


@pytest.fixture
def layer():
    """Makes a layer with a bias that is not zero, as it is at the start."""
    return _layer
