"""Prediction of the missing entity of triples."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch_geometric.utils import degree

from pyg_symm.metrics.ranking import KnownTriples
from pyg_symm.metrics.ranking.function import triple_ranks
from pyg_symm.metrics.ranking.known import SIDES
from pyg_symm.metrics.ranking.ranks import rank_sums
from pyg_symm.metrics.ranking.report import make_report
from pyg_symm.utils import whole_file
from pyg_symm.utils.files import write_json

from .base import Task
from .points.figures import draw_lines

_HITS = (1, 3, 10)


class LinkPrediction(Task):
    r"""Trains a model of triples by its own loss, and ranks entities by the protocol of papers.

    Scores are the filtered mean reciprocal rank, the mean rank and hits, of heads and tails. The
    triples of all splits are known. After the test, :meth:`export` writes ``ranking.md`` and
    ``ranking.json``, the same of each side and category of relations, and
    ``figures/validation.png``.

    Args:
        **kwargs: Arguments of :class:`Task`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known: KnownTriples | None = None
        self._degree: Tensor | None = None
        self._sums: Tensor | None = None

    def setup(self, stage: str) -> None:
        data = self.trainer.datamodule  # type: ignore[attr-defined]
        graph, loss = data.graph, getattr(self.model, "loss_name", None)
        if data.by_query != (loss == "k_vs_all"):
            got = f"{data.by_query} for loss={loss!r}"
            raise ValueError(f"'by_query' must be True for loss='k_vs_all' only (got {got})")
        if self.known is None:
            self.known = KnownTriples(graph.known, graph.num_nodes, graph.num_relations)
            head, _, tail = graph.triples("train")
            self._degree = degree(torch.cat([head, tail]), graph.num_nodes)

    def on_test_start(self) -> None:
        self._sums = None

    def loss(self, batch: Any) -> Tensor:
        return self.model.loss(*batch.triples)  # type: ignore[operator]

    def evaluate(self, batch: Any) -> dict[str, tuple[Tensor, int]]:
        assert self.known is not None
        known, model = self.known.to(self.device), self.model
        _, rel, _ = batch.triples
        sums = torch.stack(
            [
                rank_sums(
                    triple_ranks(model, known, side, *batch.triples),
                    rel,
                    known.num_relations,
                    _HITS,
                )
                for side in SIDES
            ]
        )
        if self._trainer is not None and self.trainer.testing:
            self._sums = sums if self._sums is None else self._sums + sums
        count, ranks, reciprocals, *hits = sums.sum(dim=(0, 1))
        shares = {f"hits@{k}": hit for k, hit in zip(_HITS, hits, strict=True)}
        totals = {"mrr": reciprocals, "mr": ranks, **shares}
        return {name: (total, int(count)) for name, total in totals.items()}

    def summary(self) -> dict[str, float]:
        """How far the uncertainty of entities follows their degree, as a rank correlation."""
        uncertainty = getattr(self.model, "uncertainty", None)
        if uncertainty is None or self._degree is None or self.model.kind == "mu":
            return {}
        with torch.no_grad():
            spread = uncertainty().cpu()
        seen = self._degree > 0
        return {"uncertainty/degree": rank_correlation(spread[seen], self._degree[seen])}

    def export(self, run_dir: Path) -> None:
        """Writes the table of the test, and the curve of validation."""
        if self._sums is not None and self.known is not None:
            report = make_report(self._sums, self.known.categories(), _HITS)
            with whole_file(run_dir / "ranking.md") as part:
                Path(part).write_text(report.markdown() + "\n")
            write_json(run_dir / "ranking.json", report.as_dict())
        if curve := self.curves.get("val/mrr"):
            lines = {name: self.curves[f"val/{name}"] for name in ("mrr", "hits@1", "hits@10")}
            file = run_dir / "figures" / "validation.png"
            steps = list(range(1, len(curve) + 1))
            draw_lines(file, steps, lines, "validation", "share", "Filtered ranking in validation")


def rank_correlation(x: Tensor, y: Tensor) -> float:
    r"""Spearman's rank correlation; equal values share the mean of their ranks.

    Args:
        x (torch.Tensor): Values :math:`(N)`.
        y (torch.Tensor): Values :math:`(N)`.

    Examples:
        >>> rank_correlation(torch.tensor([1.0, 2.0, 9.0]), torch.tensor([3.0, 4.0, 5.0]))
        1.0
    """
    return torch.corrcoef(torch.stack([_mean_ranks(x), _mean_ranks(y)]))[0, 1].item()


def _mean_ranks(values: Tensor) -> Tensor:
    _, group, counts = values.unique(return_inverse=True, return_counts=True)
    ends = counts.cumsum(0).double()
    return (ends - (counts - 1) / 2)[group]
