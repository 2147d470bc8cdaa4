import pytest
import torch
import torch_geometric.nn as pyg
from torch_geometric.nn import GATConv, GCNConv, GINEConv, SAGEConv, SumAggregation

from pyg_symm.testing import (
    assert_batch_independent,
    assert_equivariant,
    assert_equivariant_under,
    assert_invariant,
)

pytestmark = pytest.mark.usefixtures("float64")


def sets():
    return torch.randn(12, 4), torch.tensor([0, 0, 3, 3, 3, 1, 1, 1, 1, 1, 4, 0])


def graph(num_nodes=7, num_edges=20):
    return torch.randn(num_nodes, 4), torch.randint(num_nodes, (2, num_edges))


def on_points(x, pos, edge_index, batch=None):
    """A model whose edges come behind its positions."""
    row, col = edge_index
    message = (x[row] * (pos[row] - pos[col]).square().sum(1, keepdim=True)).sin()
    return torch.zeros_like(x).index_add(0, col, message)


def test_layers_of_points():
    x, edge_index = graph()
    pos = torch.randn(7, 3)
    assert_equivariant(on_points, x, edge_index, pos=pos)
    batch = torch.tensor([0, 0, 0, 1, 1, 1, 1])
    edge_index = edge_index[:, batch[edge_index[0]] == batch[edge_index[1]]]
    assert_batch_independent(on_points, x, batch, edge_index, pos=pos)

    def summed(x, pos, edge_index):
        return on_points(x, pos, edge_index).sum(0)

    assert_invariant(summed, x, edge_index, pos=pos)

    def numbered(x, pos, edge_index):
        return on_points(x, pos * torch.arange(7).view(-1, 1), edge_index)

    with pytest.raises(AssertionError, match="relabelling 0 of the nodes is not followed"):
        assert_equivariant(numbered, x, edge_index, pos=pos)


# Invariance -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["Sum", "Mean", "Max", "Std", "Median", "Softmax"])
def test_right_aggregations_pass(name):
    aggr = getattr(pyg, f"{name}Aggregation")()

    def unsorted(x, index, **kwargs):  # Not all of them take an unsorted index.
        order = index.argsort(stable=True)
        return aggr(x[order], index[order], **kwargs)

    assert_invariant(unsorted, *sets())
    assert_batch_independent(unsorted, *sets())


def first(x, index):
    return x[[int((index == s).nonzero()[0]) for s in index.unique()]]


def weighted_by_position(x, index):
    weight = 1 + 1e-8 * torch.arange(x.size(0), dtype=x.dtype).view(-1, 1)
    return SumAggregation()(weight * x, index)


@pytest.mark.parametrize("wrong", [first, weighted_by_position])
def test_order_dependence_is_caught(wrong):
    with pytest.raises(AssertionError, match="permutation . of the elements changes the result"):
        assert_invariant(wrong, *sets())


def test_tolerance_is_the_callers():
    assert_invariant(weighted_by_position, *sets(), tol=1e-5)


def test_float32_has_a_tolerance_of_its_own():
    x, index = sets()
    assert_invariant(weighted_by_position, x.float(), index)


def test_single_set_is_the_default():
    assert_invariant(lambda x, index: x.sum(dim=0), torch.randn(5, 2))
    with pytest.raises(AssertionError):
        assert_invariant(lambda x, index: x[0], torch.randn(5, 2))


def test_further_arguments_are_passed_on():
    assert_invariant(SumAggregation(), *sets(), dim_size=9)


def test_another_shape_is_caught():
    def growing(x, index):
        growing.calls += 1
        return x.new_zeros(growing.calls)

    growing.calls = 0
    with pytest.raises(AssertionError):
        assert_invariant(growing, *sets())


def test_nan_is_not_equal_to_anything_good():
    def unstable(x, index):
        out = SumAggregation()(x, index)
        return out if bool(x[0, 0] == unstable.first) else out * float("nan")

    x, index = sets()
    unstable.first = x[0, 0]
    with pytest.raises(AssertionError):
        assert_invariant(unstable, x, index)


# Equivariance ---------------------------------------------------------------


def test_nothing_but_nan_says_nothing():
    x, index = torch.randn(6, 3), torch.tensor([0, 0, 1, 1, 1, 2])
    edge_index = torch.tensor([[0, 1], [1, 2]])
    with pytest.raises(AssertionError, match=r"NaN everywhere \(shape \[3\]\)"):
        assert_invariant(lambda x, index: x.sum(0) / 0 * 0, x, index)
    with pytest.raises(AssertionError, match="NaN everywhere"):
        assert_equivariant(lambda x, edge_index: (x, x * float("nan")), x, edge_index)
    with pytest.raises(AssertionError, match="NaN everywhere"):
        assert_batch_independent(lambda x, index: x[:3] * float("nan"), x, index)


@pytest.mark.parametrize(
    "options",
    [
        {"num_samples": 0},
        {"num_samples": 1.5},
        {"tol": float("nan")},
        {"tol": -1.0},
        {"tol": float("inf")},
    ],
    ids=str,
)
def test_options_with_which_everything_or_nothing_would_pass(options):
    name = next(iter(options))
    x, edge_index = torch.randn(6, 3), torch.tensor([[0, 1], [1, 2]])
    for check, of in ((assert_invariant, ()), (assert_equivariant, (edge_index,))):
        with pytest.raises(ValueError, match=f"'{name}' must be"):
            check(lambda x, *args: x[0], x, *of, **options)
    if name == "tol":
        with pytest.raises(ValueError, match="'tol' must be"):
            assert_equivariant_under(lambda pos: pos, {"pos": x}, "O(3)", **options)


def test_right_convolutions_pass():
    assert_equivariant(GCNConv(4, 3), *graph())
    conv = GINEConv(torch.nn.Linear(4, 3), edge_dim=2)
    assert_equivariant(conv, *graph(), torch.randn(20, 2))


def numbered(x, edge_index):
    return x * torch.arange(x.size(0)).view(-1, 1)


def edges_in_order(x, edge_index):
    return x * edge_index[0, 0]


def pooled(x, edge_index):
    return x.sum(dim=0, keepdim=True).expand_as(x) * torch.arange(1.0, 8.0).view(-1, 1)


@pytest.mark.parametrize("wrong", [numbered, edges_in_order, pooled])
def test_labels_that_matter_are_caught(wrong):
    with pytest.raises(AssertionError, match="relabelling . of the nodes is not followed"):
        assert_equivariant(wrong, *graph())


def test_edge_features_move_with_their_edges():
    def wrong(x, edge_index, edge_attr):
        weight = edge_attr[:, 0].sort().values  # No longer belongs to its edge.
        return torch.zeros_like(x).index_add_(0, edge_index[1], weight.view(-1, 1).expand(-1, 4))

    with pytest.raises(AssertionError, match="not followed"):
        assert_equivariant(wrong, *graph(), torch.randn(20, 1))


def test_same_generator_same_permutations():
    seen = []

    def spy(x, edge_index):
        seen.append(edge_index)
        return x

    for _ in range(2):
        generator = torch.Generator().manual_seed(3)
        torch.manual_seed(1)
        assert_equivariant(spy, *graph(), num_samples=2, generator=generator)
    assert all(torch.equal(a, b) for a, b in zip(seen[:3], seen[3:], strict=True))


# Batches --------------------------------------------------------------------


def centred(x, index):
    return SumAggregation()(x - x.mean(dim=0), index)


def padded_with_ones(x, index):
    sizes = index.bincount()
    return SumAggregation()(x, index) + (sizes.max() - sizes).view(-1, 1)


@pytest.mark.parametrize("wrong", [centred, padded_with_ones])
def test_leaks_between_sets_are_caught(wrong):
    with pytest.raises(AssertionError, match=r"set \d of size \d has another result alone"):
        assert_batch_independent(wrong, *sets())


def test_leak_into_single_rows_is_caught():
    def softmax_over_all(x, index):
        return x.softmax(dim=0)

    with pytest.raises(AssertionError, match="alone than in the batch"):
        assert_batch_independent(softmax_over_all, *sets())


def test_graphs_are_taken_apart():
    edge_index = torch.tensor([[0, 1, 2, 3, 4, 5], [1, 0, 3, 4, 2, 5]])
    batch = torch.tensor([0, 0, 1, 1, 1, 2])
    conv, x = GCNConv(4, 3), torch.randn(6, 4)
    assert_batch_independent(lambda x, edges, batch: conv(x, edges), x, batch, edge_index)
    for layer in (conv, SAGEConv(4, 3), GATConv(4, 3), lambda x, edges: conv(x, edges)):
        assert_batch_independent(layer, x, batch, edge_index)
    with pytest.raises(AssertionError, match="alone than in the batch"):
        assert_batch_independent(lambda x, e: conv(x, e) - x.mean(), x, batch, edge_index)

    def normed(x, edges, batch):
        return conv(x, edges) / x.size(0)

    with pytest.raises(AssertionError, match="alone than in the batch"):
        assert_batch_independent(normed, x, batch, edge_index)


def test_rows_that_belong_to_nothing():
    with pytest.raises(AssertionError, match="the result has 3 rows"):
        assert_batch_independent(lambda x, index: x[:3], *sets())
