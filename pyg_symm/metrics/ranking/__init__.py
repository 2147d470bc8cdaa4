"""Ranks of true entities among all others, without the others that are true as well."""

from typing import TYPE_CHECKING

from pyg_symm.utils.moved import lazy_names

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


# It loads torchmetrics.
__getattr__ = lazy_names({"FilteredRanking": "pyg_symm.metrics.ranking.metric"})
