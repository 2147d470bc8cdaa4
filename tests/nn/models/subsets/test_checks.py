import pytest
import torch

from pyg_symm.nn.models.subsets import Elements
from pyg_symm.nn.models.subsets.checks import (
    check_finite,
    check_labels,
    check_probabilities,
    sizes_to_select,
)

SETS = Elements(torch.randn(5, 2), torch.tensor([0, 0, 2, 2, 2]), 3)


def test_sizes():
    assert sizes_to_select(0, SETS).tolist() == [0, 0, 0]
    assert sizes_to_select(torch.tensor([2, 0, 3]), SETS).tolist() == [2, 0, 3]


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: sizes_to_select(1, SETS), r"'k' must be in 0..0 for set 1 \(got 1\)"),
        (lambda: sizes_to_select(torch.tensor([0, 0, -1]), SETS), r"for set 2 \(got -1\)"),
        (
            lambda: sizes_to_select(torch.zeros(2), SETS),
            r"one for each of 3 sets \(got shape \[2\]",
        ),
        (
            lambda: check_labels(torch.tensor([0, 1, 1, 0.5, 0]), SETS),
            r"'y' must be .* \(got 0.5\)",
        ),
        (lambda: sizes_to_select(1.5, SETS), r"'k' must be whole numbers \(got 1.5\)"),
        (lambda: check_labels(torch.zeros(5, 1), SETS), r"'y' must have shape \[5\]"),
        (lambda: check_probabilities(torch.full((5,), torch.nan), SETS), r"'q' must be in 0..1"),
        (lambda: check_finite(torch.tensor([0.0, torch.inf])), "'x' must be finite"),
    ],
)
def test_bad_values(check, message):
    with pytest.raises(ValueError, match=message):
        check()
