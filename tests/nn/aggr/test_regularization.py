import copy

import pytest
import torch

from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.aggr import associativity_loss, commutativity_loss, regularization
from pyg_symm.nn.aggr.regularization import Regularized, relative_error, sample_nodes


def rows(num=40, channels=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num, channels, generator=generator)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# The losses -----------------------------------------------------------------


@pytest.mark.parametrize("op", [torch.maximum, torch.minimum, torch.logaddexp])
def test_monoids_lose_nothing(op, tol):
    assert associativity_loss(op, rows(), generator=seeded()) < tol**2 / 10
    assert commutativity_loss(op, rows(), generator=seeded()) == 0


def test_value_of_the_mean_by_hand():
    # (a ~ b) ~ c = (a + b + 2c) / 4 and a ~ (b ~ c) = (2a + b + c) / 4 differ by (c - a) / 4.
    x = torch.tensor([[-1.0], [1.0]])
    loss = associativity_loss(lambda a, b: (a + b) / 2, x, 200_000, seeded())
    # For independent signs: E (c - a)^2 / 16 = 2 / 16, E (a + b + 2c)^2 / 16 = 6 / 16.
    assert loss.item() == pytest.approx(1 / 3, rel=0.02)


def test_value_of_a_difference_by_hand():
    # a - b = -(b - a): the error is four times the scale.
    assert commutativity_loss(torch.sub, rows()).item() == pytest.approx(4.0)


def test_losses_do_not_depend_on_scale():
    def op(a, b):
        return (a + b) / 2

    one, other = (associativity_loss(op, s * rows(), generator=seeded()) for s in (1.0, 1e3))
    torch.testing.assert_close(one, other)


def test_shrinking_the_state_does_not_lower_the_loss():
    scale = torch.tensor(2.0, requires_grad=True)
    associativity_loss(lambda a, b: scale * (a + b) / 2, rows(), generator=seeded()).backward()
    free = scale.grad.clone()
    assert free.isfinite() and free != 0
    # The denominator takes no gradient: the derivative is that of the numerator over a constant.
    assert relative_error(rows(), 0 * rows()).item() == pytest.approx(2.0)
    x = rows().requires_grad_()
    relative_error(x, torch.zeros_like(x)).backward()
    expected = 2 * x.detach() / x.numel() / (x.detach().square().mean() / 2)
    torch.testing.assert_close(x.grad, expected)


def test_generator_decides():
    def op(a, b):
        return (a * b).tanh() + a

    losses = [associativity_loss(op, rows(), 8, seeded(s)) for s in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("loss", [associativity_loss, commutativity_loss])
def test_no_rows(loss):
    x = torch.empty(0, 6, requires_grad=True)
    value = loss(torch.sub, x)
    assert value == 0
    value.backward()


def test_zero_rows_divide_by_nothing():
    assert associativity_loss(lambda a, b: (a + b) / 2, 0 * rows()) == 0


# Nodes ----------------------------------------------------------------------


def test_nodes_come_evenly_from_all_levels():
    levels = [torch.full((n, 1), float(i)) for i, n in enumerate([1000, 10, 0, 1])]
    nodes = sample_nodes(levels, 300, seeded())
    assert nodes.shape == (300, 1)
    assert nodes.flatten().long().bincount().tolist() == [100, 100, 0, 100]
    assert not torch.equal(nodes, nodes.sort(dim=0).values)


def test_no_nodes():
    with pytest.raises(ValueError, match="'levels' must hold a row"):
        sample_nodes([torch.empty(0, 3)], 5)


# Collecting -----------------------------------------------------------------


class Layer(Regularized):
    def __init__(self, value):
        super().__init__()
        self.value = torch.nn.Parameter(torch.tensor(value))

    def forward(self):
        self._penalty = 2 * self.value


def test_sum_over_a_model():
    one, two = Layer(1.0), Layer(10.0)
    model = torch.nn.ModuleList([one, torch.nn.Sequential(two), one, torch.nn.Linear(2, 2)])
    one(), two()
    loss = regularization(model)
    assert loss == 22.0  # A module that occurs twice counts once.
    loss.backward()
    assert one.value.grad == 2.0
    assert regularization(model) == 0.0  # Cleared.


def test_models_without_terms():
    assert regularization(torch.nn.Linear(2, 2)) == 0.0
    assert regularization(LCMAggregation(3, 3)) == 0.0


def test_only_the_last_pass_counts():
    layer = Layer(1.0)
    layer(), layer()
    assert layer.regularization() == 2.0


def test_copies_leave_the_term_behind():
    layer = Layer(1.0)
    layer()
    assert copy.deepcopy(layer).regularization() == 0.0
    assert layer.regularization() == 2.0


def test_trained_loss_lowers_the_order_sensitivity_of_a_learned_operator():
    torch.manual_seed(0)
    x, index = rows(400), torch.arange(40).repeat_interleave(10)

    def sensitivity(aggr):
        shuffle = torch.randperm(400, generator=seeded())
        with torch.no_grad():
            out, other = aggr(x, index), aggr(x[shuffle], index[shuffle])
        return ((out - other).norm() / out.norm()).item()

    aggr = LCMAggregation(6, 6, project=False, assoc_weight=1.0)
    before = sensitivity(aggr)
    optimizer = torch.optim.Adam(aggr.parameters(), lr=1e-2)
    for _ in range(200):
        aggr(x, index)
        optimizer.zero_grad()
        regularization(aggr).backward()
        optimizer.step()
    assert sensitivity(aggr) < before / 2
