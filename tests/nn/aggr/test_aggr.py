import copy
import pickle

import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.data import HeteroData
from torch_geometric.nn import GraphConv, MessagePassing, MultiAggregation, SAGEConv, to_hetero
from torch_geometric.utils import to_torch_csr_tensor

from pyg_symm.nn import LCMAggregation, RecurrentAggregation
from pyg_symm.nn.aggr import TreePlan
from pyg_symm.testing import (
    assert_batch_independent,
    assert_equivariant,
    peak_memory,
)

EXACT = ["lse", "topk", "flow", "product"]
ALL = ["gru", "mlp", *EXACT]
INDEX = torch.tensor([0, 0, 2, 2, 2, 2, 2, 3, 5, 5, 5])  # Sets 1 and 4 are empty.


@pytest.mark.parametrize("op", ALL)
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradient(op, build_lcm):
    aggr = build_lcm(op, 3)
    x = torch.randn(8, 3, requires_grad=True)
    index = torch.tensor([0, 2, 2, 3, 3, 3, 3, 3])
    assert torch.autograd.gradcheck(lambda x: aggr(x, index), x)


@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_second_gradient(build_lcm):
    aggr = build_lcm("lse", 2)
    x = torch.randn(6, 2, requires_grad=True)
    index = torch.tensor([0, 2, 2, 3, 3, 3])
    assert torch.autograd.gradgradcheck(lambda x: aggr(x, index), x)


def test_copies_in_the_middle_of_training(build_lcm, ragged):
    aggr = build_lcm(assoc_weight=1.0)
    x, index = ragged()
    out = aggr(x, index)
    for copied in (copy.deepcopy(aggr), pickle.loads(pickle.dumps(aggr))):
        torch.testing.assert_close(copied(x, index), out)


def test_a_step_lowers_the_loss(build_lcm, ragged):
    aggr = build_lcm(order="random", assoc_weight=0.1)
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
def test_autocast(op, build_lcm):
    aggr = build_lcm(op).float()
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


def test_checkpointing_changes_nothing(build_lcm, ragged):
    aggr = build_lcm()
    x, index = ragged()
    x.requires_grad_()
    grads = []
    for aggr.checkpoint_levels in (False, True):
        grads.append(torch.autograd.grad(aggr(x, index).sum(), [x, *aggr.parameters()]))
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b)


def graph():
    edge_index = torch.randint(12, (2, 40))
    return torch.randn(12, 6), edge_index


@pytest.mark.parametrize("cls", [SAGEConv, GraphConv])
@pytest.mark.parametrize("kwargs", [{"op": "lse"}, {"order": "sorted"}], ids=str)
def test_convolutions_are_equivariant(cls, kwargs, build_lcm):
    x, edge_index = graph()
    assert_equivariant(cls(6, 4, aggr=build_lcm(**kwargs)), x, edge_index)


def test_convolution_equals_the_direct_call(build_lcm):
    class Plain(MessagePassing):
        def forward(self, x, edge_index):
            return self.propagate(edge_index, x=x)

    x, edge_index = graph()
    aggr = build_lcm(cached=True)
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
def test_part_of_several_aggregations(mode, ragged, build_lcm):
    size = {"in_channels": 6, "out_channels": 6}
    kwargs = {"proj": size, "attn": {**size, "num_heads": 2}}.get(mode)
    aggr = MultiAggregation([build_lcm("lse"), "max"], mode=mode, mode_kwargs=kwargs)
    x, index = ragged()
    out = aggr(x, index)
    assert out.shape == (9, 12 if mode == "cat" else 6)
    assert_batch_independent(aggr, x, index)


def test_read_out(build_lcm):
    x, edge_index = graph()
    conv, read = SAGEConv(6, 6), build_lcm("lse")
    batch = torch.zeros(12, dtype=torch.long)

    def network(x, edge_index):
        return read(conv(x, edge_index), batch)

    expected = network(x, edge_index)
    perm = torch.randperm(12)
    out = network(x[perm], perm.argsort()[edge_index])
    torch.testing.assert_close(out, expected)


def test_heterogeneous_graphs(build_lcm):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = SAGEConv(6, 6, aggr=build_lcm())

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
def test_compiles_given_a_plan(op, build_lcm):
    torch._dynamo.reset()
    aggr = build_lcm(op)
    compiled = torch.compile(aggr, fullgraph=True, backend="aot_eager")
    plan = TreePlan.from_index(INDEX)
    x = torch.randn(INDEX.numel(), 6, requires_grad=True)
    out, expected = compiled(x, plan=plan), aggr(x, plan=plan)
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(
        torch.autograd.grad(out.sum(), x), torch.autograd.grad(expected.sum(), x)
    )


# Both aggregations ----------------------------------------------------------
MAKE = {
    "lcm": lambda: LCMAggregation(4, 4),
    "lse": lambda: LCMAggregation(4, 4, op="lse", empty="learned"),
    "gru": lambda: RecurrentAggregation("gru", 4, 4),
    "lstm": lambda: RecurrentAggregation("lstm", 4, 4),
}
of_aggregations = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE.keys())
SETS = torch.tensor([0, 3, 0, 3, 3, 0])


@of_aggregations
def test_integers_of_any_size(make):
    aggr = make()
    x = torch.randn(6, 4)
    expected = aggr(x, ptr=torch.tensor([0, 2, 6]))
    assert torch.equal(aggr(x, ptr=torch.tensor([0, 2, 6], dtype=torch.int32)), expected)
    index = torch.tensor([0, 0, 1, 1, 1, 1])
    for dtype in (torch.int32, torch.int16, torch.uint8):
        assert torch.equal(aggr(x, index.to(dtype)), expected)


@of_aggregations
@pytest.mark.parametrize("dim", [0, 1, -2])
def test_results_are_contiguous(make, dim):
    aggr = make()
    x = torch.randn(6, 6, 4)
    out = aggr(x, SETS, dim=dim)
    assert out.is_contiguous() and out.view(-1, 4).shape == (24, 4)


@of_aggregations
@pytest.mark.parametrize("num_sets", [0, 3])
def test_no_elements_still_have_a_gradient(make, num_sets):
    aggr = make()
    x = torch.randn(0, 4, requires_grad=True)
    out = aggr(x, SETS[:0], dim_size=num_sets)
    assert out.shape == (num_sets, 4) and out.requires_grad
    out.sum().backward()
    assert x.grad.shape == (0, 4)


@of_aggregations
def test_transforms_of_functions(make):
    aggr = make()
    x, v = torch.randn(6, 4), torch.randn(6, 4)
    parameters = dict(aggr.named_parameters())

    def loss(x, parameters=parameters):
        out = torch.func.functional_call(aggr, parameters, (x, SETS), {"dim_size": 5})
        return out.square().sum()

    leaf = x.clone().requires_grad_()
    expected = torch.autograd.grad(loss(leaf), [leaf, *aggr.parameters()], allow_unused=True)
    torch.testing.assert_close(torch.func.grad(loss)(x), expected[0])
    found = torch.func.grad(loss, argnums=1)(x, parameters)
    for ours, theirs in zip(found.values(), expected[1:], strict=True):
        torch.testing.assert_close(ours, torch.zeros_like(ours) if theirs is None else theirs)
    hessian = torch.func.jacrev(torch.func.grad(loss))(x).view(24, 24)
    torch.testing.assert_close(hessian, hessian.t())
    with torch.backends.mkldnn.flags(False, allow_tf32=None):  # Its LSTM has no forward mode.
        tangent = torch.func.jvp(loss, (x,), (v,))[1]
        torch.testing.assert_close(tangent, (expected[0] * v).sum(), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(torch.func.jacfwd(loss)(x), expected[0])


@of_aggregations
def test_many_inputs_at_once(make):
    aggr = make()
    xs = torch.randn(3, 6, 4)
    if isinstance(aggr, RecurrentAggregation):
        # PyTorch has no batched form of its own recurrent networks.
        with pytest.raises(RuntimeError, match="Batching rule not implemented"):
            torch.func.vmap(lambda x: aggr(x, SETS))(xs)
        return
    expected = torch.stack([aggr(x, SETS) for x in xs])
    torch.testing.assert_close(torch.func.vmap(lambda x: aggr(x, SETS))(xs), expected)
    last = torch.func.vmap(lambda x: aggr(x, SETS), in_dims=2)(xs.movedim(0, 2))
    torch.testing.assert_close(last, expected)


@pytest.mark.parametrize("make", [LCMAggregation, lambda *c: RecurrentAggregation("gru", *c)])
def test_sizes_are_positive(make):
    with pytest.raises(
        ValueError, match=r"'in_channels' must be an integer of 1 or more \(got -1\)"
    ):
        make(-1, 8)
    with pytest.raises(
        ValueError, match=r"'out_channels' must be an integer of 1 or more \(got 0\)"
    ):
        make(8, 0)


def test_a_plan_and_other_sizes():
    plan = TreePlan.from_index(SETS)
    with pytest.raises(ValueError, match="'dim_size' is 9, but 'plan' has 4 sets"):
        LCMAggregation(4, 4)(torch.randn(6, 4), plan=plan, dim_size=9)
