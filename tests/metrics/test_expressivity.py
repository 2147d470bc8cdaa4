import itertools
import json
from dataclasses import asdict

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.nn import GIN, global_mean_pool
from torch_geometric.transforms import RootedEgoNets

from pyg_symm.metrics import (
    PAIRS,
    THEORY,
    GraphPair,
    OnData,
    Separation,
    double_cover_pairs,
    expressivity_markdown,
    expressivity_suite,
    expressivity_table,
    separation,
    separations,
    sr25_pairs,
    wl_equivalent,
)
from pyg_symm.metrics.expressivity import (
    SR25,
    cayley_graph,
    double_cover_pair,
    from_edges,
    from_graph6,
    generalized_petersen_graph,
    relabelled,
)
from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.models import AggregatorGIN

SUITE = expressivity_suite()
ALL_PAIRS = [pair for pairs in SUITE.values() for pair in pairs]
HEXAGONS = PAIRS["C6 / 2 C3"]()


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Thousands of tiny operations: threads would mostly wait for each other."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(num_threads)


def gin():
    return OnData(AggregatorGIN(1, 16, num_layers=3, out_channels=16))


def lcm_gin():
    aggr = LCMAggregation(16, 16, op="lse")
    return OnData(AggregatorGIN(1, 16, num_layers=3, out_channels=16, aggr=aggr))


def to_networkx(data):
    """The graph, each node with its feature and the closed walks among its neighbours."""
    graph = nx.empty_graph(data.num_nodes)
    graph.add_edges_from(data.edge_index.t().tolist())
    adj = nx.to_numpy_array(graph)
    for node in graph:
        near = adj[np.ix_(adj[node] > 0, adj[node] > 0)]
        walks = [round(np.trace(np.linalg.matrix_power(near, p))) for p in (2, 3, 4, 5, 6)]
        graph.nodes[node]["seen"] = (*data.x[node].tolist(), *walks)
    return graph


def is_isomorphic(one, other):
    one, other = (g if isinstance(g, nx.Graph) else to_networkx(g) for g in (one, other))
    return nx.is_isomorphic(one, other, lambda a, b: a.get("seen") == b.get("seen"))


def path_and_star():
    path = from_edges(torch.tensor([[0, 1, 2], [1, 2, 3]]), 4)
    return path, from_edges(torch.tensor([[0, 0, 0], [1, 2, 3]]), 4)


def plain(data):
    return nx.Graph(to_networkx(data).edges)


@pytest.mark.parametrize(
    "data, expected",
    [
        (cayley_graph([41], [[1], [9]]), nx.circulant_graph(41, [1, 9])),
        (cayley_graph([6], [[1], [3]]), nx.complete_bipartite_graph(3, 3)),
        (cayley_graph([10], [[2]]), nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(5))),
        (
            cayley_graph([4, 4], [[0, 1], [0, 2], [1, 0], [2, 0]]),
            nx.line_graph(nx.complete_bipartite_graph(4, 4)),
        ),
        (generalized_petersen_graph(3, 1), nx.circular_ladder_graph(3)),
        (generalized_petersen_graph(5, 1), nx.circular_ladder_graph(5)),
        (generalized_petersen_graph(5, 2), nx.petersen_graph()),
        (generalized_petersen_graph(10, 2), nx.dodecahedral_graph()),
        (generalized_petersen_graph(10, 3), nx.desargues_graph()),
    ],
)
def test_graphs_are_what_networkx_has(data, expected):
    assert nx.is_isomorphic(plain(data), expected)


def test_graph6():
    for text in [*SR25, "?", "@", "A_", nx.to_graph6_bytes(nx.cycle_graph(62), header=False)]:
        text = text if isinstance(text, str) else text.decode().strip()
        data = from_graph6(text)
        graph = nx.from_graph6_bytes(text.encode())
        assert data.num_nodes == len(graph)
        edges = {tuple(edge) for edge in data.edge_index.t().tolist()}
        assert edges == {pair for u, v in graph.edges for pair in ((u, v), (v, u))}


@pytest.mark.parametrize("pair", ALL_PAIRS, ids=lambda pair: pair.name)
def test_pairs_are_well_formed(pair):
    for data in (pair.one, pair.other):
        data.validate()
        assert data.is_undirected() and data.is_coalesced() and not data.has_self_loops()
        assert data.x.shape == (data.num_nodes, 1)
        assert not data.has_isolated_nodes()
    assert pair.one.num_nodes == pair.other.num_nodes
    degrees = [d.edge_index[0].bincount().sort().values for d in (pair.one, pair.other)]
    assert torch.equal(*degrees)


@pytest.mark.parametrize("row", SUITE)
def test_pairs_are_not_isomorphic(row):
    graphs = {id(g): to_networkx(g) for pair in SUITE[row] for g in (pair.one, pair.other)}
    for pair in SUITE[row]:
        one, other = graphs[id(pair.one)], graphs[id(pair.other)]
        assert not is_isomorphic(one, other), pair.name
        assert nx.is_connected(one)
        assert nx.is_connected(other) == (" / 2 C" not in row)
    copy = relabelled(SUITE[row][0].one, torch.Generator().manual_seed(0))
    assert is_isomorphic(SUITE[row][0].one, copy), "nothing is isomorphic to this test"


@pytest.mark.parametrize(
    "row, parameters",
    [("rook / Shrikhande", (16, 6, 2, 2)), ("srg(25,12,5,6)", (25, 12, 5, 6))],
)
def test_strongly_regular(row, parameters):
    nodes, degree, common, apart = parameters
    for pair in SUITE[row]:
        for data in (pair.one, pair.other):
            adj = np.zeros((nodes, nodes))
            adj[tuple(data.edge_index)] = 1
            other = 1 - np.eye(nodes) - adj
            np.testing.assert_array_equal(
                adj @ adj, degree * np.eye(nodes) + common * adj + apart * other
            )


def latin_square_graph(rows):
    graph = nx.empty_graph(25)
    for a, b in itertools.combinations(range(25), 2):
        (i, j), (k, m) = divmod(a, 5), divmod(b, 5)
        if i == k or j == m or rows[i][j] == rows[k][m]:
            graph.add_edge(a, b)
    return graph


def test_family_holds_paley_and_latin_square_graphs():
    def square(a, b):  # (a + b sqrt 2)^2 in the field of 25 elements; 2 is no square mod 5.
        return (a * a + 2 * b * b) % 5, 2 * a * b % 5

    squares = {square(a, b) for a in range(5) for b in range(5)} - {(0, 0)}
    paley = cayley_graph([5, 5], sorted(squares))
    cyclic = latin_square_graph([[(i + j) % 5 for j in range(5)] for i in range(5)])
    twisted = latin_square_graph(["12345", "21453", "34512", "45231", "53124"])
    assert nx.is_isomorphic(plain(paley), cyclic)  # Three of the six directions of the plane.
    assert is_isomorphic(paley, from_graph6(SR25[1]))
    assert nx.is_isomorphic(twisted, plain(from_graph6(SR25[0])))
    assert nx.is_isomorphic(nx.complement(twisted), plain(from_graph6(SR25[2])))


@pytest.mark.parametrize("cycle_length", [3, 4, 5, 6, 7])
def test_double_covers(cycle_length):
    for pair in double_cover_pairs(6, seed=3, cycle_length=cycle_length):
        one, other = to_networkx(pair.one), to_networkx(pair.other)
        assert min(nx.girth(one), nx.girth(other)) == cycle_length
        assert nx.is_connected(one) and nx.is_connected(other)
        assert not is_isomorphic(one, other) and wl_equivalent(pair.one, pair.other)
        assert 0 < pair.one.x.mean() < 1 and torch.equal(pair.one.x, pair.other.x)


def test_double_covers_are_a_function_of_the_seed():
    first, again, another = (double_cover_pairs(3, seed=seed) for seed in (1, 1, 2))
    for a, b, c in zip(first, again, another, strict=True):
        assert torch.equal(a.one.edge_index, b.one.edge_index) and torch.equal(a.one.x, b.one.x)
        assert not is_isomorphic(a.one, c.one)
    sizes = [pair.one.num_nodes for pair in double_cover_pairs(30)]
    assert min(sizes) >= 32 and max(sizes) <= 64


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda g: cayley_graph([4, 4], [[1]]), "'steps' must have 2 numbers"),
        (lambda g: cayley_graph([4], [[4]]), "'steps' must not join a node with itself"),
        (lambda g: generalized_petersen_graph(4, 2), "'skip' must be in 1 to below 2.0 \\(got 2"),
        *(
            (lambda g, text=text: from_graph6(text), "'text' must be graph6")
            for text in ("", "!", "DQ", "DQcc", "D!c", "~??~")
        ),
        (lambda g: double_cover_pair(g, num_chords=1), "'num_chords' must be at least 2"),
        (lambda g: double_cover_pair(g, cycle_length=2), "'cycle_length' must be at least 3"),
        (lambda g: double_cover_pair(g, num_nodes=14), "'num_nodes' must be at least 15"),
        (lambda g: double_cover_pair(g, num_nodes=15, num_chords=99), "'num_chords' is too large"),
    ],
)
def test_arguments_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call(torch.Generator().manual_seed(0))


@pytest.mark.parametrize("row", SUITE)
def test_1wl_tells_no_pair_apart(row):
    for pair in SUITE[row]:
        assert wl_equivalent(pair.one, pair.other)
    assert THEORY["1-WL"][row] is False


@pytest.mark.parametrize("build", [gin, lcm_gin])
def test_message_passing_is_bounded_by_1wl(build):
    table = expressivity_table({"net": (build, None)}, seeds=(0,))
    for row, cells in table.items():
        for found in cells["net"]:
            assert not found.is_separated, row
            assert found.gap < 1e-12 and found.noise < 1e-12
    path, star = path_and_star()
    assert min(separation(build, GraphPair("trees", path, star)).gaps) > 1e-3


class EgoGIN(torch.nn.Module):
    """Message passing within the ego network of every node, then between them."""

    def __init__(self):
        super().__init__()
        self.inner = GIN(2, 16, num_layers=3, act="elu")
        self.outer = GIN(16, 16, num_layers=2, act="elu")

    def forward(self, data):
        root = (data.n_id == data.n_sub_batch).to(data.x.dtype)  # The i-th is around node i.
        h = self.inner(torch.stack([data.x[data.n_id, 0], root], 1), data.sub_edge_index)
        h = self.outer(global_mean_pool(h, data.n_sub_batch), data.edge_index)
        return global_mean_pool(h, data.batch)


@pytest.mark.filterwarnings("ignore:Sparse")
def test_transform_lets_a_network_see_further():
    rows = {name: SUITE[name] for name in ("C8 / 2 C4", "C10 / 2 C5", "C14 / 2 C7")}
    rows["double covers"] = SUITE["double covers"][:8]
    models = {f"{k} hops": (EgoGIN, RootedEgoNets(k)) for k in (1, 2, 3)}
    table = expressivity_table(models, rows, seeds=(0,))
    answers = {r: [c[m][0].is_separated for m in models] for r, c in table.items()}
    assert answers == {
        "C8 / 2 C4": [False, True, True],
        "C10 / 2 C5": [False, True, True],
        "C14 / 2 C7": [False, False, True],
        "double covers": [False, True, True],
    }
    assert [sum(s.is_separated for s in table["double covers"][m]) for m in models] == [0, 8, 8]


def test_separation_reports_every_seed():
    path, star = path_and_star()
    pair = GraphPair("trees", path, star)
    state = torch.get_rng_state()
    found = separation(gin, pair, seeds=(3, 4))
    assert torch.equal(torch.get_rng_state(), state), "the caller's random state has changed"
    assert found == separation(gin, pair, seeds=(3, 4)) and len(set(found.gaps)) == 2
    assert found.gaps[1:] == separation(gin, pair, seeds=(4,)).gaps
    assert found.is_separated and found.noise < 1e-12 and found.threshold == 1e-6
    assert not separation(gin, pair, threshold=3.0).is_separated
    assert separations(gin, [pair, HEXAGONS], seeds=(3, 4))[0] == found
    assert json.loads(json.dumps(asdict(found)))["threshold"] == 1e-6


def test_separation_of_a_copy_is_none():
    for pair in ALL_PAIRS[::20]:
        copy = relabelled(pair.one, torch.Generator().manual_seed(5))
        assert not separation(gin, GraphPair("copy", pair.one, copy), threshold=1e-12).is_separated


def test_relabelled_is_the_same_graph():
    data = from_edges(torch.tensor([[0, 1, 2], [1, 2, 3]]), 4, torch.arange(4.0).view(4, 1))
    data.edge_attr = data.x[data.edge_index].sum(dim=0)
    data.y = torch.tensor([7])
    out = relabelled(data, torch.Generator().manual_seed(0))
    assert not torch.equal(out.edge_index, data.edge_index)
    torch.testing.assert_close(out.edge_attr, out.x[out.edge_index].sum(dim=0))
    assert is_isomorphic(out, data) and torch.equal(out.y, data.y)


class NodeNumbers(torch.nn.Module):
    """Reads how far apart the numbers of neighbours are."""

    def forward(self, data):
        return data.edge_index.diff(dim=0).double().square().mean().view(1, 1)


class Constant(torch.nn.Module):
    """Reads nothing."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, data):
        return data.x.new_full((1, 2), self.value)


def test_networks_that_are_not_invariant_are_caught():
    with pytest.raises(ValueError, match="invariant to the order of nodes .*'C6 / 2 C3'"):
        separation(NodeNumbers, HEXAGONS)


def test_degenerate_networks():
    assert separation(lambda: Constant(0.0), HEXAGONS).gaps == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="finite read-outs"):
        separation(lambda: Constant(float("nan")), HEXAGONS)
    with pytest.raises(ValueError, match="'seeds' must not be empty"):
        separation(gin, HEXAGONS, seeds=())


def test_markdown():
    yes, no = Separation((2e-3, 4e-3), (0.0, 0.0), 1e-6), Separation((0.0, 2e-16), (0.0, 0.0), 1e-6)
    table = {"C6 / 2 C3": {"A": [no], "B": [yes]}, "mine": {"A": [yes, no, no]}}
    assert expressivity_markdown(table).splitlines() == [
        "| pair      | 1-WL | A              | B           |",
        "|-----------|------|----------------|-------------|",
        "| C6 / 2 C3 | no   | no (2e-16)     | yes (4e-03) |",
        "| mine      |      | 1 of 3 (4e-03) |             |",
    ]
    known = {"theory": {"mine": True}}
    assert "| 3 of 3 | 1 of 3 (4e-03) |" in expressivity_markdown(table, known)


def test_all_pairs_of_a_family_have_names_of_their_own():
    assert len({pair.name for pair in ALL_PAIRS}) == len(ALL_PAIRS) == len(PAIRS) + 105 + 30
    assert all(PAIRS[name]().name == name for name in PAIRS)
    assert {pair.threshold for pair in sr25_pairs()} == {1e-10}
