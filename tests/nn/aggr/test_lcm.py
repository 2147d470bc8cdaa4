import copy
import pickle

import pytest
import torch
import torch_geometric.nn as pyg
from torch_geometric import EdgeIndex
from torch_geometric.data import HeteroData
from torch_geometric.nn import GraphConv, MessagePassing, MultiAggregation, SAGEConv, to_hetero
from torch_geometric.utils import to_torch_csr_tensor

from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.aggr import TreePlan, regularization
from pyg_symm.testing import (
    assert_batch_independent,
    assert_equivariant,
    assert_invariant,
    assert_layer_contract,
    peak_memory,
)

EXACT = ["lse", "topk", "flow", "product"]
ALL = ["gru", "mlp", *EXACT]
INDEX = torch.tensor([0, 0, 2, 2, 2, 2, 2, 3, 5, 5, 5])  # Sets 1 and 4 are empty.


def build(op="gru", channels=6, **kwargs):
    aggr = LCMAggregation(channels, channels, op=op, **kwargs)
    for parameter in aggr.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return aggr


def ragged(channels=6, num_elements=60, num_sets=9):
    return torch.randn(num_elements, channels), torch.randint(num_sets, (num_elements,))


# Beside PyG's module --------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 18))
def test_equals_pyg_on_sets_of_one_size(tol, size):
    theirs, ours = pyg.LCMAggregation(5, 7), LCMAggregation(5, 7)
    ours.load_state_dict(theirs.state_dict())
    x, index = torch.randn(4 * size, 5), torch.arange(4).repeat_interleave(size)
    torch.testing.assert_close(ours(x, index), theirs(x, index), atol=tol, rtol=tol)
    theirs.load_state_dict(LCMAggregation(5, 7).state_dict())  # The other way as well.


def test_same_seed_gives_pygs_parameters():
    states = []
    for cls in (pyg.LCMAggregation, LCMAggregation):
        torch.manual_seed(1)
        states.append(cls(5, 7).state_dict())
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])


@pytest.mark.parametrize(
    "wrong",
    [pyg.LCMAggregation(6, 6), pyg.LSTMAggregation(6, 6), pyg.GRUAggregation(6, 6)],
    ids=lambda m: type(m).__name__,
)
def test_stock_modules_depend_on_the_batch(wrong):
    x = torch.randn(INDEX.numel(), 6)
    with pytest.raises(AssertionError, match="another result alone than in the batch"):
        assert_batch_independent(wrong.to(x.dtype), x, INDEX)


# Sets -----------------------------------------------------------------------


@pytest.mark.parametrize("op", ALL)
def test_contract(op):
    assert_layer_contract(build(op), torch.randn(INDEX.numel(), 6), INDEX)


def test_contract_of_a_learned_identity():
    assert_layer_contract(build(empty="learned"), torch.randn(INDEX.numel(), 6), INDEX)


@pytest.mark.parametrize("op", ALL)
@pytest.mark.parametrize("order", ["given", "sorted"])
def test_batch_independent(tol, op, order):
    aggr = build(op, order=order)
    x, index = ragged()
    assert_batch_independent(aggr, x, index, tol=tol)
    huge, its_index = torch.randn(500, 6), torch.full((500,), 9)
    beside = aggr(torch.cat([x, huge]), torch.cat([index, its_index]))[:9]
    torch.testing.assert_close(beside, aggr(x, index, dim_size=9), atol=tol, rtol=tol)


@pytest.mark.parametrize("op", EXACT)
def test_exact_operators_are_permutation_invariant(tol, op):
    assert_invariant(build(op), *ragged(), tol=tol)


def test_mlp_is_invariant_at_the_start(tol):
    assert_invariant(LCMAggregation(6, 6, op="mlp"), *ragged(), tol=tol)


def test_gru_is_not():
    with pytest.raises(AssertionError, match="permutation"):
        assert_invariant(build("gru"), *ragged())


@pytest.mark.parametrize("op", ["gru", "mlp"])
def test_sorted_order_is_permutation_invariant(tol, op):
    x, index = ragged()
    x[10:20] = x[20:30]  # Duplicates,
    x[30:40, 1:] = 0.0  # and rows that differ in one channel.
    assert_invariant(build(op, order="sorted", project=False), x, index, tol=tol)


def test_sorted_order_breaks_ties_of_the_projection(tol):
    projection = torch.randn(2, generator=torch.Generator().manual_seed(0), dtype=torch.float)
    a, b = projection.tolist()
    x = torch.tensor([[b, -a], [-b, a], [0.0, 0.0], [2 * b, -2 * a]])  # All project to zero.
    assert_invariant(build("gru", 2, order="sorted", project=False), x, tol=tol)


@pytest.mark.parametrize("op", ALL)
def test_singletons_are_unchanged_and_empty_sets_are_zero(tol, op):
    x = torch.randn(3, 6)
    out = build(op, project=False)(x, torch.tensor([0, 2, 3]), dim_size=5)
    torch.testing.assert_close(out[[0, 2, 3]], x, atol=tol, rtol=tol)
    assert bool((out[[1, 4]] == 0).all())


def test_learned_identity():
    aggr = build(empty="learned")
    out = aggr(torch.randn(2, 6), torch.tensor([1, 1]), dim_size=3)
    assert torch.equal(out[0], aggr.identity) and torch.equal(out[2], aggr.identity)
    out.sum().backward()
    assert aggr.identity.grad.tolist() == [2.0] * 6


def test_forms_of_the_same_sets_agree():
    aggr = build()
    index = INDEX
    x = torch.randn(index.numel(), 6)
    expected = aggr(x, index)
    ptr = torch.tensor([0, 2, 2, 7, 8, 8, 11])
    for out in (
        aggr(x, ptr=ptr),
        aggr(x, index, ptr=ptr),
        aggr(x, index.int()),
        aggr(x, index, dim_size=8)[:6],
        aggr(x, index, max_num_elements=5),
        aggr(x, plan=TreePlan.from_ptr(ptr)),
        aggr(x, plan=TreePlan.from_index(index)),
    ):
        torch.testing.assert_close(out, expected)


@pytest.mark.parametrize("op", ["gru", "topk"])
@pytest.mark.parametrize("order", ["given", "sorted"])
def test_any_dimension(op, order):
    aggr = build(op, order=order)
    x = torch.randn(3, 4, INDEX.numel(), 6)
    expected = torch.stack(
        [torch.stack([aggr(x[i, j], INDEX) for j in range(4)]) for i in range(3)]
    )
    torch.testing.assert_close(aggr(x, INDEX), expected)
    torch.testing.assert_close(aggr(x.movedim(2, 0), INDEX, dim=0), expected.movedim(2, 0))
    torch.testing.assert_close(aggr(x.movedim(2, -1), INDEX, dim=-1), expected.movedim(2, -1))


@pytest.mark.parametrize("op", ALL)
def test_no_elements_and_no_sets(op):
    aggr = build(op)
    none = torch.empty(0, dtype=torch.long)
    assert aggr(torch.empty(0, 6), none).shape == (0, 6)
    assert aggr(torch.empty(0, 6), none, dim_size=3).tolist() == torch.zeros(3, 6).tolist()


# Orders ---------------------------------------------------------------------


def test_random_order_in_training_and_given_in_evaluation():
    aggr = build(order="random")
    x, index = ragged()
    assert not torch.allclose(aggr(x, index), aggr(x, index))
    aggr.eval()
    given = build(order="given")
    given.load_state_dict(aggr.state_dict())
    assert torch.equal(aggr(x, index), given(x, index))


def test_generator_decides_random_orders():
    aggr = build(order="random")
    x, index = ragged()
    outs = [aggr(x, index, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert torch.equal(outs[0], outs[1]) and not torch.allclose(outs[0], outs[2])


def test_average_over_orders_is_closer_to_invariant():
    x, index = ragged(num_elements=200)

    def spread(num_orders):
        aggr = build(order="random", num_orders=num_orders, project=False).eval()
        return torch.stack([aggr(x, index) for _ in range(10)]).std(dim=0).mean()

    torch.manual_seed(0)
    few = spread(1)
    torch.manual_seed(0)
    assert spread(32) < few / 3


# Training -------------------------------------------------------------------


@pytest.mark.parametrize("op", ALL)
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradient(op):
    aggr = build(op, 3)
    x = torch.randn(8, 3, requires_grad=True)
    index = torch.tensor([0, 2, 2, 3, 3, 3, 3, 3])
    assert torch.autograd.gradcheck(lambda x: aggr(x, index), x)


@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_second_gradient():
    aggr = build("lse", 2)
    x = torch.randn(6, 2, requires_grad=True)
    index = torch.tensor([0, 2, 2, 3, 3, 3])
    assert torch.autograd.gradgradcheck(lambda x: aggr(x, index), x)


def test_associativity_loss_falls_threefold_in_200_steps():
    aggr = build(channels=8, project=False, assoc_weight=1.0)
    optimizer = torch.optim.Adam(aggr.parameters(), lr=1e-2)
    x, index = ragged(8)
    history = []
    for _ in range(200):
        aggr(x, index)
        loss = aggr.regularization()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert sum(history[-10:]) < sum(history[:10]) / 3
    assert aggr.associativity_error(x) > 0


def test_regularization_is_weighted_cleared_and_absent_in_evaluation():
    aggr = build(assoc_weight=1.0)
    x, index = ragged()
    aggr(x, index, generator=torch.Generator().manual_seed(0))
    once = aggr.regularization()
    assert once > 0 and aggr.regularization() == 0
    aggr.assoc_weight = 3.0
    aggr(x, index, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(regularization(torch.nn.ModuleList([aggr])), 3 * once)
    aggr.eval()(x, index)
    assert aggr.regularization() == 0


@pytest.mark.parametrize("op", EXACT)
def test_exact_operators_need_no_loss(tol, op):
    aggr = build(op, assoc_weight=1.0)
    x, index = ragged()
    aggr(x, index)
    assert aggr.regularization() == 0 and aggr.associativity_error(x) < tol


def test_copies_in_the_middle_of_training():
    aggr = build(assoc_weight=1.0)
    x, index = ragged()
    out = aggr(x, index)
    for copied in (copy.deepcopy(aggr), pickle.loads(pickle.dumps(aggr))):
        torch.testing.assert_close(copied(x, index), out)


def test_a_step_lowers_the_loss():
    aggr = build(order="random", assoc_weight=0.1)
    x, index = ragged()
    target = torch.randn(9, 6)
    optimizer = torch.optim.SGD(aggr.parameters(), lr=1e-2)
    generator = torch.Generator()

    def loss():
        generator.manual_seed(0)
        out = aggr(x, index, dim_size=9, generator=generator)
        return (out - target).square().mean() + aggr.regularization()

    before = loss()
    before.backward()
    optimizer.step()
    assert loss() < before


@pytest.mark.parametrize("op", ALL)
def test_autocast(op):
    aggr = build(op).float()
    x, index = torch.randn(60, 6, dtype=torch.float, requires_grad=True), torch.randint(9, (60,))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = aggr(x, index)
    out.float().sum().backward()
    assert bool(x.grad.isfinite().all())
    expected = aggr(x, index)
    error = (out.float() - expected).norm() / expected.norm()
    assert error < 0.05


@pytest.mark.parametrize("checkpoint_levels, floats", [(False, 60), (True, 20)])
def test_memory_of_one_large_set_beside_many_small(checkpoint_levels, floats):
    ptr = torch.cat([torch.tensor([0]), torch.tensor([4096, *[1] * 10_000]).cumsum(0)])
    aggr = LCMAggregation(32, 32, project=False, checkpoint_levels=checkpoint_levels).float()
    x = torch.randn(14_096, 32, dtype=torch.float, requires_grad=True)
    peak = peak_memory(lambda: aggr(x, ptr=ptr).sum().backward())
    assert peak < floats * x.numel() * x.element_size()


def test_checkpointing_changes_nothing():
    aggr = build()
    x, index = ragged()
    x.requires_grad_()
    grads = []
    for aggr.checkpoint_levels in (False, True):
        grads.append(torch.autograd.grad(aggr(x, index).sum(), [x, *aggr.parameters()]))
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b)


# Inside of PyG --------------------------------------------------------------


def graph():
    edge_index = torch.randint(12, (2, 40))
    return torch.randn(12, 6), edge_index


@pytest.mark.parametrize("cls", [SAGEConv, GraphConv])
@pytest.mark.parametrize("kwargs", [{"op": "lse"}, {"order": "sorted"}], ids=str)
def test_convolutions_are_equivariant(cls, kwargs):
    x, edge_index = graph()
    assert_equivariant(cls(6, 4, aggr=build(**kwargs)), x, edge_index)


def test_convolution_equals_the_direct_call():
    class Plain(MessagePassing):
        def forward(self, x, edge_index):
            return self.propagate(edge_index, x=x)

    x, edge_index = graph()
    aggr = build(cached=True)
    conv = Plain(aggr=aggr)
    expected = aggr(x[edge_index[0]], edge_index[1], dim_size=12)
    torch.testing.assert_close(conv(x, edge_index), expected)
    by_target = edge_index[:, edge_index[1].argsort(stable=True)]
    sorted_edges = EdgeIndex(by_target, sparse_size=(12, 12), sort_order="col")
    torch.testing.assert_close(conv(x, sorted_edges), expected)
    unique = torch.unique(edge_index.flip(0), dim=1).flip(0)  # A matrix has no double edges.
    adjacency = to_torch_csr_tensor(unique.flip(0), size=(12, 12))
    torch.testing.assert_close(conv(x, adjacency), conv(x, unique))


@pytest.mark.parametrize("mode", ["cat", "proj", "attn", "sum"])
def test_part_of_several_aggregations(mode):
    size = {"in_channels": 6, "out_channels": 6}
    kwargs = {"proj": size, "attn": {**size, "num_heads": 2}}.get(mode)
    aggr = MultiAggregation([build("lse"), "max"], mode=mode, mode_kwargs=kwargs)
    x, index = ragged()
    out = aggr(x, index)
    assert out.shape == (9, 12 if mode == "cat" else 6)
    assert_batch_independent(aggr, x, index)


def test_read_out():
    x, edge_index = graph()
    conv, read = SAGEConv(6, 6), build("lse")
    batch = torch.zeros(12, dtype=torch.long)

    def network(x, edge_index):
        return read(conv(x, edge_index), batch)

    expected = network(x, edge_index)
    perm = torch.randperm(12)
    out = network(x[perm], perm.argsort()[edge_index])
    torch.testing.assert_close(out, expected)


def test_heterogeneous_graphs():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = SAGEConv(6, 6, aggr=build())

        def forward(self, x, edge_index):
            return self.conv(x, edge_index)

    data = HeteroData()
    data["a"].x, data["b"].x = torch.randn(5, 6), torch.randn(4, 6)
    data["a", "to", "b"].edge_index = torch.tensor([[0, 1, 2, 4], [0, 0, 3, 0]])
    data["b", "to", "a"].edge_index = torch.tensor([[0, 1, 3], [2, 2, 4]])
    net = to_hetero(Net(), data.metadata())
    out = net(data.x_dict, data.edge_index_dict)
    assert {k: v.shape for k, v in out.items()} == {"a": (5, 6), "b": (4, 6)}
    sum(v.sum() for v in out.values()).backward()
    assert all(p.grad is not None for p in net.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("op", ["gru", "lse"])
def test_compiles_given_a_plan(op):
    torch._dynamo.reset()
    aggr = build(op)
    compiled = torch.compile(aggr, fullgraph=True, backend="aot_eager")
    plan = TreePlan.from_index(INDEX)
    x = torch.randn(INDEX.numel(), 6, requires_grad=True)
    out, expected = compiled(x, plan=plan), aggr(x, plan=plan)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(
        torch.autograd.grad(out.sum(), x), torch.autograd.grad(expected.sum(), x)
    )


# Bad input ------------------------------------------------------------------


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"project": False, "out_channels": 4}, r"'project' must be True .*\(6\).*\(4\)"),
        ({"order": "up"}, r"'order' must be one of .* \(got 'up'\)"),
        ({"empty": "one"}, r"'empty' must be one of .* \(got 'one'\)"),
        ({"assoc_weight": -1.0}, r"'assoc_weight' must not be negative \(got -1.0\)"),
        ({"num_triples": 0}, r"'num_triples' must be positive \(got 0\)"),
        ({"num_orders": -1}, r"'num_orders' must not be negative \(got -1\)"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        LCMAggregation(**{"in_channels": 6, "out_channels": 6, **kwargs})


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda a, x: a(x, torch.tensor([0, 1, 5]), dim_size=3), r"at least 6 .*\(got 3\)"),
        (lambda a, x: a(x, torch.tensor([0, -1, 1])), r"'index' must not be negative \(got -1\)"),
        (lambda a, x: a(x, torch.tensor([0, 1])), r"'x' has 3 elements .* the sets have 2"),
        (lambda a, x: a(x, ptr=torch.tensor([0, 2, 1, 3])), r"'ptr' must not decrease"),
        (lambda a, x: a(x, ptr=torch.tensor([0, 2])), r"'x' has 3 elements .* the sets have 2"),
        (lambda a, x: a(x[:, :5], torch.tensor([0, 0, 0])), r"'x' must have 6 channels \(got 5\)"),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call(build(), torch.randn(3, 6))


def test_bad_operator():
    aggr = LCMAggregation(6, 6, op=lambda a, b: a[:, :3])
    with pytest.raises(ValueError, match=r"'op' must return the shape of its operands"):
        aggr(torch.randn(3, 6), torch.zeros(3, dtype=torch.long))


def test_repr():
    assert str(LCMAggregation(6, 8, op="topk", k=4)) == (
        "LCMAggregation(6, 8, project=True, op=TopKOperator(8, k=4))"
    )
