import pytest
import torch
import torch.nn.functional as F

from pyg_symm.nn.kge.losses import (
    SAMPLED,
    draw_nodes,
    importance_weighted,
    k_vs_all,
    one_vs_all,
    self_adversarial,
)


def test_one_vs_all_is_the_dense_loss(dtype, tol):
    scores, target = 3 * torch.randn(7, 11, requires_grad=True), torch.randint(11, (7,))
    dense = F.binary_cross_entropy_with_logits(
        scores, F.one_hot(target, 11).to(dtype), reduction="none"
    )
    torch.testing.assert_close(one_vs_all(scores, target), dense.sum(1).mean(), atol=tol, rtol=tol)


def test_k_vs_all_is_the_dense_loss_of_all_true_ones(dtype, tol):
    table = 3 * torch.randn(4 * 5, 11)  # The scores of each of 5 relations and 4 heads.
    head, rel, tail = torch.tensor([[0, 3, 0, 0, 2], [1, 4, 1, 2, 1], [7, 7, 9, 7, 0]])
    labels = torch.zeros(4 * 5, 11)
    labels[rel * 4 + head, tail] = 1
    dense = F.binary_cross_entropy_with_logits(table, labels, reduction="none").sum(dim=1)
    expected = dense[(rel * 4 + head).unique()].mean()
    assert (rel * 4 + head).unique().numel() == 4
    order = torch.tensor([3, 0, 1, 4, 2, 0])  # In any order, and repeated.
    triples = head[order], rel[order], tail[order]
    found = k_vs_all(lambda head, rel: table[rel * 4 + head], *triples, num_nodes=11)
    torch.testing.assert_close(found, expected, atol=tol, rtol=tol)


def test_small_integers_of_triples_do_not_overflow():
    num = 50_000
    head, rel, tail = torch.tensor([[num - 1, 0, 7], [9, 9, 0], [0, 3, num - 1]])
    seen = []

    def score(head, rel):
        seen.append((rel * num + head).tolist())
        return torch.zeros(head.numel(), num)

    for kind in (torch.int64, torch.int32):
        k_vs_all(score, head.to(kind), rel.to(kind), tail.to(kind), num)
    assert seen[0] == seen[1] == [7, 9 * num, 10 * num - 1]


def test_drawn_entities_estimate_all(float64):
    scores, target = torch.randn(5, 20), torch.randint(20, (5,))
    true = scores.gather(1, target[:, None]).squeeze(1)
    every = torch.arange(20)
    args = true, scores[:, every], every == target[:, None], 20
    # Each entity once is the expectation of a draw.
    torch.testing.assert_close(importance_weighted(*args), one_vs_all(scores, target))
    drawn = draw_nodes(20, 200_000, torch.device("cpu"), torch.Generator().manual_seed(0))
    estimate = importance_weighted(true, scores[:, drawn], drawn == target[:, None], 20)
    assert estimate == pytest.approx(float(one_vs_all(scores, target)), rel=1e-2)


def test_self_adversarial_weights(float64):
    scores = torch.tensor([[2.0, -1.0, 0.5]], requires_grad=True)
    clash = torch.tensor([[False, False, True]])
    weight = torch.tensor([2.0, -1.0]).softmax(0)
    loss = self_adversarial(torch.tensor([0.3]), scores, clash, 9)
    expected = F.softplus(torch.tensor(-0.3)) + (weight * F.softplus(scores[0, :2])).sum()
    torch.testing.assert_close(loss, expected)
    grad = torch.autograd.grad(loss, scores)[0]
    torch.testing.assert_close(grad[0, :2], weight * scores[0, :2].sigmoid())
    assert grad[0, 2] == 0


@pytest.mark.parametrize("name", list(SAMPLED))
def test_nothing_but_the_true_entity_was_drawn(name):
    scores = torch.randn(2, 3, requires_grad=True)
    loss = SAMPLED[name](torch.zeros(2), scores, torch.ones(2, 3, dtype=torch.bool), 5)
    torch.testing.assert_close(loss, F.softplus(torch.tensor(0.0)))
    assert not torch.autograd.grad(loss, scores)[0].any()


def test_draws_follow_the_generator():
    first, second = (
        draw_nodes(50, 9, torch.device("cpu"), torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert torch.equal(first, second) and first.max() < 50
