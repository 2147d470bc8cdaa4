import pytest
import torch

from pyg_symm.nn.aggr import SupersetAggregation

INDEX = torch.tensor([0, 0, 2, 2, 2, 4])


def call(aggr, x, mask, index=INDEX, **kwargs):
    return aggr(x, index, mask=mask, **kwargs)


@pytest.mark.parametrize("superset_aggr", ["mean", "sum", "max", None])
def test_formula(tol, superset_aggr):
    aggr, x = SupersetAggregation(3, 5, superset_aggr), torch.randn(6, 3)
    mask = torch.tensor([[1, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0]]).bool()
    out = call(aggr, x, mask)
    assert out.shape == (2, 5, 5)
    for m in range(2):
        for b in (0, 2, 4):
            expected = aggr.lin_subset(x[mask[m] & (INDEX == b)].sum(dim=0))
            if superset_aggr is not None:
                mine = x[INDEX == b]
                pooled = mine.amax(0) if superset_aggr == "max" else getattr(mine, superset_aggr)(0)
                expected = expected + aggr.lin_superset(pooled)
            torch.testing.assert_close(out[m, b], expected, atol=tol, rtol=tol)
    torch.testing.assert_close(out[:, 1], aggr.lin_subset.bias.expand(2, 5))


def test_order_and_ptr(tol):
    aggr, x, mask = SupersetAggregation(3, 5), torch.randn(6, 3), torch.rand(6)
    out, move = call(aggr, x, mask), torch.randperm(6)
    torch.testing.assert_close(
        call(aggr, x[move], mask[move], INDEX[move]), out, atol=tol, rtol=tol
    )
    ptr = torch.tensor([0, 2, 2, 5, 5, 6])
    torch.testing.assert_close(aggr(x, ptr=ptr, mask=mask), out, atol=tol, rtol=tol)


def test_the_superset_is_seen():
    aggr, x, mask = SupersetAggregation(3, 5), torch.randn(6, 3), torch.tensor([1, 0, 0, 0, 0, 0])
    other = x.clone()
    other[1] += 1
    assert not torch.allclose(call(aggr, x, mask)[0], call(aggr, other, mask)[0])
    alone = SupersetAggregation(3, 5, superset_aggr=None)
    assert torch.equal(call(alone, x, mask)[0], call(alone, other, mask)[0])


def test_reset_and_repr():
    aggr = SupersetAggregation(3, 5)
    assert repr(aggr) == "SupersetAggregation(3, 5, superset_aggr=MeanAggregation())"
    states = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        aggr.reset_parameters()
        states.append({name: p.detach().clone() for name, p in aggr.named_parameters()})
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]) and not torch.equal(value, states[2][name])


def test_no_elements():
    aggr, none = SupersetAggregation(3, 5), torch.empty(0, dtype=torch.long)
    out = call(aggr, torch.empty(0, 3), torch.empty(0), none, dim_size=2)
    assert torch.equal(out, aggr.lin_subset.bias.expand(2, 5))


def test_a_mask_of_another_size():
    with pytest.raises(ValueError, match=r"'mask' must have shape \[6\] or \[M, 6\] \(got \[5\]\)"):
        call(SupersetAggregation(3, 5), torch.randn(6, 3), torch.ones(5))


@pytest.mark.parametrize("superset_aggr", ["mean", None])
def test_sets_that_do_not_exist(superset_aggr):
    aggr, x = SupersetAggregation(3, 5, superset_aggr), torch.randn(6, 3)
    mask = torch.tensor([[True] * 6, [False] * 6])  # The first subset, told by its number alone.
    with pytest.raises(ValueError, match="dim_size"):
        call(aggr, x, mask, dim_size=4)
    mask = torch.tensor([[True] * 5 + [False], [True] * 6])
    with pytest.raises(ValueError, match="'index' must not be negative .got -1"):
        call(aggr, x, mask, torch.tensor([0, 0, 2, 2, 2, -1]))


@pytest.mark.parametrize("name", ["in_channels", "out_channels"])
def test_sizes(name):
    with pytest.raises(ValueError, match=f"'{name}' must be an integer of 1 or more .got 0"):
        SupersetAggregation(**{"in_channels": 3, "out_channels": 5, name: 0})
