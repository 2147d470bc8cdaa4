import pickle

import pytest
import torch
from torch_geometric.data import Batch, Data, InMemoryDataset
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import RootedEgoNets
from torch_geometric.utils import from_smiles

from pyg_symm.graphs import EgoPlan, ego_networks
from pyg_symm.testing import peak_memory
from pyg_symm.transforms import EgoNetData, EgoNets
from pyg_symm.utils import TuplePlan, index_to_ptr

FIELDS = ["sub_edge_index", "n_id", "e_id", "n_sub_batch", "e_sub_batch"]
OPTIONS = [{}, {"pairs": True}, {"dedup": True, "pairs": True}, {"max_nodes": 3}]
of_options = pytest.mark.parametrize("options", OPTIONS, ids=str)


def graph(num_nodes, edges, seed=0):
    generator = torch.Generator().manual_seed(seed)
    edge_index = torch.tensor(edges, dtype=torch.long).reshape(-1, 2).t().contiguous()
    return Data(
        x=torch.randn(num_nodes, 3, generator=generator),
        edge_index=edge_index,
        edge_attr=torch.randn(edge_index.size(1), 2, generator=generator),
        y=torch.tensor([seed]),
    )


def random_graph(kind, seed=0, num_nodes=10, num_edges=18):
    """Edges in no order; the last two nodes have none."""
    generator = torch.Generator().manual_seed(seed)
    edges = torch.randint(num_nodes - 2, (num_edges, 2), generator=generator)
    if kind != "self loops":
        edges = edges[edges[:, 0] != edges[:, 1]]
    if kind == "undirected":
        edges = torch.cat([edges, edges.flip(1)])
    if kind == "multi-edges":
        edges = torch.cat([edges, edges[:5]])
    else:
        edges = edges.unique(dim=0)
    return graph(num_nodes, edges[torch.randperm(len(edges), generator=generator)].tolist(), seed)


def graphs():
    """All that a batch may hold, cliques that share ego-networks and graphs of nothing too."""
    clique = [(i, j) for i in range(4) for j in range(4) if i != j]
    return [
        random_graph("undirected", 1),
        graph(3, [], 2),
        graph(4, clique, 3),
        graph(0, [], 4),
        graph(1, [(0, 0)], 5),
        random_graph("multi-edges", 6),
        graph(0, [], 7),
    ]


def assert_same(left, right):
    assert set(left.keys()) == set(right.keys())
    for key in left.keys():
        assert type(left[key]) is type(right[key]), key
        if isinstance(left[key], torch.Tensor):
            assert left[key].dtype == right[key].dtype and torch.equal(left[key], right[key]), key
        else:
            assert left[key] == right[key], key


@pytest.mark.parametrize("kind", ["directed", "undirected", "multi-edges", "self loops"])
@pytest.mark.parametrize("num_hops", range(4))
def test_equals_rooted_ego_nets(kind, num_hops):
    for seed in range(5):
        data = random_graph(kind, seed)
        ours, theirs = EgoNets(num_hops)(data), RootedEgoNets(num_hops)(data)
        for key in theirs.keys():  # In the same order, too.
            assert torch.equal(ours[key], theirs[key]), key
        assert set(ours.keys()) - set(theirs.keys()) == {"root", "hop", "num_nodes"}


@pytest.mark.parametrize("smiles", ["CC(=O)Oc1ccccc1C(=O)O", "C1CC2CCC1CC2", "[Na+].[Cl-]", "C"])
def test_equals_rooted_ego_nets_on_molecules(smiles):
    data = from_smiles(smiles)
    for num_hops in (1, 2):
        ours, theirs = EgoNets(num_hops)(data), RootedEgoNets(num_hops)(data)
        assert all(torch.equal(ours[key], theirs[key]) for key in FIELDS)


@pytest.mark.parametrize("num_nodes, edges", [(0, []), (1, []), (1, [(0, 0)]), (3, [])])
def test_graphs_of_next_to_nothing(num_nodes, edges):
    data = EgoNets(2, dedup=True, pairs=True)(graph(num_nodes, edges))
    each = torch.arange(num_nodes)
    for key in ("n_id", "root", "n_sub_batch", "ego_id", "pair_order"):
        assert torch.equal(data[key], each), key
    assert torch.equal(data.hop, torch.zeros_like(each))
    assert torch.equal(data.pair_count, torch.ones_like(each))
    assert torch.equal(data.sub_edge_index, data.edge_index)


def test_graph_itself_stays_as_it_is():
    data = random_graph("directed")
    before = data.clone()
    out = EgoNets(1)(data)
    assert_same(data, before)
    assert isinstance(out, EgoNetData) and out.num_nodes == 10
    for key in before.keys():
        assert torch.equal(out[key], before[key])


def test_last_call_wins():
    data = random_graph("directed")
    once = EgoNets(1)(data)
    assert_same(EgoNets(1)(EgoNets(2, dedup=True, pairs=True)(data)), once)


@of_options
def test_batch_of_ego_networks_is_the_ego_networks_of_the_batch(options):
    options = {**options}
    pairs = options.pop("pairs", False)
    batch = Batch.from_data_list([EgoNets(2, pairs=pairs, **options)(data) for data in graphs()])
    if "max_nodes" not in options:  # Drawn for each graph anew.
        egos = ego_networks(batch.edge_index, batch.num_nodes, 2, **options)
        for name in ["root", "hop", *FIELDS]:
            assert torch.equal(batch[name], getattr(egos, name)), name
        assert ("ego_id" in batch) == options.get("dedup", False)
        assert torch.equal(batch.get("ego_id", batch.root), egos.ego_id)
    if pairs:
        plan = TuplePlan.from_ptr(index_to_ptr(batch.n_sub_batch, batch.root.numel()))
        order, count = plan.group_pairs(batch.n_id, batch.num_nodes)
        assert torch.equal(batch.pair_order, order) and torch.equal(batch.pair_count, count)


@of_options
def test_batches_come_apart_again(options):
    egos = [EgoNets(2, **options)(data) for data in graphs()]
    for ours, expected in zip(Batch.from_data_list(egos).to_data_list(), egos, strict=True):
        assert isinstance(ours, EgoNetData)
        assert_same(ours, expected)


@of_options
def test_data_sets_come_apart_again(options):
    egos = [EgoNets(2, **options)(data) for data in graphs()]
    dataset = InMemoryDataset()
    dataset.data, dataset.slices = dataset.collate(egos)
    for ours, expected in zip(dataset, egos, strict=True):
        assert_same(ours, expected)


def test_pickled():
    data = EgoNets(2, dedup=True, pairs=True)(random_graph("undirected"))
    assert_same(pickle.loads(pickle.dumps(data)), data)


@pytest.mark.filterwarnings("error")
def test_data_sets_are_saved_and_load_without_pickled_code(tmp_path):
    egos = [EgoNets(2, dedup=True, pairs=True)(data) for data in graphs()]
    InMemoryDataset.save(egos, str(tmp_path / "egos.pt"))
    dataset = InMemoryDataset()
    dataset.load(str(tmp_path / "egos.pt"), data_cls=EgoNetData)
    for ours, expected in zip(dataset, egos, strict=True):
        assert isinstance(ours, EgoNetData)
        assert_same(ours, expected)


def test_loader_with_workers():
    egos = [EgoNets(2, dedup=True, pairs=True)(data) for data in graphs()]
    here = DataLoader(egos, batch_size=3)
    there = DataLoader(egos, batch_size=3, num_workers=2)
    for ours, expected in zip(there, here, strict=True):
        assert_same(ours, expected)


@pytest.mark.parametrize("kind", ["directed", "multi-edges"])
def test_ego_networks_as_graphs_of_their_own(kind):
    data = random_graph(kind)
    out, theirs = EgoNets(2, pairs=True)(data).map_data(), RootedEgoNets(2)(data).map_data()
    for key in theirs.keys():
        assert torch.equal(out[key], theirs[key]), key
    assert set(out.keys()) - set(theirs.keys()) == {"hop", "num_nodes"}
    assert torch.equal(out.hop, EgoNets(2)(data).hop) and out.num_nodes == out.hop.numel()


def test_shared_ego_networks_as_graphs_of_their_own():
    data = graphs()[2]
    out = EgoNets(1, dedup=True)(data).map_data()  # One clique, as it was.
    for key in ("x", "edge_index", "edge_attr"):
        assert torch.equal(out[key], data[key])


@of_options
def test_pairs_are_those_that_a_plan_finds(options):
    options = {k: v for k, v in options.items() if k != "pairs"}
    with_pairs, without = (
        EgoPlan.from_data(
            Batch.from_data_list([EgoNets(2, pairs=pairs, **options)(g) for g in graphs()])
        )
        for pairs in (True, False)
    )
    assert with_pairs.pairs.ptr.numel() > 1
    torch.testing.assert_close(vars(with_pairs.pairs), vars(without.pairs), rtol=0, atol=0)


def test_options_reach_the_search():
    data = random_graph("undirected", num_edges=60)
    out = EgoNets(2, max_nodes=4, dedup=True, seed=5)(data)
    egos = ego_networks(data.edge_index, 10, 2, max_nodes=4, dedup=True, seed=5)
    for key in ("n_id", "hop", "ego_id"):
        assert torch.equal(out[key], getattr(egos, key))


def test_nothing_is_as_large_as_all_pairs():
    num_nodes = 20_000
    node = torch.arange(num_nodes)
    edge_index = torch.stack([node, (node + 1) % num_nodes])
    data = Data(edge_index=torch.cat([edge_index, edge_index.flip(0)], 1), num_nodes=num_nodes)
    assert peak_memory(lambda: EgoNets(1, dedup=True, pairs=True)(data)) < num_nodes**2 / 10


def test_repr_tells_all_settings_apart():
    text = "EgoNets(num_hops=2, max_nodes=None, dedup=False, pairs=False, seed=0)"
    assert str(EgoNets(2)) == text


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: EgoNets(-1), r"'num_hops' must be an integer of 0 or more \(got -1\)"),
        (lambda: EgoNets(1.5), r"'num_hops' must be an integer of 0 or more \(got 1.5\)"),
        (lambda: EgoNets(1, max_nodes=0), r"'max_nodes' must be an integer of 1 .*\(got 0\)"),
        (
            lambda: EgoNets(1)(Data(x=torch.ones(3, 1))),
            r"'data' must have edges and a number of nodes \(got Data\(x=\[3, 1\]\)\)",
        ),
        (
            lambda: EgoNets(1)(Data(edge_index=torch.tensor([[0], [3]]), num_nodes=2)),
            r"must be at least 4 .* \(got 2\)",
        ),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()
