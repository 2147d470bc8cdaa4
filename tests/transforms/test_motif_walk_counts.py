from itertools import pairwise

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.utils import erdos_renyi_graph

from pyg_symm.transforms import MotifWalkCounts
from pyg_symm.transforms.motif_walk_counts import random_walks


def graph(seed=0, num=12):
    torch.manual_seed(seed)
    return Data(x=torch.randint(3, (num, 1)), edge_index=erdos_renyi_graph(num, 0.3))


def test_walks_follow_edges():
    data = graph()
    edges = set(map(tuple, data.edge_index.t().tolist()))
    walks = random_walks(data.edge_index, 12, 50, 6, torch.Generator().manual_seed(0))
    assert walks.shape == (12, 50, 6) and torch.equal(walks[:, 0, 0], torch.arange(12))
    alone = set(range(12)) - {i for i, _ in edges}
    for walk in walks.flatten(0, 1).tolist():
        for a, b in pairwise(walk):
            assert (a, b) in edges or (b == 12 and (a == 12 or a in alone))


def test_neighbours_are_equally_likely():
    star = torch.tensor([[0, 0, 0, 0], [1, 2, 3, 4]])
    walks = random_walks(star, 5, 8000, 2, torch.Generator().manual_seed(0))
    counts = torch.bincount(walks[0, :, 1], minlength=5)
    assert counts[0] == 0 and bool(((counts[1:] - 2000).abs() < 160).all())


def literal(data, motif, errors, transform):
    walks = random_walks(
        data.edge_index,
        data.num_nodes,
        transform.num_walks,
        transform.walk_length,
        torch.Generator().manual_seed(transform.seed),
    )
    labels = [*data.x.view(-1).tolist(), -1]
    out = []
    for node in walks.tolist():
        count = 0
        for walk in node:
            word = [labels[i] for i in walk]
            for i in range(len(word) - len(motif) + 1):
                count += sum(a != b for a, b in zip(word[i:], motif, strict=False)) <= errors
        out.append(count / transform.num_walks)
    return torch.tensor(out)


def test_counts_are_those_of_the_walks():
    data, motifs = graph(), [[0, 1, 2], [2, 2]]
    transform = MotifWalkCounts(motifs, k=1, num_walks=10, walk_length=7, seed=3)
    out = transform(data.clone())
    assert out.x.shape == (12, 5) and torch.equal(out.x[:, :1], data.x.float())
    columns = [(motif, errors) for motif in motifs for errors in (0, 1)]
    for i, (motif, errors) in enumerate(columns):
        torch.testing.assert_close(out.x[:, 1 + i], literal(data, motif, errors, transform))


def test_expected_counts_follow_the_nodes():
    data, transform = graph(), MotifWalkCounts([[0, 1]], num_walks=4000, walk_length=4)
    move = torch.randperm(12)
    place = torch.empty_like(move)
    place[move] = torch.arange(12)
    moved = Data(x=data.x[move], edge_index=place[data.edge_index])
    torch.testing.assert_close(transform(moved).x, transform(data).x[move], atol=0.1, rtol=0)


def test_one_hot_labels_and_other_attributes():
    data = graph()
    labels = data.x.view(-1)
    hot = Data(x=torch.nn.functional.one_hot(labels, 3).float(), edge_index=data.edge_index)
    other = Data(kind=labels, edge_index=data.edge_index, num_nodes=12)
    expected = MotifWalkCounts([[0, 1]])(data.clone()).x[:, 1:]
    assert torch.equal(MotifWalkCounts([[0, 1]])(hot).x[:, 3:], expected)
    assert torch.equal(MotifWalkCounts([[0, 1]], attr="kind")(other).x, expected)


def test_single_nodes_and_repr():
    data = Data(x=torch.tensor([[1]]), edge_index=torch.empty(2, 0, dtype=torch.long))
    transform = MotifWalkCounts([[1], [1, 1]], k=0, num_walks=2)
    assert transform(data).x.tolist() == [[1.0, 1.0, 0.0]]
    assert repr(transform).startswith("MotifWalkCounts(motifs=[[1], [1, 1]], k=0, num_walks=2, ")


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"motifs": []}, "'motifs' must not be empty"),
        ({"motifs": [[]]}, r"'motifs' must have 1 to 12 integers each \(got \[\]\)"),
        ({"motifs": [[0] * 13]}, "'motifs' must have 1 to 12 integers"),
        ({"motifs": [[0.5]]}, "'motifs' must have 1 to 12 integers"),
        ({"motifs": [[0]], "k": -1}, "'k' must be an integer of 0 or more"),
        ({"motifs": [[0]], "num_walks": 0}, "'num_walks' must be an integer of 1 or more"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        MotifWalkCounts(**kwargs)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (None, "'x' must be the labels of nodes"),
        (torch.ones(12, 2), "'x' must be a one-hot code"),
        (torch.full((12,), 0.5), "'x' must be whole numbers"),
    ],
)
def test_bad_labels(x, message):
    data = Data(x=x, edge_index=graph().edge_index, num_nodes=12)
    with pytest.raises(ValueError, match=message):
        MotifWalkCounts([[0]])(data)


def test_the_end_of_a_walk_is_no_label():
    data = Data(x=torch.tensor([[2], [2]]), edge_index=torch.tensor([[0], [1]]))
    out = MotifWalkCounts([[2, -1]], k=0, num_walks=1, walk_length=3)(data)
    assert out.x.tolist() == [[2, 0], [2, 0]]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (None, "'data' has no 'edge_index'"),
        ([[0, 1], [1, 2]], "must be at least 3 to hold 'edge_index'"),
        ([[0, 2**40], [1, 0]], "to hold 'edge_index'"),
        ([[0, 1], [-1, 0]], r"'edge_index' must not be negative \(got -1\)"),
    ],
)
def test_bad_edges(edges, message):
    data = Data(x=torch.tensor([[0], [1]]))
    data.edge_index = None if edges is None else torch.tensor(edges)
    with pytest.raises(ValueError, match=message):
        MotifWalkCounts([[0]])(data)


def test_no_nodes():
    data = Data(x=torch.empty(0, 1).long(), edge_index=torch.empty(2, 0).long())
    assert MotifWalkCounts([[0, 1]], k=1)(data).x.shape == (0, 3)
