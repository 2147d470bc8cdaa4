import pytest
import torch


def _rank(scores, target, others, share=0.5):
    """The definition, one query at a time."""
    kept = [e for e in range(len(scores)) if e != target and e not in others]
    worst = float("-inf")
    values = [(-1, worst) if scores[e] != scores[e] else (0, scores[e]) for e in range(len(scores))]
    above = sum(values[e] > values[target] for e in kept)
    equal = sum(values[e] == values[target] for e in kept)
    return 1 + above + share * equal


@pytest.fixture
def plain_rank():
    return _rank


def _graph(seed, num_nodes=12, num_relations=3, num=60):
    generator = torch.Generator().manual_seed(seed)
    sizes = (num_nodes, num_relations, num_nodes)
    return tuple(torch.randint(size, (num,), generator=generator) for size in sizes)


@pytest.fixture
def random_triples():
    """Random triples, some of them repeated."""
    return _graph
