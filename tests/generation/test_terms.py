import torch
from torch_geometric.data import Data

from pyg_symm.diffusion import symmetric
from pyg_symm.generation.terms import loss_terms, random_noise
from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import Noise


def test_loss_is_finite_and_every_parameter_has_a_gradient(make, graphs, variant):
    model = make(**variant).train()
    terms = model.loss(model.graphs(graphs))
    assert set(terms) == {"loss", "bound", "cross_entropy", "size", "degree"}
    terms["loss"].backward()
    missing = [name for name, p in model.named_parameters() if p.grad is None]
    known_degrees = variant.get("max_hops", 3) > 0
    assert all("degree" in name or "size_emb" in name for name in missing)
    assert not (missing and known_degrees), missing
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def test_likelihood_does_not_depend_on_the_order_of_nodes(make, graphs):
    model = make().double()
    data = graphs[1]
    n = data.num_nodes
    perm = torch.randperm(n, generator=torch.Generator().manual_seed(2))
    moved = Data(
        x=torch.empty_like(data.x).index_copy(0, perm, data.x),
        edge_index=perm[data.edge_index],
        edge_attr=data.edge_attr,
        num_nodes=n,
    )
    a, b = model.graphs([data]), model.graphs([moved])
    # A table of noise that belongs to the nodes.
    order_a = BlockGraphs.order_of(data)
    place = perm[order_a]
    order_b = BlockGraphs.order_of(moved)
    index = torch.tensor([order_a.tolist().index(int(i)) for i in perm.argsort()[order_b]])
    assert sorted(place.tolist()) == list(range(n))
    node = torch.rand(1, n, dtype=torch.double)
    edge = symmetric(torch.rand(1, n, n, dtype=torch.double))
    t = torch.tensor([2])
    for name, value in loss_terms(model, a, t, node, edge).items():
        other = loss_terms(model, b, t, node[:, index], edge[:, index][:, :, index])[name]
        torch.testing.assert_close(value, other, rtol=0, atol=1e-10, msg=name)


def test_likelihood_averages_over_seeds_and_batches(make, graphs, seeded):
    model = make().double()
    single = torch.stack(
        [model.log_likelihood(graphs[1], generator=seeded(s))[0] for s in range(30)]
    )
    many = model.log_likelihood(graphs[:2], num_samples=30, generator=seeded(99))[1]
    assert abs(single.mean() - many) < 4 * single.std() * (2 / 30) ** 0.5


def test_a_graph_larger_than_those_seen_in_training_has_a_finite_loss(make):
    from torch_geometric.utils import erdos_renyi_graph

    model = make()
    large = Data(x=torch.zeros(9, 1).long(), edge_index=erdos_renyi_graph(9, 0.3), num_nodes=9)
    assert float(model.loss(BlockGraphs.from_data([large]))["size"].detach()) < 1e3


def test_what_cannot_be_sampled_has_no_likelihood(make, graphs):
    model = make()
    assert model.first_size[2] == 0  # No example began with two nodes at once.
    data = Data(x=torch.zeros(2, 1).long(), edge_index=torch.tensor([[0, 1], [1, 0]]), num_nodes=2)
    assert float(model.log_likelihood(data)) == -torch.inf
    assert model.log_likelihood([]).shape == (0,)


def test_likelihood_is_that_of_the_structural_order_whatever_blocks_a_graph_brings(
    make, graphs, seeded
):
    model = make()
    strange = graphs[1].clone()
    strange.block_id = torch.zeros(strange.num_nodes, dtype=torch.long)
    strange.num_blocks = 1
    a, b = (model.log_likelihood(data, generator=seeded()) for data in (graphs[1], strange))
    assert torch.equal(a, b)
    parts = model.log_likelihood(graphs, generator=seeded(), batch_size=2)
    assert parts.shape == (len(graphs),) and parts.isfinite().all()


def test_the_loss_compiles_in_one_piece_for_each_shape(make, graphs, monkeypatch):
    model = make(shared_trunk=True)
    compiled = torch.compile(model.loss, fullgraph=True, dynamic=False, backend="aot_eager")
    torch._dynamo.reset()
    counter = torch._dynamo.utils.counters
    counter.clear()
    for part in (graphs[:3], graphs[1:4], graphs[3:]):  # All of up to eight nodes: one shape.
        batch = model.graphs(part).pad(8)
        torch.manual_seed(0)
        plain = model.loss(batch)["loss"]
        torch.manual_seed(0)
        torch.testing.assert_close(compiled(batch)["loss"], plain)
    assert counter["stats"]["unique_graphs"] == 1


def test_likelihood_does_not_depend_on_the_graphs_beside_it(make, graphs, seeded):
    model = make().double()
    whole = model.log_likelihood(graphs, 2, seeded())
    parts = model.log_likelihood(graphs, 2, seeded(), batch_size=2)
    torch.testing.assert_close(whole, parts, rtol=0, atol=1e-9)
    first = model.log_likelihood(graphs[0], 2, seeded())
    torch.testing.assert_close(first, whole[:1], rtol=0, atol=1e-9)
    assert not torch.allclose(whole, model.log_likelihood(graphs, 2, seeded(1)))


def test_only_the_given_source_of_randomness_is_read(make, graphs, seeded):
    model = make()
    batch = model.graphs(graphs)
    before = torch.get_rng_state()
    losses = [model.loss(batch, source)["loss"] for source in (seeded(), seeded(), Noise(1))]
    model.log_likelihood(graphs, generator=seeded())
    assert torch.equal(torch.get_rng_state(), before)
    assert losses[0] == losses[1] != losses[2]


def test_noise_of_nodes_and_pairs_is_that_of_places(make, graphs):
    batch = make().graphs(graphs)
    numbers = torch.arange(batch.num_graphs)
    node, edge = random_noise(batch, Noise(0), numbers)
    assert torch.equal(edge, edge.mT) and node.unique().numel() == node.numel()
    lower = edge[torch.ones_like(edge).tril(-1) > 0]
    assert lower.unique().numel() == lower.numel()
    wide_node, wide_edge = random_noise(batch.pad(16), Noise(0), numbers)
    n = node.size(1)
    assert torch.equal(wide_node[:, :n], node) and torch.equal(wide_edge[:, :n, :n], edge)
