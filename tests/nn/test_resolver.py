import pytest
import torch
import torch_geometric.nn as pyg

from pyg_symm.nn import LCMAggregation, RecurrentAggregation, aggregation_resolver
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
