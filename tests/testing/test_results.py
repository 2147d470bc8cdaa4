"""Results of nodes, edges, graphs and pairs, alone and several at a time."""

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv, SumAggregation, global_add_pool

from pyg_symm.testing import (
    assert_batch_independent,
    assert_equivariant,
    assert_equivariant_under,
    assert_invariant,
)

pytestmark = pytest.mark.usefixtures("float64")

BATCH = torch.tensor([0, 0, 0, 1, 1, 2])
EDGES = torch.tensor([[0, 1, 1, 2, 3, 4, 4, 0], [1, 0, 2, 1, 4, 3, 4, 2]])
RING = torch.stack([torch.arange(6), torch.arange(6).roll(-1)])


def x():
    torch.manual_seed(1)
    return torch.randn(6, 4)


def nodes(x, edge_index, batch=None):
    return torch.zeros_like(x).index_add(0, edge_index[1], x[edge_index[0]].sin())


def edges(x, edge_index, batch=None):
    return x[edge_index[0]] - 2 * x[edge_index[1]]


def graphs(x, edge_index, batch=None):
    return global_add_pool(nodes(x, edge_index), batch)


def pairs(x, edge_index, batch=None):
    same = torch.ones(6, 6) if batch is None else batch.view(-1, 1) == batch
    return x @ (x * torch.arange(4.0)).T * same[: x.size(0), : x.size(0)]


def number(x, edge_index, batch=None):
    return x.square().sum()


def vector(x, edge_index, batch=None):
    return x.sum(dim=0)


def many(x, edge_index, batch=None):
    return {"nodes": nodes(x, edge_index), "rest": (edges(x, edge_index), [None, 2, "a"], 0.5)}


@pytest.mark.parametrize("edge_index", [EDGES, RING], ids=["edges", "ring"])
@pytest.mark.parametrize("right", [nodes, edges, graphs, pairs, number, vector, many])
def test_right_results_pass(right, edge_index):
    assert_equivariant(right, x(), edge_index)


@pytest.mark.parametrize("right", [nodes, edges, graphs, pairs, many])
def test_right_results_of_batches_pass(right):
    assert_equivariant(right, x(), EDGES, batch=BATCH)
    if right is not many:
        assert_batch_independent(right, x(), BATCH, EDGES)


def test_graphs_are_invariant():
    assert_invariant(graphs, x(), EDGES)
    assert_invariant(graphs, x(), edge_index=EDGES, batch=BATCH)
    assert_invariant(graphs, x(), BATCH, EDGES)
    assert_invariant(lambda x, e, which: graphs(x, e, which), x(), BATCH, EDGES)
    with pytest.raises(AssertionError, match="relabelling . of the nodes changes the result"):
        assert_invariant(nodes, x(), EDGES)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x, e: x[:1],
        lambda x, e: x[0],
        lambda x, e: x[0, 0],
        lambda x, e: x[e[0]].cumsum(dim=0),
        lambda x, e: edges(x, e).sort(dim=0).values,
        lambda x, e: nodes(x, e)[:5],
        lambda x, e: pairs(x, e).tril(),
        lambda x, e: x.sum(dim=0).expand(6, 4) * torch.arange(6).view(-1, 1),
        lambda x, e: (nodes(x, e), x[:1]),
        lambda x, e: {"a": x, "b": x.flip(0)},
        lambda x, e: (x, float(x[0, 0])),
        lambda x, e: x[x[:, 0].argsort()],
    ],
)
@pytest.mark.parametrize("edge_index", [EDGES, RING], ids=["edges", "ring"])
def test_wrong_results_are_caught(wrong, edge_index):
    with pytest.raises(AssertionError, match=r"relabelling . of the nodes is not followed"):
        assert_equivariant(wrong, x(), edge_index)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x, e, b: nodes(x, e) - x.mean(dim=0),
        lambda x, e, b: edges(x, e) * e.size(1),
        lambda x, e, b: graphs(x, e, b) * (int(b.max()) + 1),
        lambda x, e, b: (x, graphs(x, e, b).softmax(dim=0)),
        lambda x, e, b: x @ x.T / x.size(0),
    ],
)
def test_leaks_into_any_result_are_caught(wrong):
    with pytest.raises(AssertionError, match="has another result alone than in the batch"):
        assert_batch_independent(wrong, x(), BATCH, EDGES)


def test_numbers_of_a_whole_batch_are_refused():
    with pytest.raises(AssertionError, match="the result is a number: neither per node nor"):
        assert_batch_independent(number, x(), BATCH, EDGES)


def test_rows_without_meaning_are_refused():
    with pytest.raises(AssertionError, match="the result has 5 rows: neither per node nor"):
        assert_equivariant(lambda x, e, batch: x[:5], x(), EDGES, batch=BATCH)


@pytest.mark.parametrize("out", [Data(), object(), torch.eye(6).to_sparse(), {"a": {1, 2}}])
def test_other_results_are_refused(out):
    for check, args in [
        (assert_equivariant, (x(), EDGES)),
        (assert_invariant, (x(), EDGES)),
        (assert_batch_independent, (x(), BATCH, EDGES)),
    ]:
        with pytest.raises(ValueError, match="the result holds a .*, which cannot be compared"):
            check(lambda x, e, *b: out, *args)


def test_results_change_their_kind():
    calls = []

    def wrong(x, edge_index):
        calls.append(1)
        return x if len(calls) == 1 else (x, x)

    with pytest.raises(AssertionError, match="not followed"):
        assert_equivariant(wrong, x(), EDGES)


def test_one_reading_must_hold_for_all_sets():
    # Three sets, one of them empty, of three elements: per set or per element?
    index, values = torch.tensor([0, 0, 2]), torch.randn(3, 2)
    assert_batch_independent(lambda x, index: x, values, index)
    assert_batch_independent(SumAggregation(), values, index)

    def wrong(x, index):
        return x - x.mean(dim=0)

    with pytest.raises(AssertionError, match="alone than in the batch"):
        assert_batch_independent(wrong, values, index)


def test_complex_results_have_a_tolerance():
    conv = GCNConv(4, 3)

    def spectrum(x, edge_index):
        return torch.polar(conv(x, edge_index).exp(), conv(x, edge_index))

    assert_equivariant(spectrum, x(), EDGES)

    def wrong(x, edge_index):
        return spectrum(x, edge_index) + 1e-8j * torch.arange(6).view(-1, 1)

    with pytest.raises(AssertionError, match="not followed"):
        assert_equivariant(wrong, x(), EDGES)
    assert_equivariant(lambda x, e: wrong(x, e).to(torch.complex64), x(), EDGES)


@pytest.mark.parametrize("nothing", [None, (), {}, (None, {"a": None})])
def test_a_forgotten_return_is_told(nothing):
    inputs = {"pos": torch.randn(4, 3)}
    for call in (
        lambda: assert_equivariant(lambda x, edge_index: nothing, x(), EDGES),
        lambda: assert_invariant(lambda x, index: nothing, x()),
        lambda: assert_batch_independent(lambda x, index: nothing, x(), BATCH),
        lambda: assert_equivariant_under(lambda pos: nothing, inputs, "SO(3)", nothing),
    ):
        with pytest.raises(ValueError, match="the result holds nothing to compare .got"):
            call()
