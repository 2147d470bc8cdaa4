import json

import pytest
import pytorch_lightning as pl
import torch
from torch_geometric.nn.kge import DistMult

from pyg_symm.datasets import KnowledgeGraph
from pyg_symm.metrics import filtered_ranking
from pyg_symm.nn.kge import NFE
from pyg_symm.tasks import LinkPrediction, TripleData
from pyg_symm.tasks.link_prediction import rank_correlation


@pytest.fixture
def data():
    """A ring, whose relations go one and two steps on."""
    n = 20
    every = torch.arange(n)
    rows = torch.stack(
        [
            every.repeat(2),
            torch.arange(2).repeat_interleave(n),
            torch.cat([every + 1, every + 2]) % n,
        ]
    )
    rows = rows[:, torch.randperm(2 * n, generator=torch.Generator().manual_seed(0))]
    splits = {"train": rows[:, :30], "val": rows[:, 30:35], "test": rows[:, 35:]}
    return TripleData(KnowledgeGraph(splits, [str(i) for i in range(n)], ["one", "two"]), 10)


def fit(data, model, folder, epochs=30, **kwargs):
    task = LinkPrediction(model=model, optimizer=lambda p: torch.optim.Adam(p, lr=0.05))
    trainer = pl.Trainer(
        max_epochs=epochs,
        default_root_dir=folder,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        **kwargs,
    )
    trainer.fit(task, datamodule=data)
    return task, trainer.test(task, datamodule=data, verbose=False)[0]


def test_scores_are_those_of_filtered_ranking(data, tmp_path):
    torch.manual_seed(0)
    task, scores = fit(data, NFE(20, 2, 8), tmp_path)
    graph = data.graph
    expected = filtered_ranking(task.model, graph.triples("test"), graph.known)
    assert scores["test/mrr"] == pytest.approx(expected.mrr, abs=1e-6)
    assert scores["test/mr"] == pytest.approx(expected.mr, abs=1e-5)
    assert scores["test/hits@3"] == pytest.approx(expected.hits[3], abs=1e-6)
    assert len(task.curves["val/mrr"]) == 30
    task.export(tmp_path)
    written = json.loads((tmp_path / "ranking.json").read_text())
    assert written["mrr"] == pytest.approx(expected.mrr, abs=1e-12)
    assert written["count"] == 10 and set(written["per_side"]) == {"head", "tail"}
    assert (tmp_path / "ranking.md").read_text() == expected.markdown() + "\n"
    assert (tmp_path / "figures" / "validation.png").stat().st_size > 0


def test_correlation_with_the_degree(data, tmp_path):
    assert (
        -1 <= fit(data, NFE(20, 2, 8), tmp_path, epochs=1)[0].summary()["uncertainty/degree"] <= 1
    )
    assert fit(data, NFE(20, 2, 8, kind="mu"), tmp_path, epochs=1)[0].summary() == {}
    assert fit(data, DistMult(20, 2, 8), tmp_path, epochs=1)[0].summary() == {}


def test_drawn_entities_with_sparse_gradients(data, tmp_path):
    model = NFE(20, 2, 8, loss="sampled", num_negatives=4, sparse=True)
    task = LinkPrediction(model=model, optimizer=lambda p: torch.optim.SparseAdam(list(p), lr=0.05))
    before = model.node_emb.weight.detach().clone()
    pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        default_root_dir=tmp_path,
    ).fit(task, datamodule=data)
    assert not torch.equal(before, model.node_emb.weight)


def test_batches_of_queries(data, tmp_path):
    torch.manual_seed(0)
    whole = TripleData(data.graph, 10, by_query=True)
    model = NFE(20, 2, 8, loss="k_vs_all", gamma=4.0)
    fit(whole, model, tmp_path)
    assert filtered_ranking(model, data.graph.triples("train"), data.graph.known).mrr > 0.8
    for wrong, model in [(data, NFE(20, 2, 8, loss="k_vs_all")), (whole, DistMult(20, 2, 8))]:
        with pytest.raises(ValueError, match="'by_query' must be True for loss='k_vs_all' only"):
            fit(wrong, model, tmp_path)


def test_rank_correlation():
    x = torch.tensor([3.0, 1.0, 2.0, 2.0])
    assert rank_correlation(x, x.exp()) == pytest.approx(1)
    assert rank_correlation(x, -x) == pytest.approx(-1)
    # Ranks 4, 1, 2.5, 2.5 and 1, 2, 3, 4.
    expected = torch.corrcoef(torch.tensor([[4, 1, 2.5, 2.5], [1, 2, 3, 4]]))[0, 1]
    assert rank_correlation(x, torch.tensor([1, 2, 3, 4])) == pytest.approx(expected.item())
