import networkx as nx
import pytest
import torch

from pyg_symm.graphs import structural_order


def reference(graph, num_hops, score="walk", order="packed"):
    """Peeling, literally: block of each node, sizes, degrees."""
    n = graph.number_of_nodes()
    left, rounds, sizes, degrees = set(graph), [], [], []
    while left:
        part = graph.subgraph(left)
        scores = {}
        for v in left:
            if score == "walk":
                walks, x = [], dict.fromkeys(left, 1)
                for _ in range(num_hops):
                    x = {u: x[u] + sum(x[w] for w in part[u]) for u in left}
                    walks.append(x[v])
            else:
                reach = nx.single_source_shortest_path_length(part, v, num_hops)
                walks = [sum(d <= k for d in reach.values()) for k in range(1, num_hops + 1)]
            packed = sum(x * n ** (num_hops - 1 - k) for k, x in enumerate(walks))
            scores[v] = packed if order == "packed" else walks
        if num_hops == 0:
            scores = dict.fromkeys(left, 1)
        lowest = {v for v in left if scores[v] == min(scores.values())}
        rounds.append(lowest)
        sizes.append(len(lowest))
        degrees.append(part.degree[min(lowest)] if num_hops > 0 else 0)
        left -= lowest
    blocks = {v: i for i, part in enumerate(reversed(rounds)) for v in part}
    return [blocks[v] for v in range(n)], sizes[::-1], degrees[::-1]


def edges_of(graphs):
    edges, ptr = [], [0]
    for graph in graphs:
        edges += [(u + ptr[-1], v + ptr[-1]) for u, v in graph.edges]
        ptr.append(ptr[-1] + graph.number_of_nodes())
    return torch.tensor(edges, dtype=torch.long).view(-1, 2).t(), torch.tensor(ptr)


def random_graphs(count, seed=0, largest=12):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        n = int(torch.randint(1, largest + 1, (1,), generator=generator))
        p = float(torch.rand(1, generator=generator)) * 0.6
        s = int(torch.randint(2**31, (1,), generator=generator))
        yield nx.gnp_random_graph(n, p, seed=s)


@pytest.mark.parametrize("num_hops", range(6))
@pytest.mark.parametrize("score, order", [("walk", "packed"), ("walk", "lex"), ("hop", "packed")])
def test_equals_peeling_one_graph_at_a_time(num_hops, score, order):
    graphs = list(random_graphs(40, seed=num_hops))
    blocks = structural_order(*edges_of(graphs), num_hops, score, order)
    expected = [reference(graph, num_hops, score, order) for graph in graphs]
    assert blocks.block_id.tolist() == [b for block, _, _ in expected for b in block]
    assert blocks.size.tolist() == [s for _, sizes, _ in expected for s in sizes]
    assert blocks.degree.tolist() == [d for _, _, degrees in expected for d in degrees]
    assert blocks.num_blocks.tolist() == [len(sizes) for _, sizes, _ in expected]


@pytest.mark.parametrize("num_hops", range(6))
def test_commutes_with_relabelling(num_hops):
    for seed, graph in enumerate(random_graphs(200, seed=100 + num_hops)):
        edge_index, ptr = edges_of([graph])
        perm = torch.randperm(int(ptr[-1]), generator=torch.Generator().manual_seed(seed))
        blocks = structural_order(edge_index, ptr, num_hops)
        moved = structural_order(perm[edge_index.flip(1)], ptr, num_hops)
        assert torch.equal(moved.block_id[perm], blocks.block_id)
        assert torch.equal(moved.size, blocks.size) and torch.equal(moved.degree, blocks.degree)


@pytest.mark.parametrize("num_hops", [1, 2, 3])
def test_degree_is_what_generation_must_add(num_hops):
    for graph in random_graphs(50, seed=7):
        edge_index, ptr = edges_of([graph])
        blocks = structural_order(edge_index, ptr, num_hops)
        block = blocks.block_id.tolist()
        assert set(block) == set(range(int(blocks.num_blocks)))
        for v in graph:
            assert sum(block[u] <= block[v] for u in graph[v]) == blocks.degree[block[v]]


def test_orbits_are_not_split():
    for graph in random_graphs(30, seed=3, largest=7):
        block = structural_order(*edges_of([graph]), 3).block_id.tolist()
        for automorphism in nx.isomorphism.GraphMatcher(graph, graph).isomorphisms_iter():
            assert all(block[v] == block[w] for v, w in automorphism.items())


@pytest.mark.parametrize(
    "graph", [nx.complete_graph(6), nx.cycle_graph(7), nx.empty_graph(5), nx.petersen_graph()]
)
def test_regular_graphs_are_one_block(graph):
    blocks = structural_order(*edges_of([graph]), 3)
    assert blocks.num_blocks.tolist() == [1] and blocks.size.tolist() == [len(graph)]


def test_packed_and_lexicographic_agree_on_small_graphs_and_differ_on_the_known_witness():
    atlas = nx.graph_atlas_g()[1:]
    for num_hops in (1, 2):
        packed = structural_order(*edges_of(atlas), num_hops)
        lex = structural_order(*edges_of(atlas), num_hops, order="lex")
        assert torch.equal(packed.block_id, lex.block_id)
    pairs = "06 08 09 12 14 17 25 26 36 46 67 68 79 89".split()
    witness = nx.Graph([(int(a), int(b)) for a, b in pairs])
    nodes = nx.Graph()
    nodes.add_nodes_from(range(10))
    nodes.add_edges_from(witness.edges)
    walks = [torch.ones(10, dtype=torch.long)]
    adj = torch.eye(10, dtype=torch.long)
    for u, v in nodes.edges:
        adj[u, v] = adj[v, u] = 1
    for _ in range(4):
        walks.append(adj @ walks[-1])
    vectors = torch.stack(walks[1:])
    assert vectors[:, 9].tolist() == [4, 16, 73, 315] and vectors[:, 2].tolist() == [4, 17, 66, 279]
    base = torch.tensor([1000, 100, 10, 1])
    assert (base @ vectors)[9] > (base @ vectors)[2]  # Yet the vector of node 9 comes first.


def test_loops_directions_and_repetition_do_not_count():
    edge_index = torch.tensor([[0, 1, 2, 2, 3], [1, 2, 0, 3, 4]])
    ptr = torch.tensor([0, 5])
    plain = structural_order(edge_index, ptr)
    loops = torch.arange(5).expand(2, -1)
    noisy = torch.cat([edge_index, loops, edge_index.flip(0), edge_index], dim=1)
    assert all(torch.equal(a, b) for a, b in zip(plain, structural_order(noisy, ptr), strict=True))


def test_large_graphs():
    graph = nx.gnp_random_graph(3000, 2 / 3000, seed=0)
    blocks = structural_order(*edges_of([graph]), 3)
    assert int(blocks.size.sum()) == 3000


def test_empty_batch():
    blocks = structural_order(torch.empty(2, 0, dtype=torch.long), torch.tensor([0]))
    assert [part.numel() for part in blocks] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "arguments, match",
    [
        ({"max_hops": -1}, "'max_hops' must be an integer of 0 or more .got -1"),
        ({"ptr": torch.tensor([0, 1, 2])}, r"not join nodes of two graphs of 'ptr' .got \[0, 1\]"),
        ({"edge_index": torch.tensor([[0], [2]])}, "at least 3 to hold 'edge_index' .got 2"),
        ({"score": "steps"}, "'score' must be 'walk' or 'hop' .got 'steps'"),
        ({"order": "sum"}, "'order' must be"),
        ({"ptr": torch.tensor([0, 2, 2])}, "'ptr' has a graph without nodes .number 1"),
        ({"max_hops": 70}, "overflow the packed score"),
    ],
)
def test_bad_input(arguments, match):
    call = {"edge_index": torch.tensor([[0], [1]]), "ptr": torch.tensor([0, 2])} | arguments
    with pytest.raises(ValueError, match=match):
        structural_order(**call)


def test_small_integers_do_not_overflow():
    num = 70_000
    other = divmod(10 * num + 20_000 + 2**32, num)  # The same pair as 10, 20000 modulo 2^32.
    edges, ptr = torch.tensor([[10, other[0]], [20_000, other[1]]]), torch.tensor([0, num])
    expected = structural_order(edges, ptr, max_hops=1)
    assert int(expected.size.max()) == num - 4
    assert torch.equal(structural_order(edges.int(), ptr, max_hops=1).block_id, expected.block_id)
