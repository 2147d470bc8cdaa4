import pytest
import torch

from pyg_symm.weights.lora import concat_adapters, knots_merge, svd_merge, ties_merge
from pyg_symm.weights.lora.elementwise import elected


@pytest.mark.parametrize("semantics", ["sum", "mean"])
def test_concatenation_and_the_full_decomposition_are_the_sum(make, total, close, dtype, semantics):
    adapters = [make(number, rank=3, scaling=-0.7, dtype=dtype) for number in range(3)]
    weights = [1.0, 0.5, -2.0]
    expected = {n: d if semantics == "sum" else d / 3 for n, d in total(adapters, weights).items()}
    options = {"semantics": semantics, "weights": weights}
    close(concat_adapters(adapters, **options), expected)
    close(svd_merge(adapters, 9, **options), expected, float32=1e-5)


def test_concatenation_keeps_all_units(make):
    merged = concat_adapters([make(0, rank=2, scaling=1.0), make(1, rank=3, scaling=1.0)])
    a = torch.cat([make(0, rank=2)["q"].A, make(1, rank=3)["q"].A])
    assert torch.equal(merged["q"].A, a) and merged["q"].scaling == 1.0


@pytest.mark.parametrize("rank", [1, 3, 8])
def test_truncation_is_that_of_the_dense_sum(make, total, rank):
    adapters = [make(number) for number in range(3)]
    merged = svd_merge(adapters, rank)
    for name, dense in total(adapters).items():
        u, s, v = torch.linalg.svd(dense, full_matrices=False)
        torch.testing.assert_close(merged.delta(name), u[:, :rank] * s[:rank] @ v[:rank])
        lost = s[rank:].square().sum() / s.square().sum()
        assert abs(merged.report[name].captured_energy - (1 - lost)) < 1e-12


def test_more_units_than_dimensions(make, total):
    adapters = [make(number, shapes={"q": (5, 6)}) for number in range(3)]
    merged = svd_merge(adapters, 12)
    assert merged.rank("q") == 12
    torch.testing.assert_close(merged.delta("q"), total(adapters)["q"])


def test_bad_options_are_named(make):
    with pytest.raises(ValueError, match="'rank' of 'q' .*from 1 to 8"):
        svd_merge([make(0), make(1)], 9)
    for merge in (svd_merge, concat_adapters, knots_merge):
        with pytest.raises(ValueError, match="'semantics' must be one of .*got 'product'"):
            merge([make(0)], semantics="product")
    with pytest.raises(ValueError, match="'density' must be above 0 and at most 1"):
        knots_merge([make(0)], density=0)


def test_knots_without_trimming_is_that_of_dense_updates(make):
    adapters = [make(number, rank=rank) for number, rank in enumerate((2, 3, 4))]
    merged = knots_merge(adapters, density=1.0)
    for name in merged:
        u, s, v = torch.linalg.svd(torch.cat([a.delta(name) for a in adapters], 1))
        right = torch.stack(v[:9].split(adapters[0][name].A.size(1), dim=1))
        expected = u[:, :9] * s[:9] @ elected(right)
        torch.testing.assert_close(merged.delta(name), expected)


def test_knots_of_one_adapter_is_that_adapter(make):
    adapter = make(0)
    torch.testing.assert_close(knots_merge([adapter], density=1.0).delta("q"), adapter.delta("q"))


def test_knots_does_not_see_the_gauge_but_ties_does(make, change):
    adapters = [make(number) for number in range(3)]
    other = [change(adapters[0], lambda a, b: (-3 * a.flip(0), -b.flip(1) / 3)), *adapters[1:]]
    before, after = knots_merge(adapters), knots_merge(other)
    torch.testing.assert_close(after.delta("q"), before.delta("q"))
    before, after = ties_merge(adapters), ties_merge(other)
    assert (before.delta("q") - after.delta("q")).norm() > 0.1 * before.delta("q").norm()
