"""Ranks of true entities among all others, without the others that are true as well."""

from typing import TYPE_CHECKING, Any

from .function import filtered_ranking
from .known import KnownTriples
from .ranks import filtered_ranks
from .report import Ranking, RankingReport

if TYPE_CHECKING:
    from .metric import FilteredRanking

__all__ = [
    "FilteredRanking",
    "KnownTriples",
    "Ranking",
    "RankingReport",
    "filtered_ranking",
    "filtered_ranks",
]


def __getattr__(name: str) -> Any:
    if name == "FilteredRanking":  # Loads torchmetrics.
        from . import metric

        return metric.FilteredRanking
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
