import pytest
import torch

from pyg_symm.weights.lora import Adapter, Layout
from pyg_symm.weights.lora.units import pools


def test_a_pool_sums_to_the_weighted_sum(make, total):
    adapters = [make(0, scaling=2.0), make(1, rank=3, scaling=-0.5), make(2)]
    weights = [1.0, 0.7, -0.3]
    for name, pool in pools(adapters, weights).items():
        torch.testing.assert_close(pool.b.T @ pool.a, total(adapters, weights)[name])
        assert pool.ranks == (4, 3, 4) and pool.size == 11
        assert pool.owner == [0] * 4 + [1] * 3 + [2] * 4
        assert pool.index == [*range(4), *range(3), *range(4)]


def test_scalings_are_split_evenly(make):
    pool = pools([make(0, scaling=4.0)])["q"]
    torch.testing.assert_close(pool.a, 2 * make(0)["q"].A)


def test_adapters_may_lack_modules(make):
    adapters = [make(0), make(1, shapes={"q": (12, 10)})]
    found = pools(adapters)
    assert list(found) == ["q", "up"]
    assert found["up"].ranks == (4, 0) and found["up"].present == [4]
    torch.testing.assert_close(found["q"].mean[1], found["q"].b / 2)
    torch.testing.assert_close(found["up"].mean[1], found["up"].b)


def test_other_shapes_are_refused(make):
    with pytest.raises(ValueError, match=r"'q' .*\(got linear \(12, 10\) and linear \(12, 11\)\)"):
        pools([make(0), make(1, shapes={"q": (12, 11)})])


def test_other_layouts_are_refused():
    a, b = torch.randn(2, 18), torch.randn(4, 2)
    kinds = [Layout("conv", (2, 3, 3)), Layout("conv", (18, 1, 1))]
    adapters = [Adapter({"c": (a, b, 1.0)}, layouts={"c": kind}) for kind in kinds]
    with pytest.raises(ValueError, match=r"'c' .*kernels \(2, 3, 3\) and .*kernels \(18, 1, 1\)"):
        pools(adapters)


def test_other_base_models_are_refused(make):
    adapters = [make(0), make(1), make(2)]
    adapters[0].base_model, adapters[2].base_model = "llama", "gemma"
    with pytest.raises(ValueError, match=r"share a base model \(got \['gemma', 'llama'\]\)"):
        pools(adapters)
    adapters[2].base_model = None
    assert pools(adapters)


@pytest.mark.parametrize("weights", [[1.0], [1.0, float("inf")], []])
def test_bad_weights_are_refused(make, weights):
    with pytest.raises(ValueError, match="'weights' must have a finite number for each of 2"):
        pools([make(0), make(1)], weights)


def test_bad_adapters_are_refused(make):
    with pytest.raises(ValueError, match="at least one adapter"):
        pools([])
    with pytest.raises(ValueError, match="must be a list"):
        pools(make(0))
    with pytest.raises(ValueError, match=r"'adapters\[1\]' must be an Adapter"):
        pools([make(0), {}])
