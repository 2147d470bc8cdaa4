import pytest
import torch

from pyg_symm.nn.kge import Queries, QueryLoader

N, R, T = 7, 3, 40


@pytest.fixture
def triples():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randint(size, (T,), generator=generator) for size in (N, R, N))


def all_answers(triples):
    """The tails of each head and relation, of both directions, in plain Python."""
    answers = {}
    for head, rel, tail in zip(*(part.tolist() for part in triples), strict=True):
        answers.setdefault((head, rel), set()).add(tail)
        answers.setdefault((tail, rel + R), set()).add(head)
    return answers


def gathered(rows):
    answers = {}
    for head, rel, tail in rows.t().tolist():
        answers.setdefault((head, rel), []).append(tail)
    return answers


def test_every_query_with_all_its_answers(triples):
    queries = Queries(*triples, num_relations=R)
    expected = all_answers(triples)
    assert len(queries) == len(expected)
    for number in range(len(queries)):
        ((query, tails),) = gathered(queries.take(torch.tensor([number]))).items()
        assert sorted(tails) == sorted(expected.pop(query))  # Repeated triples count once.
    assert not expected


def test_take_keeps_the_order_of_queries(triples):
    queries = Queries(*triples, num_relations=R)
    parts = [queries.take(torch.tensor([number])) for number in (4, 0)]
    assert torch.equal(queries.take(torch.tensor([4, 0])), torch.cat(parts, dim=1))
    assert queries.to("cpu") is queries


def test_batches_are_whole_queries(triples):
    loader = QueryLoader(Queries(*triples, num_relations=R), batch_size=5, shuffle=True)
    expected, seen = all_answers(triples), {}
    batches = list(loader)
    assert len(batches) == len(loader) == -(-len(expected) // 5)
    for batch in batches:
        found = gathered(torch.stack(batch))
        assert not found.keys() & seen.keys()
        seen |= found
    assert {query: set(tails) for query, tails in seen.items()} == expected
    assert not torch.equal(torch.stack(batches[0]), torch.stack(next(iter(loader))))


def test_no_triples():
    none = torch.empty(0, dtype=torch.long)
    queries = Queries(none, none, none, num_relations=R)
    assert len(queries) == 0 and queries.take(none).shape == (3, 0)
