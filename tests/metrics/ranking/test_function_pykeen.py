"""Ranks beside those of PyKEEN's evaluator, where PyKEEN is installed."""

import warnings

import pytest
import torch

from pyg_symm.metrics import filtered_ranking
from pyg_symm.nn.kge import NFE

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("pykeen")
    from pykeen.datasets import UMLS, Kinships, Nations
    from pykeen.evaluation import RankBasedEvaluator
    from pykeen.models import Model

pytestmark = pytest.mark.filterwarnings("ignore")


class Adapter(Model):
    """Shows a model to PyKEEN."""

    def __init__(self, model, triples_factory):
        super().__init__(triples_factory=triples_factory, random_seed=0)
        self.model = model

    def _reset_parameters_(self):
        pass

    def _get_entity_len(self, *, mode=None):
        return self.model.num_nodes

    def collect_regularization_term(self):
        return torch.zeros(())

    def score_hrt(self, hrt_batch, *, mode=None):
        return self.model(*hrt_batch.t()).unsqueeze(1)

    def score_t(self, hr_batch, *, slice_size=None, mode=None, tails=None):
        return self.model.score_tails(*hr_batch.t())

    def score_h(self, rt_batch, *, slice_size=None, mode=None, heads=None):
        return self.model.score_heads(*rt_batch.t())

    def score_r(self, ht_batch, *, slice_size=None, mode=None, relations=None):
        raise NotImplementedError


def trained(dataset, values):
    """A model after a little training; with coarse scores many are equal."""
    torch.manual_seed(0)
    head, rel, tail = dataset.training.mapped_triples.t()
    model = NFE(dataset.num_entities, dataset.num_relations, 16).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for rows in torch.randperm(head.numel()).split(256):
        optimizer.zero_grad()
        model.loss(head[rows], rel[rows], tail[rows]).backward()
        optimizer.step()
    if values == "coarse":
        for name in ("score_tails", "score_heads"):
            score = getattr(model, name)
            setattr(model, name, lambda *args, score=score: score(*args).round(decimals=1))
    return model


@pytest.mark.parametrize("values", ["exact", "coarse"])
@pytest.mark.parametrize("graph", [Nations, UMLS, Kinships])
def test_equal_to_the_evaluator_of_pykeen(graph, values):
    dataset = graph()
    parts = [dataset.training, dataset.validation, dataset.testing]
    model = trained(dataset, values)
    evaluator = RankBasedEvaluator(filtered=True, clear_on_finalize=False)
    with torch.no_grad():
        expected = evaluator.evaluate(
            Adapter(model, dataset.training),
            mapped_triples=dataset.testing.mapped_triples,
            additional_filter_triples=[part.mapped_triples for part in parts[:2]],
            batch_size=256,
            use_tqdm=False,
        )
    known = [tuple(part.mapped_triples.t()) for part in parts]
    found = filtered_ranking(model, known[2], known)
    for side, ours in found.per_side.items():
        parts = [torch.from_numpy(r).double() for r in evaluator.ranks[side, "realistic"]]
        ranks = torch.cat(parts)
        assert ours.mrr == pytest.approx(ranks.reciprocal().mean().item(), abs=1e-14)
        assert ours.mr == pytest.approx(ranks.mean().item(), abs=1e-11)
        for k, hits in ours.hits.items():
            assert hits == (ranks <= k).double().mean().item()
    # Its own mean is in single precision.
    theirs = expected.get_metric("both.realistic.inverse_harmonic_mean_rank")
    assert found.mrr == pytest.approx(theirs, rel=2e-7)
