"""LEGO's identities, in float32 and float64."""

import math

import pytest
import torch

from pyg_symm.weights.lora import Adapter, lego_merge, svd_merge
from pyg_symm.weights.lora.clustering import FREE, GEOMETRIES
from pyg_symm.weights.lora.representatives import represented

PRESETS = ("paper", "gauge")


def shuffled(adapter, seed):
    generator = torch.Generator().manual_seed(seed)
    modules = {}
    for name, (a, b, scaling) in adapter.items():
        order = torch.randperm(len(a), generator=generator)
        modules[name] = (a[order], b[:, order], scaling)
    return Adapter(modules)


def gauged(a, b):
    t = torch.linspace(-2, 3, len(a), dtype=a.dtype).unsqueeze(1)
    return a * t, b / t.T


def as_double(adapter):
    return {name: adapter.delta(name).double() for name in adapter}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("semantics", ["mean", "sum"])
def test_every_unit_by_itself_gives_the_sum(make, total, close, dtype, preset, semantics):
    adapters = [
        make(seed, rank=rank, scaling=0.7, dtype=dtype) for seed, rank in enumerate((3, 4, 5))
    ]
    weights = [1.0, -0.4, 2.0]
    expected = total(adapters, weights)
    options = {"preset": preset, "semantics": semantics, "weights": weights}
    close(lego_merge(adapters, 12, output_reweight="none", **options), expected)
    reweighted = {name: math.sqrt(4 / 12) * delta for name, delta in expected.items()}
    close(lego_merge(adapters, 12, **options), reweighted)
    optimal = lego_merge(adapters, 12, output_reweight="optimal", **options)
    share = 1 if semantics == "sum" else 1 / 3
    close(optimal, {name: share * delta for name, delta in expected.items()})


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("reweight", ["l2", "linf", "none"])
def test_identical_adapters_give_that_adapter(make, close, dtype, preset, reweight):
    adapters = [make(0, dtype=dtype)] * 3
    expected = as_double(adapters[0])
    close(lego_merge(adapters, preset=preset, param_reweight=reweight), expected)
    summed = lego_merge(adapters, preset=preset, param_reweight=reweight, semantics="sum")
    close(summed, {name: 3 * delta for name, delta in expected.items()})


@pytest.mark.parametrize("preset", PRESETS)
def test_more_clusters_than_different_units(make, close, dtype, preset):
    adapters = [make(0, dtype=dtype)] * 3
    merged = lego_merge(adapters, 6, preset=preset, output_reweight="none")
    assert merged.rank("q") == 6 and merged.report["q"].cluster_sizes == (3, 3, 3, 3, 0, 0)
    close(merged, as_double(adapters[0]))


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", range(3))
def test_order_does_not_matter(make, close, dtype, preset, seed):
    adapters = [make(number, scaling=1.5, dtype=dtype) for number in range(3)]
    expected = as_double(lego_merge(adapters, preset=preset))
    again = [shuffled(adapters[number], seed) for number in (2, 0, 1)]
    close(lego_merge(again, preset=preset), expected)


@pytest.mark.parametrize("cluster", GEOMETRIES)
def test_the_gauge_matters_to_raw_geometries_only(make, change, close, dtype, cluster):
    adapters = [make(number, dtype=dtype) for number in range(3)]
    other = [change(adapters[0], gauged), *adapters[1:]]
    options = {"cluster": cluster, "representative": "rank1" if cluster == "gauge" else "centroid"}
    before = as_double(lego_merge(adapters, **options))
    after = lego_merge(other, **options)
    if cluster in FREE:
        close(after, before)
    else:
        for name, delta in before.items():
            assert (after.delta(name).double() - delta).norm() > 1e-2 * delta.norm()


@pytest.mark.parametrize("cluster", GEOMETRIES)
@pytest.mark.parametrize("representative", ["centroid", "rank1"])
def test_planted_units_are_found(make, change, dtype, cluster, representative):
    generator = torch.Generator().manual_seed(9)
    shapes = {"q": (40, 30)}
    truth = make(0, rank=6, shapes=shapes, dtype=dtype)

    def noisy(a, b):
        return tuple(
            x + 1e-3 * torch.randn(x.shape, generator=generator, dtype=torch.double).to(dtype)
            for x in (a, b)
        )

    adapters = [change(truth, noisy) for _ in range(4)]
    merged = lego_merge(adapters, 6, cluster=cluster, representative=representative)
    for cluster in merged.report["q"].clusters:
        assert sorted(adapter for adapter, _ in cluster) == [0, 1, 2, 3]
        assert len({unit for _, unit in cluster}) == 1
    assert merged.report["q"].purity == 0.25
    delta = truth.delta("q")
    assert (merged.delta("q") - delta).norm() < 1e-2 * delta.norm()


@pytest.mark.parametrize("reweight", ["l2", "linf"])
@pytest.mark.parametrize("preset", PRESETS)
def test_reweighting_gives_the_mean_norm_of_the_cluster(make, reweight, preset):
    adapters = [make(number, scaling=1.0) for number in range(3)]
    options = {"preset": preset, "param_reweight": reweight, "output_reweight": "none"}
    merged = lego_merge(adapters, 5, **options)

    def size(a, b):
        if preset == "gauge":  # The paper takes the norm of the unit as it is.
            root = (b.norm() / a.norm()).sqrt()
            a, b = a * root, b / root
        row = torch.cat([a, b])
        return float(row.norm() if reweight == "l2" else row.abs().max())

    for name in merged:
        a, b, _ = merged[name]
        clusters = merged.report[name].clusters
        assert max(map(len, clusters)) > 1
        for row, cluster in enumerate(clusters):
            units = [(adapters[t][name].A[j], adapters[t][name].B[:, j]) for t, j in cluster]
            mean = sum(size(*unit) for unit in units) / len(units)
            assert abs(size(a[row], b[:, row]) / mean - 1) < 1e-10


def best_error(a, b, total):
    """The distance of a multiple of b a^T from a matrix."""
    made = b.T @ a
    return float((total - (total * made).sum() / made.square().sum() * made).norm())


@pytest.mark.parametrize("seed", range(5))
def test_rank_one_is_nearer_to_the_sum_of_a_cluster_than_the_centroid(make, seed):
    units = make(seed, rank=12)["q"]
    clusters = [list(range(5)), list(range(5, 12))]
    x = (units.A, units.B.T)
    both = [represented(x, clusters, kind, align=True)[0] for kind in ("rank1", "centroid")]
    for row, cluster in enumerate(clusters):
        total = x[1][cluster].T @ x[0][cluster]
        rank1, centroid = (best_error(a[row : row + 1], b[row : row + 1], total) for a, b in both)
        assert rank1 < centroid


@pytest.mark.parametrize("seed", range(3))
def test_the_singular_value_decomposition_is_nearest_to_the_sum(make, seed):
    adapters = [make(3 * seed + number) for number in range(3)]
    for rank in (2, 4, 7):
        best = svd_merge(adapters, rank).report
        for preset in PRESETS:
            merged = lego_merge(
                adapters, rank, preset=preset, semantics="sum", output_reweight="optimal"
            )
            for name, entry in merged.report.items():
                assert best[name].relative_error <= entry.relative_error
                assert best[name].captured_energy >= entry.captured_energy


def test_fixed_output_factors(make):
    one, half = (lego_merge([make(0), make(1)], output_reweight=value) for value in (1, -0.5))
    torch.testing.assert_close(half.delta("q"), -0.5 * one.delta("q"))
    assert half.report["q"].scale == -0.5


def test_one_adapter_at_its_own_rank_stays(close, make, dtype):
    adapter = make(0, scaling=-2.0, dtype=dtype)
    close(lego_merge([adapter]), as_double(adapter))


def test_modules_of_some_adapters(make):
    adapters = [make(0), make(1, shapes={"q": (12, 10)}), make(2)]
    merged = lego_merge(adapters)
    assert set(merged) == {"q", "up"} and merged.report["up"].ranks == (4, 0, 4)
    alone = lego_merge([adapters[0], adapters[2]])
    torch.testing.assert_close(merged.delta("up"), alone.delta("up"))


def test_units_that_cancel_show_in_the_norm_decay(make, change):
    adapters = [make(0), change(make(0), lambda a, b: (-a, b))]
    shown = lego_merge(adapters, cluster="gauge", representative="rank1").report["q"]
    assert max(shown.norm_decay) < 1.0001
    merged = lego_merge([make(0), make(1), make(2)], 2)
    assert max(merged.report["q"].norm_decay) < 0.9


def test_adapters_that_were_not_trained(make, change):
    zero = change(make(0), lambda a, b: (a, 0 * b))
    for preset in PRESETS:
        merged = lego_merge([zero, zero], preset=preset, output_reweight="optimal")
        assert not merged.delta("q").any()
        assert merged.report["q"].relative_error == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_the_result_has_the_type_of_the_first_adapter(make, dtype):
    merged = lego_merge([make(0, dtype=dtype), make(1)])
    assert merged.dtype == dtype and merged["q"].scaling == 1.0 and merged["q"].A.is_contiguous()


def test_results_depend_on_the_seed_only(make):
    adapters = [make(number) for number in range(4)]
    torch.manual_seed(0)
    first = lego_merge(adapters, seed=3)
    torch.manual_seed(1)
    assert torch.equal(first["q"].A, lego_merge(adapters, seed=3)["q"].A)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"preset": "lego"}, r"'preset' must be one of \['paper', 'gauge'\] \(got 'lego'\)"),
        ({"cluster": "cosine"}, "'cluster' must be one of .*got 'cosine'"),
        ({"representative": "mean"}, "'representative' must be one of .*got 'mean'"),
        ({"param_reweight": "l1"}, "'param_reweight' must be one of .*got 'l1'"),
        ({"output_reweight": "l2"}, "'output_reweight' must be one of .*got 'l2'"),
        ({"output_reweight": float("nan")}, "'output_reweight' must be finite .*got nan"),
        ({"semantics": "weighted"}, "'semantics' must be one of .*got 'weighted'"),
        ({"rank": 9}, "'rank' of 'q' .*from 1 to 8"),
    ],
)
def test_bad_options_are_named(make, options, message):
    with pytest.raises(ValueError, match=message):
        lego_merge([make(0), make(1)], **options)
