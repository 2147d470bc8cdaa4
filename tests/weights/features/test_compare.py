import math

import torch

from pyg_symm.weights import feature_complexity, prune_features
from pyg_symm.weights.features.compare import METHODS, PRUNING, SizeCurve, compare_sizes


def test_values_lie_between_those_of_networks():
    curve = SizeCurve([1.0, 0.5, 0.2], [0.9, 0.8, 0.2])
    assert curve.at(1.0) == 0.9 and math.isclose(curve.at(0.75), 0.85)
    assert math.isclose(curve.at(0.35), 0.5) and math.isnan(curve.at(0.1))


def test_ways_are_compared_on_networks_of_their_own(mlp):
    model, spec = mlp((5, 20, 16, 3))
    x = torch.randn(30, 5)
    target = model(x)

    @torch.no_grad()
    def evaluate(network):
        return float((network(x) - target).square().mean())

    betas = [0.0, 0.2, 0.4]
    merged, sizes = compare_sizes(model, spec, betas, evaluate)
    assert list(merged) == list(METHODS) and list(sizes) == [*METHODS, PRUNING]
    ward = feature_complexity(model, spec, betas, evaluate=evaluate)
    assert merged["ward"] == ward and sizes["ward"].values == ward.values
    assert sizes[PRUNING].shares == sizes["ward"].shares
    pruned = prune_features(model, spec, {n: w[2] for n, w in ward.widths.items()})
    assert math.isclose(sizes[PRUNING].values[2], evaluate(pruned), rel_tol=1e-6)
    paper = feature_complexity(model, spec, betas, preset="paper", evaluate=evaluate)
    assert sizes["paper"].values == paper.values
