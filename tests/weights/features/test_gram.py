import math

import pytest
import torch

from pyg_symm.weights.features.gram import BUFFER, WardGram


def ward(groups, rows):
    """The cost of every pair of groups, by definition."""
    means = torch.stack([rows[units].mean(dim=0) for units in groups])
    c = torch.tensor([float(len(units)) for units in groups])
    factor = 2 * c * c[:, None] / (c + c[:, None])
    return factor * torch.cdist(means, means).square()


def test_costs_of_single_units_are_squared_distances(float64):
    rows = torch.randn(7, 5)
    gram = WardGram([rows[:, :2], rows[:, 2:]], torch.ones(7))
    expected = torch.cdist(rows, rows).square()
    off = ~torch.eye(7, dtype=torch.bool)
    costs = gram.costs(torch.arange(7))
    torch.testing.assert_close(costs[off], expected[off])
    assert costs.diagonal().isinf().all()
    assert math.isclose(gram.largest, float(expected.max()))
    assert gram.settled and math.isclose(gram.lower, float(expected[off].min()))


def test_costs_stay_right_while_units_merge(float64):
    rows = torch.randn(12, 5)
    gram = WardGram([rows], torch.ones(12))
    groups = {i: [i] for i in range(12)}
    for _ in range(11):
        while not gram.settled:
            gram.refresh()
        costs = ward(list(groups.values()), rows).fill_diagonal_(math.inf)
        assert math.isclose(gram.lower, float(costs.min()), rel_tol=1e-9)
        first, second = sorted((gram.row, int(gram.partners[gram.row])))
        groups[first] += groups.pop(second)
        gram.merge(first, second)
    assert gram.settled and math.isinf(gram.lower) and sorted(groups[0]) == list(range(12))


@pytest.mark.parametrize("columns", [1, 3, BUFFER + 1])
def test_columns_are_taken_out_and_bounds_stay_below(float64, columns):
    rows = torch.randn(9, 2 * BUFFER + 10)
    gram, left = WardGram([rows], torch.ones(9)), rows
    gram.merge(2, 5)
    merged = rows.clone()
    merged[2] = (rows[2] + rows[5]) / math.sqrt(2)
    while left.size(1) > columns + 1:
        part, left = left[:, :columns].clone(), left[:, columns:]
        part[2], part[5] = (part[2] + part[5]) / math.sqrt(2), 0
        gram.subtract([part])
        rest = torch.cat([merged[:5, -left.size(1) :], merged[6:, -left.size(1) :]])
        counts = torch.tensor([1.0, 1, 2, 1, 1, 1, 1, 1])
        means = rest / counts.sqrt()[:, None]
        costs = torch.cdist(means, means).square()
        costs *= 2 * counts * counts[:, None] / (counts + counts[:, None])
        costs.fill_diagonal_(math.inf)
        bounds = torch.cat([gram.bounds[:5], gram.bounds[6:]])
        assert (bounds <= costs.min(dim=1).values + 1e-9).all()
        while not gram.settled:
            gram.refresh()
        assert math.isclose(gram.lower, float(costs.min()), rel_tol=1e-9)


def test_units_merge_within_their_part_only(float64):
    rows = torch.randn(6, 3)
    gram = WardGram([rows], torch.ones(6), torch.tensor([0, 0, 0, 1, 1, 1]))
    costs = gram.costs(torch.arange(6))
    assert costs[:3, 3:].isinf().all() and costs[3:, :3].isinf().all()
    assert math.isclose(gram.largest, float(costs[costs.isfinite()].max()))


def test_many_equal_units_end():
    gram = WardGram([torch.zeros(40, 3, dtype=torch.double)], torch.ones(40))
    gram.subtract([torch.zeros(40, 1, dtype=torch.double)])
    for _ in range(39):
        while not gram.settled:
            gram.refresh()
        assert gram.lower == 0
        gram.merge(*sorted((gram.row, int(gram.partners[gram.row]))))
    assert math.isinf(gram.lower)
