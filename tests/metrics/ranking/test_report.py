import pytest
import torch

from pyg_symm.metrics.ranking.ranks import rank_sums
from pyg_symm.metrics.ranking.report import Ranking, make_report

K = (1, 3)


def sums():
    rel = torch.tensor([0, 0, 2])
    heads, tails = torch.tensor([1.0, 2, 4]).double(), torch.tensor([1.0, 1, 10]).double()
    return torch.stack([rank_sums(ranks, rel, 3, K) for ranks in (heads, tails)])


def test_parts():
    report = make_report(sums(), torch.tensor([0, 1, 3]), K)
    assert report.count == 6 and report.mr == 19 / 6
    assert report.mrr == (1 + 1 / 2 + 1 / 4 + 1 + 1 + 1 / 10) / 6
    assert report.hits == {1: 3 / 6, 3: 4 / 6}
    assert report.per_side["head"] == Ranking(1.75 / 3, 7 / 3, {1: 1 / 3, 3: 2 / 3}, 3)
    assert list(report.per_relation) == [0, 2]
    assert report.per_relation[2] == Ranking(0.35 / 2, 7.0, {1: 0.0, 3: 0.0}, 2)
    assert report.per_category["1-1"] == report.per_relation[0]
    assert list(report.per_category) == ["1-1", "N-N"]
    assert report.per_side_and_category["tail"]["N-N"] == Ranking(0.1, 10.0, {1: 0.0, 3: 0.0}, 1)


def test_one_side():
    values = sums()
    values[0] = 0
    report = make_report(values, torch.zeros(3, dtype=torch.long), K)
    assert list(report.per_side) == ["tail"] == list(report.per_side_and_category)


def test_table():
    lines = make_report(sums(), torch.tensor([0, 1, 3]), K).markdown().splitlines()
    assert lines[0].split() == "| queries | number | MRR | MR | hits@1 | hits@3 |".split()
    assert lines[2].split()[:8] == "| all | 6 | 0.6417 | 3.17".split()
    assert len(lines) == 2 + 1 + 2 + 2 + 4


def test_no_queries():
    with pytest.raises(ValueError, match="'sums' must have a query"):
        make_report(torch.zeros(2, 3, 5), torch.zeros(3), K)
