"""The law of the sampler, in a world small enough to list: up to four nodes of one class."""

import itertools
from collections import Counter

import pytest
import torch
from scipy.stats import chi2
from torch_geometric.data import Data

from pyg_symm.generation import PARD, GraphStatistics, PARDConfig
from pyg_symm.nn.models import Block

MAX_NODES = 4


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    statistics = GraphStatistics(1, 2, 1, MAX_NODES, 4, 4, 1, [0, 3, 2, 2, 1], [1.0], [0.5, 0.5])
    network = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 1, "heads": 2}
    model = PARD(PARDConfig(statistics, num_steps=2, network=network)).double().eval()
    with torch.no_grad():
        for p in model.parameters():  # Far from uniform, so that mistakes show.
            p.mul_(2)
    return model


def pairs_of(done, size):
    """The pairs of a block of some size behind so many nodes: (node of the block, other)."""
    return [(p, k) for p in range(size) for k in range(done + p)]


def edges_of(done, size, states):
    """Pair classes of a block for each way to fill its pairs (S, size, done + size)."""
    edge = torch.zeros(len(states), size, done + size, dtype=torch.long)
    for column, (p, k) in enumerate(pairs_of(done, size)):
        edge[:, p, k] = states[:, column]
        if k >= done:
            edge[:, k - done, done + p] = states[:, column]
    return edge


def block_law(model, prefix, done, size, degree):
    """All ways to fill a block, and the probability of each: reverse kernels, multiplied out."""
    pairs = pairs_of(done, size)
    states = torch.tensor(list(itertools.product([0, 1], repeat=len(pairs))), dtype=torch.long)
    states = states.view(2 ** len(pairs), len(pairs))
    count = len(states)
    many = prefix.select(torch.zeros(count, dtype=torch.long)).cut(done)
    mask = torch.ones(count, size, dtype=torch.bool)
    node = torch.zeros(count, size, dtype=torch.long)
    degrees = torch.full((count,), degree)
    edge = edges_of(done, size, states)
    block = Block(node, edge, mask, degrees)
    p = torch.tensor([k for _, k in pairs], dtype=torch.long)
    q = torch.tensor([b for b, _ in pairs], dtype=torch.long)
    law = torch.full((count,), 1 / count, dtype=torch.double)
    for t in (2, 1):
        time = torch.full((count,), t / 2)
        _, logits = model.denoiser.step(many, block, time)
        probs = model.edges.reverse(logits.softmax(-1), edge, torch.tensor(t - 1), torch.tensor(t))[
            :, q, p
        ]  # (from, pair, class)
        step = torch.stack(
            [probs.gather(2, s.expand(count, -1).unsqueeze(2)).prod(1) for s in states], dim=1
        )
        law = law @ step.view(count, count)
    return edge, law


def append(model, prefixes, edge, size, degree, done):
    """The prefixes of denoiser and predictor with a block more, and the state of the predictor."""
    grown, pooled_sum = [], None
    for network, prefix in zip((model.denoiser, model.predictor), prefixes, strict=True):
        prefix = prefix.select(torch.zeros(1, dtype=torch.long))
        mask = torch.ones(1, size, dtype=torch.bool)
        block = Block(torch.zeros(1, size, dtype=torch.long), edge, mask, torch.tensor([degree]))
        features, layers, ends = network.append(prefix.cut(done), block)
        prefix.append(layers, ends, mask)
        grown.append(prefix)
        pooled_sum = network.head.pooling(features).sum(1)
    return grown, pooled_sum


def enumerate_world(model):
    """The probability of every path: sizes, degrees, and edges of all blocks."""
    world = {}
    head = model.size_head

    def grow(prefixes, state, path, matrix, prob, done):
        sizes, degrees = path
        if done == 0:
            law = model.first_size
        else:
            logits = head.size(state)[0]
            law = torch.where(torch.arange(5) <= MAX_NODES - done, logits.softmax(-1), 0)
            law = law / law.sum()
            world[(sizes, degrees, matrix)] = prob * float(law[0])
        for size in range(1, MAX_NODES - done + 1):
            if law[size] == 0:
                continue
            chosen = torch.tensor([size])
            logits = head.first_degree(chosen) if done == 0 else head.degree(state, chosen)
            for degree, p_degree in enumerate(logits[0].softmax(-1).tolist()):
                edges, probs = block_law(model, prefixes[0], done, size, degree)
                for edge, p_edge in zip(edges, probs.tolist(), strict=True):
                    grown, pooled = append(model, prefixes, edge.unsqueeze(0), size, degree, done)
                    grow(
                        grown,
                        state + pooled,
                        ((*sizes, size), (*degrees, degree)),
                        (*matrix, tuple(map(tuple, edge.tolist()))),
                        prob * float(law[size]) * p_degree * p_edge,
                        done + size,
                    )

    start = [network.start(1, MAX_NODES) for network in (model.denoiser, model.predictor)]
    grow(start, torch.zeros(1, 16, dtype=torch.double), ((), ()), (), 1.0, 0)
    return world


@pytest.fixture(scope="module")
def world(model):
    with torch.no_grad():
        return enumerate_world(model)


def rows(data):
    """A sample in the same terms: sizes of blocks and edges of each."""
    dense = torch.zeros(data.num_nodes, data.num_nodes, dtype=torch.long)
    dense[data.edge_index[0], data.edge_index[1]] = data.edge_attr
    sizes = torch.bincount(data.block_id).tolist()
    matrix, done = [], 0
    for size in sizes:
        block = dense[done : done + size, : done + size]
        matrix.append(tuple(map(tuple, block.tolist())))
        done += size
    return tuple(sizes), tuple(matrix)


def test_all_paths_together_have_probability_one(world):
    assert len(world) > 1000
    assert abs(sum(world.values()) - 1) < 1e-9


def test_samples_follow_the_probabilities(model, world):
    expected = Counter()
    for (sizes, _, matrix), prob in world.items():  # Degrees do not show in a graph.
        expected[sizes, matrix] += prob
    n = 20_000
    samples = model.sample(n, torch.Generator().manual_seed(1), batch_size=5000, progress=False)
    counts = Counter(rows(data) for data in samples)
    assert set(counts) <= set(expected)
    statistic, freedom, rest, rest_count = 0.0, -1, 0.0, 0
    for key, prob in expected.items():
        if n * prob >= 5:
            statistic += (counts[key] - n * prob) ** 2 / (n * prob)
            freedom += 1
        else:
            rest, rest_count = rest + n * prob, rest_count + counts[key]
    if rest >= 5:
        statistic += (rest_count - rest) ** 2 / rest
        freedom += 1
    assert freedom > 30
    assert chi2.sf(statistic, freedom) > 1e-3


@pytest.mark.parametrize("edges, num_nodes", [([], 1), ([(0, 1)], 2), ([(0, 1), (1, 2)], 3)])
def test_likelihood_bounds_the_probability_of_the_path(model, world, edges, num_nodes):
    both = torch.tensor(edges + [(b, a) for a, b in edges], dtype=torch.long).view(-1, 2).t()
    data = Data(edge_index=both, num_nodes=num_nodes)
    graphs = model.graphs([data])
    sizes = tuple(graphs.block_size[0].tolist())
    degrees = tuple(graphs.block_degree[0].tolist())
    matrix, done = [], 0
    for size in sizes:
        matrix.append(tuple(map(tuple, graphs.edge[0, done : done + size, : done + size].tolist())))
        done += size
    exact = world[sizes, degrees, tuple(matrix)]
    bounds = torch.stack(
        [model.log_likelihood(data, 10, torch.Generator().manual_seed(s))[0] for s in range(12)]
    )
    error = 4 * bounds.std() / 12**0.5
    assert bounds.mean() <= torch.tensor(exact).log() + error + 1e-6
    assert bounds.mean() > torch.tensor(exact).log() - 5  # And says something.


def test_the_bound_is_tight_where_there_is_nothing_to_denoise(model, world):
    """A single node has no pairs, and one class: only sizes and degrees are left."""
    data = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=1)
    bound = float(model.log_likelihood(data))
    assert abs(bound - float(torch.tensor(world[(1,), (0,), (((0,),),)]).log())) < 1e-6
