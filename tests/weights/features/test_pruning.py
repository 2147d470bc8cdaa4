import pytest
import torch

from pyg_symm.weights import HeadGroup, PermutationSpec
from pyg_symm.weights.features.pruning import prune_features


def test_the_least_units_are_left_out(mlp, float64):
    model, spec = mlp()
    rows, columns = model[0].weight.norm(dim=1), model[2].weight.norm(dim=0)
    kept = (rows * columns).topk(5).indices.sort().values
    small = prune_features(model, spec, {"h0": 5})
    assert torch.equal(small[0].weight, model[0].weight[kept])
    assert torch.equal(small[2].weight, model[2].weight[:, kept])
    assert torch.equal(small[4].weight, model[4].weight)
    assert small(torch.randn(2, 5)).shape == (2, 3)


def test_units_that_nothing_reads_make_no_difference(cnn):
    model, spec = cnn()
    with torch.no_grad():
        model[3].weight[:, [1, 4]] = 0
    small = prune_features(model, spec, {"a": 4})
    x = torch.randn(3, 1, 8, 8)
    torch.testing.assert_close(small(x), model(x))
    assert small[0].out_channels == small[1].num_features == small[3].in_channels == 4


def test_norms_count_for_the_magnitude(cnn):
    model, spec = cnn()
    with torch.no_grad():
        model[1].weight[2] = 0
        model[1].bias[2] = 0
        model[0].weight[2] *= 100
    small = prune_features(model, spec, {"a": 5})
    x = torch.randn(3, 1, 8, 8)
    torch.testing.assert_close(small(x), model(x))


def test_heads_keep_equal_widths(mlp):
    model, spec = mlp((5, 8, 3))
    spec = PermutationSpec(spec.axes, groups=(HeadGroup(2, ("h0",)),))
    with torch.no_grad():
        model[0].weight[:4] *= 10
    small = prune_features(model, spec, {"h0": 4})
    assert sum(bool((model[0].weight[:4] == row).all(dim=1).any()) for row in small[0].weight) == 2


@pytest.mark.parametrize("widths", [{"h0": 0}, {"h0": 9}, {"x": 2}])
def test_widths_are_checked(mlp, widths):
    with pytest.raises(ValueError, match="'widths'"):
        prune_features(*mlp(), widths)
