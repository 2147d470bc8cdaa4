import math

import pytest
import torch

from pyg_symm.weights import merge_features
from pyg_symm.weights.features.complexity import feature_complexity

BETAS = [0.4, 0.0, 0.2, 0.1]


@pytest.mark.parametrize("preset", ["ward", "paper"])
def test_curves_are_those_of_single_merges(mlp, preset):
    model, spec = mlp((5, 24, 20, 3))
    x = torch.randn(10, 5)
    expected = model(x)

    @torch.no_grad()
    def evaluate(merged):
        return float((merged(x) - expected).square().mean())

    result = feature_complexity(model, spec, BETAS, preset=preset, evaluate=evaluate)
    assert result.betas == sorted(BETAS) and result.values[0] == 0
    for i, beta in enumerate(result.betas):
        merged = merge_features(model, spec, beta, preset=preset)
        assert {name: widths[i] for name, widths in result.widths.items()} == merged.widths
        assert result.parameters[i] == sum(p.numel() for p in merged.model.parameters())
        assert math.isclose(result.values[i], evaluate(merged.model), rel_tol=1e-6)
    assert result.parameters[-1] < result.original == result.parameters[0]


def test_areas_are_means_over_thresholds(mlp):
    model, spec = mlp((5, 24, 20, 3))
    result = feature_complexity(model, spec, [0.0, 0.2, 0.6])
    a, b, c = result.relative["h0"]
    assert math.isclose(result.area["h0"], (0.2 * (a + b) / 2 + 0.4 * (b + c) / 2) / 0.6)
    assert feature_complexity(model, spec, [0.0]).area == {"h0": 1.0, "h1": 1.0}


def test_tables_and_plain_numbers(mlp):
    model, spec = mlp()
    with torch.no_grad():
        model[0].weight[3] = 0
    result = feature_complexity(model, spec, [0.0, 0.3], evaluate=lambda m: 0.5)
    lines = result.table().splitlines()
    assert lines[0].split() == "| beta | h0 | h1 | parameters | of the original | value |".split()
    assert lines[2].split()[:6] == ["|", "0", "|", "8", "|", "7"] and "0.5000" in lines[3]
    assert result.to_dict()["dead"] == {"h0": 1, "h1": 0}
    assert set(result.to_dict()) >= {"betas", "widths", "parameters", "relative", "area", "values"}


@pytest.mark.parametrize("betas", [[], [0.1, 1.5], [float("nan")]])
def test_thresholds_are_checked(mlp, betas):
    with pytest.raises(ValueError, match="'betas' must"):
        feature_complexity(*mlp(), betas)
