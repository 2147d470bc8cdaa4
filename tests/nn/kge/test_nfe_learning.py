"""What relations can express, on a planted graph."""

import pytest
import torch

from pyg_symm.nn.kge import NFE

D = 32


def tree(depth=6):
    """A complete binary tree: left and right child, and the four grandchildren."""
    size, triples = 2**depth - 1, []
    for node in range(size):
        for first in range(2):
            child = 2 * node + 1 + first
            triples.append((node, first, child))
            for second in range(2):
                triples.append((node, 2 + 2 * first + second, 2 * child + 1 + second))
    return torch.tensor([t for t in triples if t[2] < size]), size


def held_out_hits(kind, translations=False):
    """Hits@1 of grandchildren of half of the nodes that have any, from children and the others."""
    triples, size = tree()
    generator = torch.Generator().manual_seed(0)
    composed = (triples[:, 1] >= 2).nonzero().view(-1)
    order = torch.randperm(composed.numel(), generator=generator)
    test = composed[order[: order.numel() // 2]]
    train = torch.ones(len(triples), dtype=torch.bool)
    train[test] = False
    torch.manual_seed(0)
    model = NFE(size, 6, D, kind=kind, gamma=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 150)
    for _ in range(150):
        for rows in (
            train.nonzero()
            .view(-1)[torch.randperm(int(train.sum()), generator=generator)]
            .split(64)
        ):
            if translations:
                with torch.no_grad():
                    model.rel_emb.weight[:, D:] = 1
            optimizer.zero_grad()
            model.loss(*triples[rows].t()).backward()
            optimizer.step()
        scheduler.step()
    head, rel, tail = triples[test].t()
    return (model.score_tails(head, rel).argmax(dim=1) == tail).float().mean().item()


@pytest.fixture(autouse=True)
def both_precisions():
    """Once is enough."""


def test_composed_relations_generalise_unlike_translations():
    assert held_out_hits("mu") >= 0.9
    assert held_out_hits("nfe1") >= 0.8
    assert held_out_hits("mu", translations=True) < 0.7
