import pytest
import torch

from pyg_symm.weights.lora import lego_merge, prune_adapter, svd_merge


@pytest.mark.parametrize("method", ["lego", "svd", "magnitude"])
def test_pruning_to_the_own_rank_changes_nothing(make, close, dtype, method):
    adapter = make(0, scaling=2.0, dtype=dtype)
    expected = {name: adapter.delta(name).double() for name in adapter}
    close(prune_adapter(adapter, 4, method=method), expected)
    close(prune_adapter(adapter, method=method), expected)


@pytest.mark.parametrize("method", ["lego", "svd", "magnitude"])
def test_ranks(make, method):
    adapter = make(0)
    pruned = prune_adapter(adapter, {"q": 3, "up": 1}, method=method)
    assert (pruned.rank("q"), pruned.rank("up")) == (3, 1)
    assert pruned.report["q"].ranks == (4,)
    with pytest.raises(ValueError, match="'rank' of 'q' .*from 1 to 4"):
        prune_adapter(adapter, 5, method=method)


def test_lego_is_that_of_one_adapter(make):
    pruned = prune_adapter(make(0), 2, preset="gauge", seed=1)
    expected = lego_merge([make(0)], 2, preset="gauge", seed=1)
    assert torch.equal(pruned["q"].A, expected["q"].A)


def test_magnitude_keeps_the_largest_units(make, change):
    adapter = change(make(0), lambda a, b: (a, b * torch.tensor([1.0, 9.0, 0.1, 8.0]).double()))
    pruned = prune_adapter(adapter, 2, method="magnitude")
    a, b, s = adapter["q"]
    torch.testing.assert_close(pruned.delta("q"), s * b[:, [1, 3]] @ a[[1, 3]])
    assert pruned.report["q"].clusters == (((0, 1),), ((0, 3),))


def test_nothing_is_nearer_than_the_decomposition(make):
    errors = {
        method: prune_adapter(make(0), 2, method=method).report["q"].relative_error
        for method in ("lego", "svd", "magnitude")
    }
    assert errors["svd"] < min(errors["lego"], errors["magnitude"])
    assert errors["svd"] == svd_merge([make(0)], 2).report["q"].relative_error


def test_bad_options_are_named(make):
    with pytest.raises(ValueError, match="'method' must be one of .*got 'random'"):
        prune_adapter(make(0), 2, method="random")
    with pytest.raises(ValueError, match=r"method 'svd' takes no options \(got \['seed'\]\)"):
        prune_adapter(make(0), 2, method="svd", seed=1)
