import itertools

import pytest
import torch

from pyg_symm.causal.functions import HiddenLayer
from pyg_symm.causal.interventions import BoundedInterventions
from pyg_symm.causal.structure import StructuralModel
from pyg_symm.causal.worst_case import Predictors, maximise, squared_errors

LEVELS = 4  # Equally likely values of each noise.


def multilinear(table, x):
    """A function of bits, given by a table over all bits [2, ..., 2], for numbers in between."""
    value = table.new_zeros(x.shape[:-1])
    for bits in itertools.product([0, 1], repeat=x.size(-1)):
        weight = table.new_ones(x.shape[:-1])
        for i, bit in enumerate(bits):
            weight = weight * (x[..., i] if bit else 1 - x[..., i])
        value = value + weight * table[bits]
    return value


class Tables:
    """A table for each mutable column, of probabilities in training and of bits afterwards."""

    hard = False

    def __init__(self, model, batch, generator):
        self.logits = {
            j: 3 * torch.randn(batch, *[2] * len(model.parents[j]), generator=generator).double()
            for j in model.mutable
        }
        for value in self.logits.values():
            value.requires_grad_()

    def parameters(self):
        return list(self.logits.values())

    def settings(self):
        return {j: lambda given, j=j: self.mechanism(j, given) for j in self.logits}

    def mechanism(self, column, given):
        logits = self.logits[column]
        bits = (logits > 0).double() if self.hard else logits.sigmoid()
        table = bits.movedim(0, -1).unsqueeze(-1)  # [2, ..., 2, B, 1]
        return multilinear(table, given) if given.size(-1) else table.expand(-1, given.size(-2))


def binary_model(seed):
    """Y and X0 cause M1; Y, M1 cause X1; X1 causes M2; Y, M2, X1 cause X2."""
    generator = torch.Generator().manual_seed(seed)
    parents = [[], [], [0, 1], [0, 2], [3], [0, 3, 4]]  # Y, X0, M1, X1, M2, X2
    noise = torch.tensor(list(itertools.product(range(LEVELS), repeat=4))).double()
    values = torch.zeros(len(noise), 6).double()
    values[:, 0], values[:, 1] = (noise[:, 0] < 2).double(), (noise[:, 1] < 1).double()
    equations, columns = {}, torch.zeros_like(values)
    for place, column in ((2, 3), (3, 5)):
        shape = [2] * len(parents[column])
        cut = torch.randint(LEVELS + 1, shape, generator=generator).double()
        columns[:, column] = noise[:, place]
        equations[column] = lambda x, u, cut=cut: multilinear(
            (u < cut.unsqueeze(-1)).double().unsqueeze(-2), x
        )
    return StructuralModel(parents, [2, 4], 0, values, equations, columns)


def exact_predictor(model, subset):
    """The table of the mean of Y given some columns and what mutable ones are set to."""
    inputs = [*subset, *model.mutable]
    sums, counts = torch.zeros(2, *[2] * len(inputs)).double()
    rows = torch.arange(len(model.values))
    for bits in itertools.product([0.0, 1.0], repeat=len(model.mutable)):
        fixed = {
            j: lambda x, b=b: torch.full((1, x.size(-2)), b).double()
            for j, b in zip(model.mutable, bits, strict=True)
        }
        x = torch.stack([column[0] for column in model.simulate(rows, fixed)], -1)
        at = tuple(x[:, inputs].long().T)
        sums.index_put_(at, x[:, model.target], accumulate=True)
        counts.index_put_(at, torch.ones(len(x)).double(), accumulate=True)
    table = (sums / counts.clamp(min=1)).unsqueeze(-1).unsqueeze(-1)

    def predict(columns):
        return multilinear(table, torch.stack(torch.broadcast_tensors(*columns), -1)[..., inputs])

    return predict


class Fixed:
    def __init__(self, tables):
        self.tables = tables

    def settings(self):
        return {
            j: lambda x, t=t: multilinear(t.unsqueeze(-1).unsqueeze(-1), x)
            for j, t in self.tables.items()
        }


def exact_risk(model, predict):
    rows = torch.arange(len(model.values))
    risks = []
    for first in itertools.product([0.0, 1.0], repeat=4):
        for second in itertools.product([0.0, 1.0], repeat=2):
            tables = {2: torch.tensor(first).view(2, 2).double(), 4: torch.tensor(second).double()}
            risks.append(float(squared_errors(model, predict, rows, Fixed(tables)).mean()))
    return max(risks)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("subset", [(), (3,), (1, 5), (1, 3, 5)])
def test_tables_reach_the_exact_risk_and_never_more(seed, subset):
    model = binary_model(seed)
    predict = exact_predictor(model, subset)
    exact = exact_risk(model, predict)
    generator = torch.Generator().manual_seed(0)
    found = Tables(model, 32, generator)
    rows = torch.arange(len(model.values))
    maximise(model, predict, rows, found, generator, steps=60)
    found.hard = True
    reached = squared_errors(model, predict, rows, found).mean(-1)
    assert 0.99 * exact <= float(reached.max()) <= exact + 1e-9


def product_model(num=4000):
    """X is Y M plus noise, and M is mutable: Y, M, X."""
    noise = torch.randn(num, 2, generator=torch.Generator().manual_seed(0)).double()
    y, u = noise.T
    m = torch.linspace(-1.5, 1.5, num).double()
    values = torch.stack([y, m, y * m + u], 1)
    columns = torch.stack([torch.zeros(num).double(), torch.zeros(num).double(), u], 1)
    equations = {2: lambda x, noise: x[..., 0] * x[..., 1] + noise}
    return StructuralModel([[], [0], [0, 1]], [1], 0, values, equations, columns)


def test_networks_reach_the_exact_risk():
    # The predictor is x m / (1 + m^2), and its error for a given y is (y^2 + m^2) / (1 + m^2)^2 on
    # average. The worst m is 0 where y^2 > 1 / 2, and otherwise m^2 = 1 - 2 y^2.
    model = product_model()
    square = model.values[:, 0].square()
    inner = 1 / (4 * (1 - square.clamp(max=0.5)))
    exact = float(torch.where(square > 0.5, square, inner).mean())
    generator = torch.Generator().manual_seed(0)
    found = BoundedInterventions(model, 1.0, 4, 1, generator)
    rows = torch.arange(len(model.values))

    def predict(columns):
        return columns[2] * columns[1] / (1 + columns[1].square())

    reached = maximise(model, predict, rows, found, generator)
    assert 0.98 * exact < float(reached.max()) < 1.05 * exact
    assert exact > 1.08 * float(square.mean())  # Worse than not to use X.


def test_predictors_of_classes_and_restarts():
    linear = torch.tensor([[1.0, 0.0], [2.0, 3.0]])
    empty = torch.empty(2, 2, 0)
    functions = HiddenLayer(empty, empty[:, 0], empty[:, 0], linear, torch.tensor([0.0, 1.0]))
    predict = Predictors(functions, [2, 0], restarts=3)
    columns = [torch.randn(1, 5), torch.randn(1, 5), torch.randn(6, 5)]
    found = predict(columns)
    for k in range(3):
        torch.testing.assert_close(found[2 * k], columns[2][2 * k])
        expected = 2 * columns[2][2 * k + 1] + 3 * columns[0][0] + 1
        torch.testing.assert_close(found[2 * k + 1], expected)


def test_without_mutable_columns_there_is_nothing_to_train():
    values = torch.randn(10, 2)
    model = StructuralModel([[], [0]], [], 0, values, {}, torch.zeros(10, 2))
    empty = torch.empty(1, 1, 0)
    functions = HiddenLayer(empty, empty[0], empty[0], torch.ones(1, 1), torch.zeros(1))
    generator = torch.Generator().manual_seed(0)
    found = BoundedInterventions(model, 1.0, 2, 1, generator)
    rows = torch.arange(10)
    reached = maximise(model, Predictors(functions, [1], 2), rows, found, generator)
    expected = (values[:, 0] - values[:, 1]).square().mean().expand(2)
    torch.testing.assert_close(reached, expected)
