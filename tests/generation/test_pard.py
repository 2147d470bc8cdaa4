import pytest
import torch
from torch_geometric.data import Batch

from pyg_symm.generation import PARD, GraphStatistics, PARDConfig


def test_samples_are_graphs_of_the_kind(make, seeded, variant):
    model = make(**variant)
    samples = model.sample(9, generator=seeded(), batch_size=4, progress=False)
    assert len(samples) == 9
    for data in samples:
        data.validate()
        assert data.is_undirected() and not data.has_self_loops()
        assert 1 <= data.num_nodes <= 8
        assert (data.x < 3).all() and (data.edge_attr < 3).all() and (data.edge_attr > 0).all()
        assert torch.equal(data.block_id, data.block_id.sort().values)
        sizes = torch.bincount(data.block_id)
        assert (sizes > 0).all() and len(sizes) == data.num_blocks
    assert model.report.graphs == 9


def test_samples_depend_on_the_seed_and_not_on_the_batch(make, seeded, same_graphs):
    model = make().double()
    samples = model.sample(12, generator=seeded(), batch_size=12, progress=False)
    assert same_graphs(samples, model.sample(12, generator=seeded(), batch_size=5, progress=False))
    assert same_graphs(samples[:3], model.sample(3, generator=seeded(), progress=False))
    assert not same_graphs(samples, model.sample(12, generator=seeded(1), progress=False))


def test_always_stopping_gives_one_block_and_never_stopping_ends_at_the_cap(make, seeded):
    model = make()
    last = model.size_head.size_mlp[-1]
    torch.nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.bias.fill_(-100)
        last.bias[0] = 100
    samples = model.sample(5, generator=seeded(), progress=False)
    assert all(data.num_blocks == 1 for data in samples) and model.report.capped == 0
    with torch.no_grad():
        last.bias.fill_(-100)
        last.bias[1] = 100
    cap = model.config.statistics.max_blocks + 3
    samples = model.sample(5, generator=seeded(), max_nodes=40, progress=False)
    assert all(data.num_blocks == cap for data in samples)
    assert all(data.num_nodes == int(torch.bincount(data.block_id).sum()) for data in samples)
    assert model.report.capped == 5


def test_extension_keeps_the_given_graph(make, graphs, seeded):
    model = make()
    given = graphs[0]
    samples = model.extend(given, 6, generator=seeded(), progress=False)
    dense = torch.zeros(given.num_nodes, given.num_nodes, dtype=torch.long)
    dense[given.edge_index[0], given.edge_index[1]] = given.edge_attr
    for data in samples:
        kept = data.origin[data.origin >= 0]
        assert sorted(kept.tolist()) == list(range(given.num_nodes))
        n = len(kept)
        assert torch.equal(data.x[:n], given.x[kept]) and (data.origin[n:] == -1).all()
        other = torch.zeros(data.num_nodes, data.num_nodes, dtype=torch.long)
        other[data.edge_index[0], data.edge_index[1]] = data.edge_attr
        assert torch.equal(other[:n, :n], dense[kept][:, kept])
    assert len({data.num_nodes for data in samples}) > 1


def test_extension_does_not_depend_on_the_batch(make, graphs, seeded, same_graphs):
    model = make().double()
    whole = model.extend(graphs[2], 10, generator=seeded(), batch_size=10, progress=False)
    parts = model.extend(graphs[2], 10, generator=seeded(), batch_size=3, progress=False)
    assert same_graphs(whole, parts)


def test_bad_graphs(make, graphs):
    model = make()
    strange = graphs[0].clone()
    strange.x = strange.x + 5
    with pytest.raises(
        ValueError, match="not of the kind the model was made for: classes of nodes"
    ):
        model.log_likelihood(strange)
    with pytest.raises(ValueError, match="classes of nodes"):
        model.extend(strange, 1)
    with pytest.raises(ValueError, match="'data' has 5 nodes, more than 'max_nodes' of 4"):
        model.extend(graphs[0], 1, max_nodes=4)
    with pytest.raises(ValueError, match="'num_samples' must be an integer of 1 or more"):
        model.log_likelihood(graphs[0], num_samples=0)
    with pytest.raises(ValueError, match="'prior' must be"):
        make(prior="flat")


def test_learns_three_graphs(seeded):
    """Most samples of a trained model are among what it was shown."""
    import networkx as nx
    from torch_geometric.utils import from_networkx

    shown = [nx.cycle_graph(5), nx.star_graph(4), nx.path_graph(6)]
    data = [from_networkx(g) for g in shown]
    statistics = GraphStatistics.of(data, 1, 2)
    torch.manual_seed(0)
    network = {"hidden_channels": 32, "edge_channels": 16, "num_layers": 2, "heads": 4}
    model = PARD(PARDConfig(statistics, num_steps=8, network=network))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    graphs = model.graphs(Batch.from_data_list(8 * data))
    losses = []
    for _ in range(200):
        loss = model.loss(graphs, seeded(len(losses)))["loss"]
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    samples = model.sample(60, generator=seeded(), progress=False)
    hits = 0
    for sample in samples:
        graph = nx.Graph(sample.edge_index.t().tolist())
        graph.add_nodes_from(range(sample.num_nodes))
        hits += any(nx.is_isomorphic(graph, other) for other in shown)
    assert hits > 40


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision(make, graphs, seeded, dtype):
    model = make()
    batch = model.graphs(graphs)
    plain = model.loss(batch, seeded())["loss"]
    with torch.autocast("cpu", dtype):
        low = model.loss(batch, seeded())["loss"]
        samples = model.sample(4, generator=seeded(), progress=False)
    assert abs(low - plain) < 0.02 * plain
    assert len(samples) == 4


@pytest.mark.parametrize("kwargs", [{"shared_trunk": True}, {"virtual_class": True}])
def test_extension_of_several_blocks_refills_rows(make, graphs, seeded, kwargs, same_graphs):
    model = make(**kwargs).double()
    given = graphs[3]
    whole = model.extend(given, 9, generator=seeded(), batch_size=9, max_nodes=12, progress=False)
    parts = model.extend(given, 9, generator=seeded(), batch_size=2, max_nodes=12, progress=False)
    assert same_graphs(whole, parts)
    given_blocks = int(model.graphs([given]).num_blocks)
    new_blocks = sum(data.num_blocks - given_blocks for data in parts)
    assert model.report.blocks == given_blocks + new_blocks  # The given ones are computed once.
    assert model.extend(given, progress=False)[0].num_nodes >= given.num_nodes
