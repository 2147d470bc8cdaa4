import pytest
import torch

from pyg_symm.weights.lora import Layout, lego_merge, merge_adapters, svd_merge
from pyg_symm.weights.lora.merged import Merged, merge, scaled


@pytest.mark.parametrize("method", ["lego", "svd", "cat", "linear", "ties", "knots"])
def test_reported_errors_are_those_of_the_dense_matrices(make, total, method):
    adapters = [make(number, scaling=1.3) for number in range(3)]
    merged = merge_adapters(adapters, method)
    for name, entry in merged.report.items():
        delta, expected = merged.delta(name), total(adapters)[name]
        error = (delta - expected).norm() / expected.norm()
        cosine = (delta * expected).sum() / delta.norm() / expected.norm()
        assert abs(entry.relative_error - error) < 1e-8
        assert abs(entry.captured_energy - cosine.square()) < 1e-8
        assert entry.rank == merged.rank(name)


def test_errors_of_exact_merges_do_not_cancel(make):
    adapters = [make(number) for number in range(3)]
    for entry in svd_merge(adapters, 12).report.values():
        assert entry.relative_error < 1e-14


def test_a_negative_scale_is_a_sign_of_b(make):
    a, b = scaled((torch.ones(1, 2), torch.ones(1, 3)), -4.0)
    assert torch.equal(a, 2 * torch.ones(1, 2)) and torch.equal(b, -2 * torch.ones(1, 3))


def test_layouts_and_base_models_are_kept(make):
    adapters = [make(0), make(1)]
    for adapter in adapters:
        adapter.layouts["q"] = Layout("conv", (5, 2))
    adapters[1].base_model = "some/base"
    merged = lego_merge(adapters)
    assert merged.layouts == {"q": Layout("conv", (5, 2)), "up": Layout()}
    assert merged.base_model == "some/base"


def test_models_are_not_changed(make):
    adapters = [make(0), make(1)]
    lego_merge(adapters)
    assert torch.equal(adapters[0]["q"].A, make(0)["q"].A)


def test_results_of_a_type_that_is_too_small_are_refused(make, change):
    huge = change(make(0, dtype=torch.float16), lambda a, b: (a * 2e4, b))
    with pytest.raises(ValueError, match="of 'q' must be finite"):
        merge([huge], None, lambda _, pool: Merged(pool.factors, scale=100.0))
