import copy

import pytest
import torch
from torch import nn

from pyg_symm.weights import declare_spec, mlp_spec
from pyg_symm.weights.features.merging import Merger, check_beta, merge_features

TINY = 1e-12


def error_of(model, other, x):
    with torch.no_grad():
        return float((model(x) - other(x)).norm() / other(x).norm())


def assert_recovers(model, spec, wide, wide_spec, x, **options):
    result = merge_features(wide, wide_spec, TINY, **options)
    assert result.widths == spec.classes
    assert sum(len(u) for g in result.groups.values() for u in g) == sum(wide_spec.classes.values())
    out, tol = model(x), 1e-10 if x.dtype == torch.double else 1e-5
    torch.testing.assert_close(result.model(x), out, atol=tol, rtol=tol)
    return result


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.GELU, nn.LeakyReLU])
def test_split_units_are_found_by_what_writes_them(mlp, widen, copied, activation, dtype):
    model, spec = mlp((5, 8, 7, 3), activation)
    sources = {"h0": copied(8, 1, 1, 4), "h1": copied(7, 0, 6)}
    wide, wide_spec = widen(model, spec, sources)
    x = torch.randn(20, 5)
    torch.testing.assert_close(wide(x), model(x))
    result = assert_recovers(model, spec, wide, wide_spec, x, distance="incoming")
    assert [1, 8, 9] in result.groups["h0"] and [4, 10] in result.groups["h0"]
    assert max(merge.bound for merge in result.path) < 1e-6


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_equal_shares_are_found_by_both(mlp, widen, copied, activation, dtype):
    model, spec = mlp((5, 8, 7, 3), activation)
    wide, wide_spec = widen(model, spec, {"h0": copied(8, 1, 4), "h1": copied(7, 0)}, equal=True)
    assert_recovers(model, spec, wide, wide_spec, torch.randn(20, 5))


def test_the_published_scheme_is_exact_for_relu_only(mlp, widen, copied):
    errors = {}
    for activation in (nn.ReLU, nn.Tanh):
        model, spec = mlp((5, 8, 7, 3), activation)
        model, x = model.double(), torch.randn(20, 5).double()
        sources = {"h0": copied(8, 1, 4), "h1": copied(7, 0)}
        wide, wide_spec = widen(model, spec, sources, equal=True)
        result = merge_features(wide, wide_spec, 1e-9, preset="paper")
        assert result.widths == spec.classes
        errors[activation] = error_of(result.model, model, x)
    assert errors[nn.ReLU] < 1e-10 and errors[nn.Tanh] > 1e-3


def test_batch_norms_are_exact_and_published_ones_are_not(cnn, widen, dtype):
    model, spec = cnn()
    twice, four = torch.tensor([*range(6), 2]), torch.tensor([*range(5), 3, 3, 3])
    wide, wide_spec = widen(model, spec, {"a": twice, "b": four}, equal=True)
    x = torch.randn(4, 1, 8, 8)
    result = assert_recovers(model, spec, wide, wide_spec, x, distance="incoming")
    assert (result.model[1].num_features, result.model[3].in_channels) == (6, 6)
    paper = merge_features(wide, wide_spec, 1e-5, preset="paper")
    assert paper.widths == spec.classes
    assert error_of(paper.model, model, x) > 0.05


def test_nothing_is_merged_at_zero(cnn, mlp):
    for model, spec in (cnn(), mlp()):
        for preset in ("ward", "paper"):
            result = merge_features(model, spec, 0.0, preset=preset)
            assert result.widths == spec.classes and len(result.path) == 0
            for a, b in zip(
                result.model.state_dict().values(), model.state_dict().values(), strict=True
            ):
                assert torch.equal(a, b)


def test_thresholds_cut_one_path(mlp):
    model, spec = mlp((5, 32, 24, 3))
    merger = Merger(model, spec)
    path = merger.path()
    assert path.widths(1e9) == {"h0": 1, "h1": 1}
    before = spec.classes
    for beta in (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0):
        result = merge_features(model, spec, beta)
        assert list(result.path) == path[: len(result.path)]
        assert result.groups == path.groups(beta)
        assert all(result.widths[name] <= before[name] for name in before)
        before = result.widths
        assert [m.height for m in result.path] == sorted(m.height for m in result.path)
        for name, groups in result.groups.items():
            assert sorted(i for units in groups for i in units) == list(range(spec.classes[name]))


@pytest.mark.parametrize("preset", ["ward", "paper"])
def test_renumbered_networks_have_the_same_groups(mlp, preset):
    model, spec = mlp((5, 24, 24, 3))
    p = spec.random(torch.Generator().manual_seed(3))
    other = copy.deepcopy(model)
    other.load_state_dict(spec.apply(model.state_dict(), p))
    beta = 0.4 if preset == "ward" else 0.3
    one = merge_features(model, spec, beta, preset=preset)
    two = merge_features(other, spec, beta, preset=preset)
    assert sum(one.widths.values()) < 48
    for name in spec.classes:
        renamed = {frozenset(p[name][list(units)].tolist()) for units in two.groups[name]}
        assert renamed == {frozenset(units) for units in one.groups[name]}


def test_merged_networks_stay_close(mlp):
    model, spec = mlp((5, 32, 3))
    x = torch.randn(200, 5)
    result = merge_features(model, spec, 0.2)
    assert 1 < result.widths["h0"] < 32
    change = (result.model(x) - model(x)).norm(dim=1)
    bound = sum(merge.bound for merge in result.path)
    inputs = torch.cat([x, torch.ones(200, 1)], dim=1).norm(dim=1)
    assert (change <= bound * inputs).all() and change.max() > 0


def test_models_stay_as_they_are(cnn):
    model, spec = cnn()
    before = copy.deepcopy(model.state_dict())
    result = merge_features(model, spec, 0.5)
    assert sum(result.widths.values()) < sum(spec.classes.values())
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert not result.model.training and result.model[0].weight.requires_grad


def test_dead_units_are_told_apart(mlp):
    model, spec = mlp((5, 16, 12, 3))
    with torch.no_grad():
        model[0].weight[[2, 5]] = 0
        model[4].weight[:, 7] = 0
    result = merge_features(model, spec, 1e-3)
    assert result.dead == {"h0": [2, 5], "h1": [7]}


def test_half_precision_is_kept(mlp):
    model, spec = mlp((5, 16, 12, 3))
    result = merge_features(model.to(torch.bfloat16), spec, 0.3)
    assert {t.dtype for t in result.model.state_dict().values()} == {torch.bfloat16}
    assert sum(result.widths.values()) < 28


@pytest.mark.parametrize("beta", [-0.1, 1.1, float("nan"), "0.1", True, None])
def test_thresholds_are_checked(mlp, beta):
    with pytest.raises(ValueError, match="'beta' must be between 0 and 1 .got"):
        merge_features(*mlp(), beta)
    with pytest.raises(ValueError, match="'betas'"):
        check_beta(beta, "betas")


def test_options_are_checked(mlp):
    with pytest.raises(ValueError, match="'preset' must be one of .*'best'"):
        merge_features(*mlp(), 0.1, preset="best")
    with pytest.raises(ValueError, match="'distance' must be one of .*'far'"):
        merge_features(*mlp(), 0.1, distance="far")


def test_wrong_models_are_named(mlp):
    model, spec = mlp()
    with pytest.raises(ValueError, match="'0.weight' has shape"):
        merge_features(model, mlp_spec([5, 9, 7, 3]), 0.1)
    with pytest.raises(ValueError, match="'6.bias', '6.weight'"):
        merge_features(model, mlp_spec([5, 8, 7, 3, 2]), 0.1)
    with pytest.raises(ValueError, match="'4.weight' is not covered"):
        merge_features(model, mlp_spec([5, 8, 7]), 0.1)
    model[2].weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match="'2.weight' holds NaN"):
        merge_features(model, spec, 0.1)


def test_a_layer_norm_is_refused_by_name():
    model = nn.Sequential(nn.Linear(3, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2))
    axes = {"0.weight": ["h", None], "?.bias": ["h"], "1.*": ["h"], "3.weight": [None, "h"]}
    spec = declare_spec(model.state_dict(), {"3.bias": [None], **axes})
    with pytest.raises(ValueError, match="tensor '1.weight'.*statistics.*spec.freeze.'h'"):
        merge_features(model, spec, 0.1)
    assert merge_features(model, spec.freeze("h"), 0.1).widths == {}
