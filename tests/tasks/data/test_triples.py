import pytest
import torch

from pyg_symm.datasets import KnowledgeGraph
from pyg_symm.tasks.data.triples import TripleBatches, TripleData


@pytest.fixture
def graph():
    generator = torch.Generator().manual_seed(0)
    rows = torch.stack([torch.randint(n, (50,), generator=generator) for n in (9, 3, 9)])
    splits = {"train": rows, "val": rows[:, :20], "test": rows[:, 20:30]}
    return KnowledgeGraph(splits, list("abcdefghi"), list("xyz"))


def test_batches(graph):
    data = TripleData(graph, batch_size=8, seed=3)
    loader = data.train_dataloader()
    batches = [list(loader) for _ in range(2)]
    assert len(loader) == len(batches[0]) == -(-data.train_rows.size(1) // 8)
    assert sum(batch.num_graphs for batch in batches[0]) == len(data.train)
    first, second = (torch.cat([batch.rows for batch in epoch], dim=1) for epoch in batches)
    assert torch.equal(first, second)  # One epoch, one order.
    assert not torch.equal(first, data.train_rows)
    sets = [set(map(tuple, rows.t().tolist())) for rows in (first, data.train_rows)]
    assert sets[0] == sets[1]
    head, rel, tail = batches[0][0].to("cpu").triples
    assert torch.equal(torch.stack([head, rel, tail]), first[:, :8])


def test_limits_and_sizes(graph):
    data = TripleData(graph, limit=5, val_limit=4)
    assert len(data.train) == 5 and data.val_rows.size(1) == 4
    assert data.test_rows.size(1) == graph.statistics()["test"]["triples"]
    assert data.describe() == {"num_nodes": 9, "num_relations": 3}
    assert set(data.example_sizes()) == set(data.describe())
    with pytest.raises(ValueError, match="'val_limit' must be positive"):
        TripleData(graph, val_limit=0)


def test_summary_tells_of_leaks(graph):
    data = TripleData(graph)
    assert any("in an earlier split" in note for note in data.notes)
    assert "| leaked" in data.summary() and "9 entities, 3 relations" in data.summary()


def test_order_of_rows():
    rows = torch.arange(15).view(3, 5)
    loader = TripleBatches(rows, 2, order=[4, 3, 2, 1, 0])
    assert [batch.rows[0].tolist() for batch in loader] == [[4, 3], [2, 1], [0]]


def test_batches_of_queries(graph):
    data = TripleData(graph, batch_size=6, seed=3, by_query=True)
    loader = data.train_dataloader()
    batches = list(loader)
    assert len(loader) == len(batches) == -(-len(loader.queries) // 6)
    rows = torch.cat([batch.rows for batch in batches], dim=1)
    head, rel, tail = data.train_rows
    back = torch.stack([tail, rel + 3, head])
    assert set(map(tuple, rows.t().tolist())) == set(
        map(tuple, torch.cat([data.train_rows, back], dim=1).t().tolist())
    )
    queries = [set(map(tuple, batch.rows[:2].t().tolist())) for batch in batches]
    assert sum(map(len, queries)) == len(set().union(*queries)) == len(loader.queries)
    again = torch.cat([batch.rows for batch in loader], dim=1)
    assert torch.equal(rows, again)  # One epoch, one order.
