import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))

from lora_tasks import LENGTH, TASKS, VALUES, Transformer, accuracies, draw, train  # noqa: E402


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("task", range(len(TASKS)))
def test_tasks_have_tokens_of_their_own(task):
    tokens, values = draw(task, 50, generator(), renamed=False)
    start = task * (VALUES + 1)
    assert (tokens[:, 0] == start).all()
    assert tokens[:, 1:].min() > start and tokens.max() <= start + VALUES
    assert tokens.shape == (50, 1 + LENGTH) and values.shape == (50, LENGTH)
    moved = (tokens[:, 1:] - start - 1).sort(1).values
    assert torch.equal(moved, values.sort(1).values)


@pytest.mark.parametrize("task", range(len(TASKS)))
def test_half_of_the_values_are_renamed(task):
    _, before = draw(task, 500, generator(), renamed=False)
    _, after = draw(task, 500, generator(), renamed=True)
    pairs = torch.stack([before.flatten(), after.flatten()]).unique(dim=1)
    assert pairs.size(1) == VALUES and pairs[1].unique().numel() == VALUES
    assert int((pairs[0] != pairs[1]).sum()) == VALUES // 2


def test_training_lowers_the_loss_and_accuracies_are_shares():
    torch.manual_seed(0)
    model = Transformer(16)
    before = accuracies(model, seed=1, num=200)
    train(model, [0, 1, 2], 60, generator(), lr=1e-2, renamed=True)
    after = accuracies(model, seed=1, num=200)
    assert len(after) == 3 and all(0 <= share <= 1 for share in after)
    assert sum(after) > sum(before)
