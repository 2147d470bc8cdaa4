"""Filtered ranking as an object that accumulates batches."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric

from .function import check_k
from .known import SIDES, KnownTriples, Triples
from .ranks import TIES, filtered_ranks, rank_sums
from .report import RankingReport, make_report


class FilteredRanking(Metric):
    r"""Accumulates filtered ranks over batches, devices and processes.

    It keeps sums over the queries of each side and relation, not the ranks themselves.

    Args:
        known (list): Tuples of heads, relations and tails that are true.
        num_nodes (int): The number of entities.
        num_relations (int): The number of relations.
        k (tuple, optional): Ranks up to these are hits. (default: :obj:`(1, 3, 10)`)
        ties (str, optional): ``"realistic"``, ``"optimistic"`` or ``"pessimistic"``.
            (default: ``"realistic"``)

    Raises:
        ValueError: If an argument is out of range.

    Examples:
        >>> known = [(torch.tensor([0]), torch.tensor([0]), torch.tensor([1]))]
        >>> metric = FilteredRanking(known, num_nodes=3, num_relations=1)
        >>> head, rel, tail = torch.tensor([0]), torch.tensor([0]), torch.tensor([2])
        >>> _ = metric.update(torch.tensor([[0.5, 0.9, 0.3]]), head, rel, tail, side="tail")
        >>> metric.compute()["mrr"]
        tensor(0.5000, dtype=torch.float64)
    """

    higher_is_better = True
    is_differentiable = False
    full_state_update = False
    sums: Tensor

    def __init__(
        self,
        known: Sequence[Triples],
        num_nodes: int,
        num_relations: int,
        k: Sequence[int] = (1, 3, 10),
        ties: str = "realistic",
    ) -> None:
        super().__init__()
        if ties not in TIES:
            raise ValueError(f"'ties' must be one of {list(TIES)} (got {ties!r})")
        self.known = KnownTriples(known, num_nodes, num_relations)
        self.categories = self.known.categories()
        self.k, self.ties = check_k(k), ties
        sums = torch.zeros(2, num_relations, 3 + len(self.k), dtype=torch.double)
        self.add_state("sums", sums, dist_reduce_fx="sum")

    def update(self, scores: Tensor, head: Tensor, rel: Tensor, tail: Tensor, side: str) -> None:
        r"""Adds queries.

        Args:
            scores (torch.Tensor): Scores of all entities :math:`(B, N)`.
            head (torch.Tensor): Heads :math:`(B)`.
            rel (torch.Tensor): Relations :math:`(B)`.
            tail (torch.Tensor): Tails :math:`(B)`.
            side (str): Which side the scores are of, ``"head"`` or ``"tail"``.

        Raises:
            ValueError: If there is no such side.
        """
        if side not in SIDES:
            raise ValueError(f"'side' must be one of {list(SIDES)} (got {side!r})")
        given, target = (head, tail) if side == "tail" else (tail, head)
        others = self.known.to(scores.device).others(side, given, rel, target)
        ranks = filtered_ranks(scores, target, *others, self.ties)
        self.sums[SIDES.index(side)] += rank_sums(ranks, rel, self.sums.size(1), self.k)

    def compute(self) -> dict[str, Tensor]:
        """The mean reciprocal rank ``mrr``, the mean rank ``mr`` and ``hits@k`` of all queries."""
        count, ranks, reciprocals, *hits = self.sums.sum(dim=(0, 1))
        shares = {f"hits@{n}": hit / count for n, hit in zip(self.k, hits, strict=True)}
        return {"mrr": reciprocals / count, "mr": ranks / count, **shares}

    def report(self) -> RankingReport:
        """The same, and the numbers of each side, relation and category, of this process."""
        return make_report(self.sums, self.categories, self.k)
