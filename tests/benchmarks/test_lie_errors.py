import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import lie_errors

from pyg_symm.groups import SL, GLPlus

of_groups = pytest.mark.parametrize("group", [SL(2), GLPlus(2)], ids=str)


@of_groups
def test_elements_are_at_a_distance_from_the_identity(group):
    h = lie_errors.element(group, 0.3, torch.Generator().manual_seed(0))
    y, rotation = group.to_chart(h)
    assert float(y.norm()) == pytest.approx(0.3)
    assert float(torch.atan2(rotation[1, 0], rotation[0, 0]).abs()) == pytest.approx(0.3)


@of_groups
def test_errors_of_lifting_fall_with_the_resolution_and_the_distance(group):
    over_sizes = [lie_errors.lifting_error(group, size, 0.2, draws=3) for size in (5, 11, 25)]
    assert over_sizes == sorted(over_sizes, reverse=True) and over_sizes[-1] < 0.1
    over_distances = [lie_errors.lifting_error(group, 15, d, draws=3) for d in (0.0, 0.02, 0.4)]
    assert over_distances[0] < 1e-12 and over_distances == sorted(over_distances)


@of_groups
def test_errors_of_the_group_convolution_fall_with_samples(group):
    errors = [lie_errors.group_error(group, num, 0.2, draws=6) for num in (8, 40, 200)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.5 * errors[0]


def test_the_figure_has_all_curves(tmp_path):
    parts = ["lifting, pixels", "lifting, kernel size 5", "group, samples"]
    rows = [
        {"part": part, "group": group, "at": at, "error": 1 / at}
        for part in parts
        for group in lie_errors.GROUPS
        for at in (2, 3)
    ]
    lie_errors.draw(rows, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
