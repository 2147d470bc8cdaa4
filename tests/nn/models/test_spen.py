import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader

from pyg_symm.nn import SPEN, EgoPlan, LCMAggregation
from pyg_symm.testing import assert_batch_independent, assert_equivariant, assert_layer_contract
from pyg_symm.transforms import EgoNets

# Two components, directed, unsorted; a self loop, parallel edges, a clique 5-6-7; node 8 alone.
EDGES = torch.tensor(
    [
        [1, 0, 3, 1, 2, 2, 4, 1, 3, 6, 5, 6, 7, 7, 5],
        [0, 1, 1, 2, 0, 2, 3, 2, 4, 5, 6, 7, 6, 5, 7],
    ]
)
NUM = 9
BATCH = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 2])
PAPER = {"keep_local": False, "count": False, "sizes": False, "marks": False}
of_tasks = pytest.mark.parametrize("task", ["graph", "node", "edge"])
of_orders = pytest.mark.parametrize("order", [1, 2])


def build(**kwargs):
    torch.manual_seed(0)
    kwargs = {"num_layers": 2, "out_channels": 3, "act": "elu", **kwargs}
    model = SPEN(4, 6, **kwargs)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return model.eval()


def features(num_nodes=NUM):
    return torch.randn(num_nodes, 4)


def rows_of(task, batch=BATCH, edges=EDGES):
    return {"graph": 3, "node": batch.numel(), "edge": edges.size(1)}[task]


def graphs():
    """The three graphs of :obj:`BATCH` as data."""
    x, out = features(), []
    for g, start, stop in ((0, 0, 5), (1, 5, 8), (2, 8, 9)):
        mine = BATCH[EDGES[0]] == g
        edges, attr = EDGES[:, mine] - start, torch.randn(int(mine.sum()), 2)
        out.append(Data(x=x[start:stop], edge_index=edges, edge_attr=attr, y=torch.tensor([g])))
    return out


# Symmetry -------------------------------------------------------------------


@of_tasks
@of_orders
@pytest.mark.parametrize(
    "options",
    [
        {},
        PAPER,
        {"merge": "sum", "matmul": True, "num_hops": 2},
        {"merge": "none", "aggr": "sum"},
        {"norm": "batch", "residual": True},
        {"norm": "graph"},
    ],
    ids=str,
)
def test_output_follows_what_it_belongs_to(tol, task, order, options):
    model = build(task=task, order=order, edge_dim=2, **options)
    x, attr = features(), torch.randn(EDGES.size(1), 2)
    if task == "node":
        assert_equivariant(lambda x, e, a: model(x, e, edge_attr=a), x, EDGES, attr)
        return
    out = model(x, EDGES, edge_attr=attr, batch=BATCH)
    assert out.shape == (rows_of(task), 3)
    perm, shuffle = torch.randperm(NUM), torch.randperm(EDGES.size(1))
    moved = model(
        x[perm],
        perm.argsort()[EDGES[:, shuffle]],
        edge_attr=attr[shuffle],
        batch=BATCH[perm],
    )
    torch.testing.assert_close(moved, out[shuffle] if task == "edge" else out, atol=tol, rtol=tol)


@pytest.mark.parametrize("task", ["graph", "node"])
@pytest.mark.parametrize("norm", [None, "batch", "layer", "graph"])
def test_graphs_do_not_depend_on_their_batch(task, norm):
    model = build(task=task, norm=norm, num_hops=2)
    for name, buffer in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            buffer.uniform_(0.5, 2.0)
    assert_batch_independent(lambda x, e, b: model(x, e, batch=b), features(), BATCH, EDGES)


def test_edges_do_not_depend_on_their_batch(tol):
    model, parts = build(task="edge"), graphs()
    together = Batch.from_data_list(parts)
    out = model(together.x, together.edge_index, batch=together.batch)
    alone = [model(data.x, data.edge_index) for data in parts]
    torch.testing.assert_close(out, torch.cat(alone), atol=tol, rtol=tol)


def test_parallel_edges_have_the_same_output():
    out = build(task="edge")(features(), EDGES)
    assert torch.equal(out[3], out[7]) and EDGES[:, 3].tolist() == EDGES[:, 7].tolist()
    assert not torch.allclose(out[0], out[1])  # There and back.


# Ego-networks ---------------------------------------------------------------


@of_tasks
@of_orders
@pytest.mark.parametrize("pairs", [True, False])
def test_ego_networks_from_the_transform_or_on_the_way(task, order, pairs):
    model = build(task=task, order=order, num_hops=2, edge_dim=2)
    data = Batch.from_data_list([EgoNets(2, pairs=pairs)(data) for data in graphs()])
    args, kwargs = (data.x, data.edge_index), {"edge_attr": data.edge_attr, "batch": data.batch}
    expected = model(*args, **kwargs)
    assert torch.equal(model(*args, **kwargs, ego=data), expected)
    assert torch.equal(model(*args, **kwargs, ego=EgoPlan.from_data(data)), expected)


@of_tasks
@of_orders
@pytest.mark.parametrize("norm", [None, "batch"])
@pytest.mark.parametrize("options", [{}, {"merge": "sum", "matmul": True}, PAPER], ids=str)
def test_sharing_ego_networks_changes_nothing(tol, task, order, norm, options):
    options = {**options, "marks": False}
    for num_hops in (1, 4):  # At the end, whole graphs.
        model = build(task=task, order=order, norm=norm, num_hops=num_hops, **options)
        data = Batch.from_data_list([EgoNets(num_hops, dedup=True)(data) for data in graphs()])
        assert data.root.numel() < NUM
        args, kwargs = (data.x, data.edge_index), {"batch": data.batch}
        expected = model(*args, **kwargs)
        torch.testing.assert_close(model(*args, **kwargs, ego=data), expected, atol=tol, rtol=tol)


def test_batches_of_a_loader(tol):
    model = build(num_hops=2, edge_dim=2)
    egos = [EgoNets(2, pairs=True)(data) for data in graphs()]
    alone = [model(e.x, e.edge_index, edge_attr=e.edge_attr, ego=e) for e in egos]
    (batch,) = DataLoader(egos, batch_size=3)
    out = model(
        batch.x,
        batch.edge_index,
        edge_attr=batch.edge_attr,
        batch=batch.batch,
        batch_size=batch.num_graphs,
        ego=batch,
    )
    torch.testing.assert_close(out, torch.cat(alone), atol=tol, rtol=tol)


# Graphs ---------------------------------------------------------------------


@of_tasks
@of_orders
@pytest.mark.parametrize("num_nodes", [0, 1, 3])
def test_graphs_without_edges(task, order, num_nodes):
    model = build(task=task, order=order, matmul=True)
    none = torch.empty(2, 0, dtype=torch.long)
    out = model(features(num_nodes), none)
    # Of no nodes and no number of graphs, none: as PyG's networks and readouts have it.
    rows = {"graph": min(num_nodes, 1), "node": num_nodes, "edge": 0}[task]
    assert out.shape == (rows, 3) and bool(out.isfinite().all())


def test_graphs_of_a_batch_may_have_no_nodes():
    model, x = build(), features()
    out = model(x, EDGES, batch=2 * BATCH, batch_size=6)
    torch.testing.assert_close(out[::2], model(x, EDGES, batch=BATCH))
    assert out.shape == (6, 3) and bool(out.isfinite().all())
    assert torch.equal(out[1], out[3])


@of_tasks
def test_direction_matters(task):
    model, x = build(task=task), features()
    there, back = model(x, EDGES, batch=BATCH), model(x, EDGES.flip(0), batch=BATCH)
    assert not torch.allclose(there, back, atol=1e-3)


def test_edges_need_at_least_one_hop():
    with pytest.raises(ValueError, match="'num_hops' must be positive"):
        build(task="edge", num_hops=0)(features(), EDGES)


# Training -------------------------------------------------------------------


@of_tasks
@pytest.mark.parametrize(
    "options",
    [
        {"norm": "batch", "dropout": 0.5},
        {"matmul": True, "merge": "sum", "norm": "graph", "residual": True},
        {"order": 1, "num_hops": 2},
        PAPER,
    ],
    ids=str,
)
def test_contract_of_a_network(task, options):
    model = SPEN(4, 6, 2, 3, task=task, edge_dim=2, **options)
    attr = torch.randn(EDGES.size(1), 2)
    assert_layer_contract(model, features(), EDGES, edge_attr=attr, batch=BATCH)


@of_tasks
@of_orders
def test_training_lowers_the_loss(task, order):
    torch.manual_seed(0)
    model = SPEN(4, 6, num_layers=2, out_channels=3, task=task, order=order).train()
    x, target = features(), torch.randint(3, (rows_of(task),))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(model(x, EDGES, batch=BATCH), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]


def test_readout_is_the_callers():
    x, counts = features(), BATCH.bincount().view(-1, 1)
    mean, total = build(head_channels=[]), build(head_channels=[], readout="sum")
    bias = mean.head(torch.zeros(1, 6))
    torch.testing.assert_close(
        total(x, EDGES, batch=BATCH) - bias, (mean(x, EDGES, batch=BATCH) - bias) * counts
    )
    lcm = build(readout=LCMAggregation(6, 6))
    assert_batch_independent(lambda x, e, b: lcm(x, e, batch=b), x, BATCH, EDGES)


def test_head_and_its_dropout():
    model = SPEN(4, 6, 1, 3, head_channels=[16, 8], dropout=0.5)
    assert model.head.channel_list == [6, 16, 8, 3]
    x = features()
    assert not torch.equal(model(x, EDGES), model(x, EDGES))
    model.eval()
    assert torch.equal(model(x, EDGES), model(x, EDGES))


def test_order_1_keeps_no_features_of_pairs():
    conv = build(order=1, num_layers=2).convs[1]
    assert conv.lin.out_channels == (0, 6, 0) and conv.lin.weight_pairs is None


def test_repr():
    text = "SPEN(4, 6, num_layers=2, out_channels=3, num_hops=2)"
    assert str(build(num_hops=2)) == text


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_layers": 0}, r"'num_layers' must be an integer of 1 or more \(got 0\)"),
        ({"task": "pair"}, r"'task' must be one of .*'edge'.* \(got 'pair'\)"),
        ({"order": 3}, r"'order' must be 1 or 2 \(got 3\)"),
        ({"merge": "max"}, r"'merge' must be one of .* \(got 'max'\)"),
        ({"num_hops": -1}, r"'num_hops' must be an integer of 0 or more \(got -1\)"),
        ({"head_channels": [8, 0]}, r"'head_channels' must be an integer of 1 .*\(got 0\)"),
        ({"dropout": 1.5}, r"'dropout' must be in 0..1 \(got 1.5\)"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


@pytest.mark.parametrize("x", [None, (torch.ones(9, 4), torch.ones(9, 4))])
def test_no_features_and_bipartite_graphs(x):
    with pytest.raises(ValueError, match="'x' must be one tensor of node features; 'SPEN' does"):
        build()(x, EDGES)


def test_data_without_ego_networks():
    with pytest.raises(ValueError, match=r"must come from 'EgoNets' \(it has no 'n_id'\)"):
        build()(features(), EDGES, ego=Data(x=features(), edge_index=EDGES))


@of_tasks
def test_compiles_without_a_graph_break_given_a_new_plan(task):
    torch._dynamo.reset()
    model, x = build(task=task), features()
    ego = EgoPlan.from_edges(EDGES, NUM, 1)
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    out = compiled(x, EDGES, batch=BATCH, batch_size=3, ego=ego)
    torch.testing.assert_close(out, model(x, EDGES, batch=BATCH, batch_size=3, ego=ego))
