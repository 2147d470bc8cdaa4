import pytest
import torch
import torch_geometric.nn as pyg

from pyg_symm.nn import LCMAggregation, RecurrentAggregation, aggr, aggregation_resolver
from pyg_symm.nn.resolver import independent_copies


@pytest.mark.parametrize("name", ["lcm", "LCM", "LCMAggregation", "lcm_aggregation"])
def test_ours_comes_first(name):
    aggr = aggregation_resolver(name, 4, 8)
    assert type(aggr) is LCMAggregation
    assert isinstance(pyg.resolver.aggregation_resolver(name, 4, 8), pyg.LCMAggregation)


def test_settings_are_passed_on():
    aggr = aggregation_resolver("lcm", 4, 8, op="topk", k=2, order="sorted")
    assert (aggr.op.k, aggr.order) == (2, "sorted")
    aggr = aggregation_resolver("recurrent", "lstm", 4, 8)
    assert isinstance(aggr, RecurrentAggregation) and aggr.mode == "lstm"


@pytest.mark.parametrize(
    "query, kind",
    [
        ("sum", pyg.SumAggregation),
        ("add", pyg.SumAggregation),
        ("median", pyg.MedianAggregation),
        ("softmax", pyg.SoftmaxAggregation),
    ],
)
def test_pygs_own_otherwise(query, kind):
    assert isinstance(aggregation_resolver(query), kind)


def test_modules_are_returned_as_they_are():
    aggr = LCMAggregation(2, 2)
    assert aggregation_resolver(aggr) is aggr
    assert aggregation_resolver(mean := pyg.MeanAggregation()) is mean


def test_unknown_name():
    with pytest.raises(ValueError, match="no_such_thing"):
        aggregation_resolver("no_such_thing")


def test_copies_share_nothing():
    one, other = independent_copies(LCMAggregation(4, 4), 2)
    assert not torch.equal(one.lin.weight, other.lin.weight)
    assert not {id(p) for p in one.parameters()} & {id(p) for p in other.parameters()}


CHANNELS = {"in_channels": 4, "out_channels": 8}


@pytest.mark.parametrize(
    "args, kwargs",
    [
        ((["lcm", "mean"],), {"aggrs_kwargs": [CHANNELS, {}]}),
        ((("lcm", "mean"), [CHANNELS, {}]), {"mode": "cat"}),
        (("multi", ["lcm", "mean"], [CHANNELS, {}]), {}),
        (("MultiAggregation", ["lcm", "mean"]), {"aggrs_kwargs": [CHANNELS, {}]}),
        (("multi",), {"aggrs": ["lcm", "mean"], "aggrs_kwargs": [CHANNELS, {}]}),
    ],
)
def test_ours_comes_first_among_several(args, kwargs):
    multi = aggregation_resolver(*args, **kwargs)
    assert type(multi) is pyg.MultiAggregation and multi.mode == "cat"
    assert [type(aggr) for aggr in multi.aggrs] == [LCMAggregation, pyg.MeanAggregation]
    x, index = torch.randn(5, 4), torch.tensor([0, 0, 1, 1, 1])
    lcm, mean = (aggr(x, index) for aggr in multi.aggrs)
    assert torch.equal(multi(x, index), torch.cat([lcm, mean], dim=-1))


def test_several_within_several():
    outer = aggregation_resolver([["lcm", "sum"], "max"], [{"aggrs_kwargs": [CHANNELS, {}]}, {}])
    assert type(outer.aggrs[0].aggrs[0]) is LCMAggregation


def test_settings_of_several_are_counted():
    with pytest.raises(ValueError, match=r"one entry for each of 2 aggregations \(got 1\)"):
        aggregation_resolver(["lcm", "mean"], [CHANNELS])


def test_every_aggregation_of_ours_is_found():
    ours = [
        cls
        for cls in vars(aggr).values()
        if isinstance(cls, type) and issubclass(cls, pyg.Aggregation)
    ]
    assert {LCMAggregation, RecurrentAggregation} <= set(ours)
    for cls in ours:
        args = ("gru", 4, 8) if cls is RecurrentAggregation else (4, 8)
        assert type(aggregation_resolver(cls.__name__, *args)) is cls
