import pytest
import torch

from pyg_symm.tasks.draws import merge_draws, takes_draws


class Drawing(torch.nn.Module):
    resample = True

    def forward(self, x, generator=None):
        return x


def test_networks_that_draw():
    model = Drawing()
    assert takes_draws(model) and not takes_draws(torch.nn.Linear(2, 2))
    model.resample = False
    assert not takes_draws(model)


def test_mean_and_deviation():
    found = {"a/e_0": 1.0, "a/e_1": 2.0, "a/e_2": 6.0, "a/loss": 5.0, "b/e": 4.0, "n": 7.0}
    merged = merge_draws(found, "e", 3)
    assert merged["a/e"] == 3 and merged["a/e_std"] == pytest.approx(7**0.5)
    assert merged["a/loss"] == 5 and merged["b/e"] == 4 and merged["n"] == 7 and len(merged) == 5
    assert merge_draws(found, "e", 0) == found and "a/e_0" in found
    assert merge_draws({"a/e_0": 2.0}, "e", 1) == {"a/e": 2.0, "a/e_std": 0.0}
