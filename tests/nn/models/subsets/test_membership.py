import torch
from torch.distributions import Bernoulli

from pyg_symm.nn.models.subsets import (
    bernoulli_entropy,
    compared_cross_entropy,
    compared_elements,
    top_k_mask,
)


def test_entropy():
    logits = torch.linspace(-8, 8, 9)
    torch.testing.assert_close(bernoulli_entropy(logits), Bernoulli(logits=logits).entropy())
    assert bernoulli_entropy(torch.tensor([-1e4, 1e4])).tolist() == [0, 0]


def test_top_k_of_each_set():
    generator = torch.Generator().manual_seed(0)
    index = torch.randint(5, (40,), generator=generator)
    score = torch.randint(6, (40,), generator=generator).double()  # With ties.
    k = torch.tensor([0, 1, 2, 3, 100])
    mask = top_k_mask(score, index, k)
    for b in range(5):
        mine = (index == b).nonzero().view(-1)
        best = mine[score[mine].argsort(descending=True, stable=True)[: k[b]]]
        assert mask[mine].nonzero().view(-1).tolist() == sorted(
            (mine == i).nonzero().item() for i in best
        )


def test_as_many_others_are_compared():
    y = torch.tensor([1, 1, 0, 0, 0, 1, 0, 0, 0, 1]).bool()
    index = torch.tensor([0, 0, 0, 0, 0, 1, 2, 2, 2, 3])
    taken = compared_elements(y, index, 5, torch.rand(10))
    assert bool(taken[y].all())
    others = torch.bincount(index[taken & ~y], minlength=5)
    assert others.tolist() == [2, 0, 1, 0, 0]


def test_all_others_are_drawn_equally():
    y, index = torch.tensor([1, 0, 0, 0]).bool(), torch.zeros(4, dtype=torch.long)
    counts = sum(compared_elements(y, index, 1, torch.rand(4)).long() for _ in range(3000))
    assert counts[0] == 3000 and bool(((counts[1:] - 1000).abs() < 120).all())


def test_cross_entropy_of_what_is_compared():
    y = torch.tensor([1, 1, 0, 0, 0, 1]).bool()
    index, score = torch.tensor([0, 0, 0, 0, 0, 1]), torch.rand(6)
    logits, asked = torch.randn(6), []
    loss = compared_cross_entropy(lambda w: asked.append(w) or logits[w], y, index, 2, score)
    taken = compared_elements(y, index, 2, score)
    cost = torch.nn.functional.softplus(torch.where(y, -logits, logits))
    torch.testing.assert_close(loss, cost[taken].sum() / 2)
    assert asked[0].tolist() == taken.nonzero().view(-1).tolist()
