import math

import pytest
import torch

from pyg_symm.metrics.ranking.ranks import TIES, filtered_ranks, rank_sums


@pytest.mark.parametrize("ties", list(TIES))
def test_ranks_are_those_of_the_definition(ties, plain_rank):
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        scores = torch.randint(4, (6, 9), generator=generator).float()
        lost = torch.rand(6, 9, generator=generator) < 0.2
        scores[lost] = math.nan
        scores[torch.rand(6, 9, generator=generator) < 0.1] = -math.inf
        target = torch.randint(9, (6,), generator=generator)
        out = torch.rand(6, 9, generator=generator) < 0.3
        out[torch.arange(6), target] = False
        rows, nodes = out.nonzero().t()
        found = filtered_ranks(scores, target, rows, nodes, ties)
        expected = [
            plain_rank(s, int(t), o.nonzero().view(-1).tolist(), TIES[ties])
            for s, t, o in zip(scores.tolist(), target, out, strict=True)
        ]
        assert found.tolist() == expected


def test_a_score_that_is_nan_is_the_worst():
    scores = torch.tensor([[math.nan, -math.inf, 0.0], [1.0, math.nan, math.nan]])
    none = torch.empty(0, dtype=torch.long)
    assert filtered_ranks(scores, torch.tensor([0, 1]), none, none).tolist() == [3.0, 2.5]
    assert filtered_ranks(scores, torch.tensor([1, 0]), none, none).tolist() == [2.0, 1.0]


def test_equal_scores_share_the_middle():
    none = torch.empty(0, dtype=torch.long)
    assert filtered_ranks(torch.zeros(1, 9), torch.tensor([4]), none, none).tolist() == [5.0]


def test_unknown_ties():
    index = torch.zeros(1, dtype=torch.long)
    with pytest.raises(ValueError, match="'ties' must be one of .* .got 'random'."):
        filtered_ranks(torch.zeros(1, 2), index, index[:0], index[:0], "random")


def test_sums():
    ranks, rel = torch.tensor([1.0, 2.0, 4.0]).double(), torch.tensor([2, 0, 2])
    sums = rank_sums(ranks, rel, 3, (1, 3))
    assert sums.tolist() == [[1, 2, 0.5, 0, 1], [0, 0, 0, 0, 0], [2, 5, 1.25, 1, 1]]
