import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.graphs import EgoPlan, ego_networks
from pyg_symm.nn import SPENConv
from pyg_symm.transforms import EgoNets
from pyg_symm.utils import memory

pytestmark = pytest.mark.usefixtures("float64")

OPTIONS = [{}, {"dedup": True}, {"max_nodes": 3}, {"dedup": True, "max_nodes": 4}]
of_options = pytest.mark.parametrize("options", OPTIONS, ids=str)
of_orders = pytest.mark.parametrize("order", [1, 2])


def graph(seed=0):
    """Directed, with a self loop, parallel edges, a clique 6-7-8 and node 9 alone."""
    generator = torch.Generator().manual_seed(seed)
    edges = torch.randint(6, (2, 12), generator=generator)
    loop = torch.tensor([[2, 2, 6, 6, 7, 7, 8, 8], [2, 2, 7, 8, 6, 8, 6, 7]])
    edges = torch.cat([edges, edges[:, :3], loop], dim=1)
    return edges[:, torch.randperm(edges.size(1), generator=generator)], 10


def batch_of_graphs():
    none = torch.empty(2, 0, dtype=torch.long)
    parts = [graph(1), (none, 2), graph(2), (none, 0), (none, 1)]
    return [Data(edge_index=edges, num_nodes=num) for edges, num in parts]


def assert_same(left, right):
    for key in ("num_nodes", "hop", "ego_id", "edge_pair", "e_id", "weight"):
        torch.testing.assert_close(getattr(left, key), getattr(right, key), rtol=0, atol=0)
    assert torch.equal(left.tuples.ptr, right.tuples.ptr)
    for name in ("nodes", "pairs"):
        torch.testing.assert_close(vars(getattr(left, name)), vars(getattr(right, name)))


def names_of_pairs(plan, node):
    """The ego-network of each pair, and the two nodes that it is."""
    i, j = plan.tuples.rows.index, plan.tuples.cols.index
    ego = plan.tuples.sets.index[i]
    return list(zip(ego.tolist(), node[i].tolist(), node[j].tolist(), strict=True))


@of_options
@pytest.mark.parametrize("pairs", [True, False])
def test_data_and_edges_give_the_same_plan(options, pairs):
    graphs = batch_of_graphs()
    batch = Batch.from_data_list([EgoNets(2, pairs=pairs, **options)(data) for data in graphs])
    plan = EgoPlan.from_data(batch)
    if "max_nodes" not in options:  # Drawn for each graph anew.
        assert_same(plan, EgoPlan.from_edges(batch.edge_index, batch.num_nodes, 2, **options))
    alone = EgoNets(2, pairs=pairs, **options)(graphs[0])
    assert_same(
        EgoPlan.from_data(alone), EgoPlan.from_edges(graphs[0].edge_index, 10, 2, **options)
    )


@of_options
def test_pairs_behind_edges(options):
    edges, num_nodes = graph()
    plan = EgoPlan.from_edges(edges, num_nodes, 1, **options)
    egos = ego_networks(edges, num_nodes, 1, **options)
    names = names_of_pairs(plan, egos.n_id)
    edge_of = zip(egos.e_sub_batch.tolist(), egos.e_id, strict=True)
    expected = [(s, *edges[:, e].tolist()) for s, e in edge_of]
    assert [names[p] for p in plan.edge_pair] == expected
    assert torch.equal(plan.e_id, egos.e_id) and torch.equal(plan.hop, egos.hop)


@of_options
def test_members_and_pairs_that_are_the_same(options):
    edges, num_nodes = graph()
    plan = EgoPlan.from_edges(edges, num_nodes, 2, **options)
    node = ego_networks(edges, num_nodes, 2, **options).n_id
    assert torch.equal(plan.nodes.index, node)
    names = [(i, j) for _, i, j in names_of_pairs(plan, node)]
    distinct = {name: u for u, name in enumerate(sorted(set(names)))}
    assert plan.pairs.index.tolist() == [distinct[name] for name in names]
    assert plan.pairs.ptr.numel() - 1 == len(distinct)


@of_options
@of_orders
@pytest.mark.parametrize("mean", [True, False])
def test_merge_equals_a_dictionary(options, order, mean):
    edges, num_nodes = graph()
    plan = EgoPlan.from_edges(edges, num_nodes, 2, **options)
    egos = ego_networks(edges, num_nodes, 2, **options)
    if order == 2:
        names = names_of_pairs(plan, egos.n_id)
    else:
        names = list(zip(egos.n_sub_batch.tolist(), egos.n_id.tolist(), strict=True))
    x = torch.randn(len(names), 3)
    seen = {}  # By every node its own ego-network says something, shared or not.
    for row, (s, *name) in zip(x, names, strict=True):
        times = int((egos.ego_id == s).sum())
        seen.setdefault(tuple(name), []).extend([row] * times)
    everything = range(num_nodes) if order == 1 else sorted(seen)
    out, count = plan.merge(x, order, mean)
    for row, number, name in zip(out, count, everything, strict=True):
        rows = torch.stack(seen[(name,) if order == 1 else name])
        torch.testing.assert_close(row, rows.mean(0) if mean else rows.sum(0))
        assert number.tolist() == [len(rows)]
    assert count.dtype == x.dtype


@of_orders
def test_sharing_changes_no_merge(order):
    edges, num_nodes = graph()
    full, shared = (EgoPlan.from_edges(edges, num_nodes, 1, dedup=dedup) for dedup in (False, True))
    assert shared.tuples.num_sets < full.tuples.num_sets
    assert int(shared.weight.sum()) == num_nodes and full.weight is None
    # What depends on the ego-network and the pair alone, on the shared ones and on all.
    per_ego = torch.randn(shared.tuples.num_sets, 3)
    x, y = per_ego[shared.tuples.sets.index], per_ego[shared.ego_id][full.tuples.sets.index]
    if order == 2:
        x, y = x[shared.tuples.rows.index], y[full.tuples.rows.index]
    for mean in (True, False):
        torch.testing.assert_close(shared.merge(x, order, mean), full.merge(y, order, mean))


@of_options
def test_graph_of_everything(options):
    batch = Batch.from_data_list([EgoNets(1, **options)(data) for data in batch_of_graphs()])
    plan = EgoPlan.from_data(batch)
    assert torch.equal(plan.graph_of(batch.batch, 0), batch.batch[batch.root])
    member = batch.batch[batch.n_id]
    assert torch.equal(plan.graph_of(batch.batch, 1), member)
    assert torch.equal(plan.graph_of(batch.batch, 2), member[plan.tuples.rows.index])


@pytest.mark.parametrize("dedup", [True, False])
def test_pair_of_each_edge(dedup):
    edges, num_nodes = graph()
    plan = EgoPlan.from_edges(edges, num_nodes, 1, dedup=dedup)
    node = ego_networks(edges, num_nodes, 1, dedup=dedup).n_id
    distinct = sorted({(i, j) for _, i, j in names_of_pairs(plan, node)})
    found = plan.pair_of_edge
    assert [list(distinct[p]) for p in found] == edges.t().tolist()


@pytest.mark.parametrize("options", [{"num_hops": 0}, {"num_hops": 1, "max_nodes": 2}])
def test_edges_that_are_in_no_ego_network(options):
    edges, num_nodes = graph()
    plan = EgoPlan.from_edges(edges, num_nodes, **options)
    with pytest.raises(ValueError, match="'num_hops' must be positive and 'max_nodes' larger"):
        print(plan.pair_of_edge)


def test_transform_must_have_been_applied():
    edges, num_nodes = graph()
    with pytest.raises(ValueError, match=r"must come from 'EgoNets' \(it has no 'n_id'\)"):
        EgoPlan.from_data(Data(edge_index=edges, num_nodes=num_nodes))


@pytest.mark.parametrize("dedup", [True, False])
def test_plan_moves_between_devices(dedup):
    edges, num_nodes = graph()
    here = EgoPlan.from_edges(edges, num_nodes, 1, dedup=dedup)
    there = here.to("meta")
    assert repr(there) == repr(here) and (there.weight is not None) == dedup
    for name in ("hop", "ego_id", "edge_pair", "e_id"):
        assert getattr(there, name).device.type == "meta"
    out, count = there.merge(torch.empty(here.tuples.num_pairs, 4, device="meta"), order=2)
    assert out.shape == (here.pairs.ptr.numel() - 1, 4) and count.device.type == "meta"


def test_repr():
    edges = torch.tensor([[0, 1], [1, 0]])
    assert str(EgoPlan.from_edges(edges, 3, 1)) == (
        "EgoPlan(num_nodes=3, num_egos=3, num_members=5, num_pairs=9, num_distinct_pairs=5)"
    )


def test_pairs_that_do_not_fit_are_refused_before_they_are_made(make_star):
    edges, num_nodes = make_star(1_000_000)
    message = (
        r"have .*1,000,00\d,\d{3},\d{3} pairs of members.* need 67,055\.\d GiB of memory, but .* "
        r"set 'max_nodes'"
    )
    with pytest.raises(ValueError, match=message):
        EgoPlan.from_edges(edges, num_nodes, 1)
    with pytest.raises(ValueError, match="set 'max_nodes'"):
        EgoNets(1, pairs=True)(Data(edge_index=edges, num_nodes=num_nodes))
    small = EgoPlan.from_edges(edges, num_nodes, 1, max_nodes=2)
    assert small.tuples.num_pairs == 4 * num_nodes


def test_many_pairs_are_announced(monkeypatch, make_star):
    monkeypatch.setattr(memory, "_SMALL", 0)
    edges, num_nodes = make_star(10)
    with pytest.warns(UserWarning, match="of 11 nodes have 161 pairs .* 'max_nodes'"):
        EgoPlan.from_edges(edges, num_nodes, 1)


def test_a_plan_made_in_inference_mode_trains_afterwards():
    edges, num_nodes = graph()
    with torch.inference_mode():
        inside = EgoPlan.from_edges(edges, num_nodes, 1)
    for plan in (inside, EgoPlan.from_edges(edges, num_nodes, 1)):
        conv = SPENConv(3, 3, matmul=True)
        x = torch.randn(num_nodes, 3, requires_grad=True)
        with torch.inference_mode():
            conv(x, ego=plan)
        conv(x, ego=plan).sum().backward()
        assert bool(x.grad.isfinite().all())


def test_export_leaves_nothing_in_a_plan():
    edges, num_nodes = graph()
    plan = EgoPlan.from_edges(edges, num_nodes, 1, dedup=True)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = SPENConv(3, 3)

        def forward(self, x):
            return self.conv(x, ego=plan)

    net, x = Net(), torch.randn(num_nodes, 3)
    expected = net(x)
    torch.export.export(net, (x,), strict=False)
    assert type(net(x)) is torch.Tensor and torch.equal(net(x), expected)


def test_data_of_different_numbers_of_hops_are_refused():
    edges, num_nodes = graph()
    parts = [EgoNets(k)(Data(edge_index=edges, num_nodes=num_nodes)) for k in (1, 2)]
    with pytest.raises(ValueError, match=r"different numbers of hops \(got \[1, 2\]\)"):
        EgoPlan.from_data(Batch.from_data_list(parts))
