import pytest
import torch

from pyg_symm.generation import GraphStatistics, independent_graphs


def test_sizes_and_frequencies(graphs, seeded):
    statistics = GraphStatistics.of(graphs, 3, 3)
    sizes = torch.randint(1, 9, (3000,), generator=seeded())
    samples = independent_graphs(statistics, sizes, seeded())
    assert [data.num_nodes for data in samples] == sizes.tolist()
    again = GraphStatistics.of(samples, 3, 3, max_hops=0)
    for name in ("node_marginal", "edge_marginal"):
        drawn, wanted = (torch.tensor(getattr(s, name)) for s in (again, statistics))
        assert (drawn - wanted).abs().max() < 0.01
    for data in samples[:20]:
        assert data.is_undirected() and not data.has_self_loops() and data.num_blocks == 1


def test_seed(graphs, seeded):
    statistics, sizes = GraphStatistics.of(graphs, 3, 3), torch.tensor([4, 1, 6])
    first, second = (independent_graphs(statistics, sizes, seeded(7)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a.x, b.x) and torch.equal(a.edge_index, b.edge_index)


def test_bad_input(graphs):
    statistics = GraphStatistics.of(graphs, 3, 3)
    for sizes in ([], [3, 0]):
        with pytest.raises(ValueError, match="'sizes' must be positive, and at least one"):
            independent_graphs(statistics, torch.tensor(sizes, dtype=torch.long))


def test_a_graph_does_not_depend_on_the_others_and_no_global_seed_is_read(graphs, seeded):
    statistics = GraphStatistics.of(graphs, 3, 3)
    before = torch.get_rng_state()
    first = independent_graphs(statistics, torch.tensor([4, 1, 6]), seeded())
    other = independent_graphs(statistics, torch.tensor([4, 9]), seeded())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first[0].x, other[0].x)
    assert torch.equal(first[0].edge_index, other[0].edge_index)
