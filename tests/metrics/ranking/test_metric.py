import pickle

import pytest
import torch
from torch_geometric.nn.kge import DistMult

from pyg_symm.metrics import FilteredRanking, filtered_ranking
from pyg_symm.metrics.ranking.function import all_scores

N, R = 12, 3


@pytest.fixture
def setting(random_triples):
    torch.manual_seed(0)
    return DistMult(N, R, 4), random_triples(1), [random_triples(2), random_triples(1)]


@torch.no_grad()
def fill(metric, model, triples):
    for part in torch.stack(triples).split(7, dim=1):
        for side in ("head", "tail"):
            metric.update(all_scores(model, side, *part), *part, side=side)
    return metric


def test_batches_give_the_result_of_the_function(setting):
    model, triples, known = setting
    metric = fill(FilteredRanking(known, N, R), model, triples)
    expected = filtered_ranking(model, triples, known, batch_size=7)
    assert metric.report() == pickle.loads(pickle.dumps(metric)).report() == expected
    found = metric.compute()
    assert found["mrr"] == pytest.approx(expected.mrr, abs=1e-15)
    assert found["mr"] == pytest.approx(expected.mr, abs=1e-15)
    assert {k: float(found[f"hits@{k}"]) for k in (1, 3, 10)} == expected.hits
    metric.reset()
    assert not metric.sums.any()


def test_processes_are_summed(setting):
    model, triples, known = setting
    whole = fill(FilteredRanking(known, N, R), model, triples)
    halves = [
        fill(FilteredRanking(known, N, R), model, tuple(part[i::2] for part in triples))
        for i in range(2)
    ]
    assert all(
        reduction is torch.sum or reduction.__name__ == "dim_zero_sum"
        for reduction in whole._reductions.values()
    )
    torch.testing.assert_close(halves[0].sums + halves[1].sums, whole.sums)


def test_wrong_arguments(setting):
    _, triples, known = setting
    with pytest.raises(
        ValueError, match="'known' must be a list of tuples of triples .got NoneType."
    ):
        FilteredRanking(None, N, R)
    with pytest.raises(ValueError, match="'ties' must be one of"):
        FilteredRanking(known, N, R, ties="random")
    with pytest.raises(ValueError, match="'k' must have positive"):
        FilteredRanking(known, N, R, k=(1.5,))
    with pytest.raises(ValueError, match="'side' must be one of"):
        FilteredRanking(known, N, R).update(torch.zeros(60, N), *triples, side="both")
