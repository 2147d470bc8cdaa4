"""Mean ranks and hits, of all queries and of parts of them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from torch import Tensor

from pyg_symm.utils import markdown_table

from .known import CATEGORIES, SIDES

Name = TypeVar("Name")


@dataclass(frozen=True)
class Ranking:
    r"""How well some queries are answered.

    Attributes:
        mrr (float): The mean reciprocal rank.
        mr (float): The mean rank, from 1.
        hits (dict): For each number :math:`k` the share of ranks up to it.
        count (int): The number of queries.
    """

    mrr: float
    mr: float
    hits: dict[int, float]
    count: int


@dataclass(frozen=True)
class RankingReport(Ranking):
    r"""How well all queries are answered, and parts of them.

    Attributes:
        per_side (dict): Queries for the ``"head"`` and for the ``"tail"``.
        per_relation (dict): Queries of each relation, by its number, if it has any.
        per_category (dict): Queries of relations that are ``"1-1"``, ``"1-N"`` (one head, many
            tails), ``"N-1"`` or ``"N-N"``, if there are any.
        per_side_and_category (dict): The same for each side.
    """

    per_side: dict[str, Ranking] = field(default_factory=dict)
    per_relation: dict[int, Ranking] = field(default_factory=dict)
    per_category: dict[str, Ranking] = field(default_factory=dict)
    per_side_and_category: dict[str, dict[str, Ranking]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The numbers as nested dictionaries."""
        return asdict(self)

    def markdown(self) -> str:
        """A table of all queries, and of each side and category."""
        rows = [["queries", "number", "MRR", "MR", *(f"hits@{k}" for k in self.hits)]]
        parts: dict[str, Ranking] = {"all": self, **self.per_side, **self.per_category}
        for side, categories in self.per_side_and_category.items():
            parts |= {f"{side}, {name}": part for name, part in categories.items()}
        for name, part in parts.items():
            numbers = [
                f"{part.mrr:.4f}",
                f"{part.mr:.2f}",
                *(f"{h:.4f}" for h in part.hits.values()),
            ]
            rows.append([name, f"{part.count:,}", *numbers])
        return markdown_table(rows)


def make_report(sums: Tensor, categories: Tensor, k: tuple[int, ...]) -> RankingReport:
    r"""A report from sums of ranks.

    Args:
        sums (torch.Tensor): For each side and relation the sums of
            :func:`~pyg_symm.metrics.ranking.ranks.rank_sums` :math:`(2, R, 3 + K)`.
        categories (torch.Tensor): The category of each relation :math:`(R)`.
        k (tuple): Ranks up to these are hits.

    Raises:
        ValueError: If there is no query.
    """
    sums, categories = sums.cpu(), categories.cpu()
    if not bool(sums[..., 0].any()):
        raise ValueError("'sums' must have a query (got none)")
    of = {name: categories == i for i, name in enumerate(CATEGORIES)}
    whole = _rankings([sums.sum(dim=(0, 1))], ["all"], k)["all"]
    relations = sums.sum(dim=0)
    per_side = {
        side: _rankings([part[rows].sum(dim=0) for rows in of.values()], of, k)
        for side, part in zip(SIDES, sums, strict=True)
    }
    return RankingReport(
        **vars(whole),
        per_side=_rankings(sums.sum(dim=1), SIDES, k),
        per_relation=_rankings(relations, range(relations.size(0)), k),
        per_category=_rankings([relations[rows].sum(dim=0) for rows in of.values()], of, k),
        per_side_and_category={side: found for side, found in per_side.items() if found},
    )


def _rankings(
    sums: Iterable[Tensor], names: Iterable[Name], k: tuple[int, ...]
) -> dict[Name, Ranking]:
    """Rankings of all rows that have queries."""
    found: dict[Name, Ranking] = {}
    for name, row in zip(names, sums, strict=True):
        count, ranks, reciprocals, *hits = row.tolist()
        if count > 0:
            shares = {n: hit / count for n, hit in zip(k, hits, strict=True)}
            found[name] = Ranking(reciprocals / count, ranks / count, shares, int(count))
    return found
