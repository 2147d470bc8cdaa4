import pytest
import torch

from pyg_symm.nn.models import AggregatorGIN, MultitaskNet
from pyg_symm.testing import assert_batch_independent, assert_invariant

BATCH = torch.tensor([0, 0, 0, 1, 1, 1, 2])


def build(kind, lcm):
    torch.manual_seed(0)
    if kind == "gin":
        return AggregatorGIN(5, 8, num_layers=2, out_channels=3, aggr=lcm(8)).eval()
    net = MultitaskNet(5, 8, num_layers=3, node_channels=2, graph_channels=3, aggr=lcm(8)).eval()
    return lambda *args, **kwargs: net(*args, **kwargs)[1]


@pytest.mark.parametrize("kind", ["gin", "multitask"])
def test_graph_outputs_do_not_depend_on_the_batch(kind, edges, lcm):
    assert_batch_independent(build(kind, lcm), torch.randn(7, 5), BATCH, edges)


@pytest.mark.parametrize("kind", ["gin", "multitask"])
def test_graph_outputs_are_invariant_to_node_labels(kind, edges, lcm):
    net, x = build(kind, lcm), torch.randn(7, 5)
    expected = net(x, edges, BATCH)
    perm = torch.randperm(7)
    label = perm.argsort()
    torch.testing.assert_close(net(x[perm], label[edges], BATCH[perm]), expected)


def test_gin_with_the_sum_is_a_gin(edges):
    torch.manual_seed(0)
    net = AggregatorGIN(5, 8, num_layers=1, out_channels=3).eval()
    x = torch.randn(7, 5)
    adjacency = torch.zeros(7, 7)
    adjacency[edges[1], edges[0]] = 1
    h = net.lin(x)
    (conv,) = net.convs
    after = conv.nn((1 + conv.eps) * h + adjacency @ h).relu()
    pooled = torch.nn.functional.one_hot(BATCH).to(x.dtype).t()
    expected = net.heads[0](pooled @ h) + net.heads[1](pooled @ after)
    torch.testing.assert_close(net(x, edges, BATCH), expected)


def test_reset_draws_all_parameters_anew(lcm):
    net = AggregatorGIN(5, 8, num_layers=2, out_channels=3, aggr=lcm(8))
    torch.manual_seed(1)
    net.reset_parameters()
    first = {k: v.clone() for k, v in net.state_dict().items()}
    torch.manual_seed(1)
    net.reset_parameters()
    for key, value in net.state_dict().items():
        assert torch.equal(value, first[key]), key


def test_read_out_of_sets_is_invariant(lcm):
    net = build("gin", lcm)
    no_edges = torch.empty(2, 0, dtype=torch.long)
    assert_invariant(lambda x, index: net(x, no_edges, index), torch.randn(7, 5), BATCH)
