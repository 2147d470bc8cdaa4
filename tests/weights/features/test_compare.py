import math

import torch

from pyg_symm.weights import prune_features
from pyg_symm.weights.features import Merger
from pyg_symm.weights.features.compare import METHODS, PRUNING, compare_sizes, count_parameters


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_parameters_are_counted_without_a_network(cnn):
    model, spec = cnn()
    merger = Merger(model, spec)
    for beta in (0.0, 0.3, 1.0):
        groups = merger.path().groups(beta)
        widths = {name: len(units) for name, units in groups.items()}
        assert count_parameters(model, spec, widths) == count(merger.build(groups))


def test_ways_are_compared_at_equal_sizes(mlp):
    model, spec = mlp((5, 20, 16, 3))
    seen = []

    def evaluate(network):
        seen.append(network)
        return float(count(network))

    shares = [1.0, 0.6, 0.3, 0.01]
    values = compare_sizes(model, spec, shares, evaluate)
    assert list(values) == [*METHODS, PRUNING]
    for found in values.values():
        assert found[0] == count(model) and math.isnan(found[3])
        for share, number in zip(shares[1:3], found[1:3], strict=True):
            assert 0 < number <= share * count(model) < number + 45  # A unit has 37 at most.
    assert values["ward"][:3] == values[PRUNING][:3]


def test_pruned_networks_have_the_widths_of_merged_ones(mlp):
    model, spec = mlp((5, 20, 16, 3))
    x = torch.randn(30, 5)

    def evaluate(network):
        with torch.no_grad():
            return float(network(x).square().sum())

    values = compare_sizes(model, spec, [0.5], evaluate)
    merger = Merger(model, spec)
    path = merger.path()
    beta = next(
        m.height for m in path if count(merger.build(path.groups(m.height))) <= 0.5 * count(model)
    )
    assert math.isclose(values["ward"][0], evaluate(merger.build(path.groups(beta))), rel_tol=1e-5)
    pruned = prune_features(model, spec, path.widths(beta))
    assert math.isclose(values[PRUNING][0], evaluate(pruned), rel_tol=1e-5)
