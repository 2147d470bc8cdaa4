"""Metrics of models and of generated graphs and molecules."""

from typing import TYPE_CHECKING

from pyg_symm.utils.moved import lazy_names

from .expressivity import (
    PAIRS,
    THEORY,
    GraphPair,
    OnData,
    Separation,
    double_cover_pairs,
    expressivity_markdown,
    expressivity_suite,
    expressivity_table,
    separation,
    separations,
    sr25_pairs,
    wl_equivalent,
)
from .graphs import (
    BlockModelTest,
    fit_blocks,
    graph_mmd,
    graph_table,
    graph_validity,
    isomorphism_classes,
    orbit_counts,
)
from .molecules import (
    MoleculeStatistics,
    MosesTable,
    invalid_causes,
    molecule_table,
    moses_statistics,
    moses_table,
    moses_train,
    stability,
)
from .ranking import KnownTriples, Ranking, RankingReport, filtered_ranking
from .subsets import subset_jaccard

if TYPE_CHECKING:
    from .ranking import FilteredRanking
    from .subset_metric import SubsetJaccard

__all__ = [
    "PAIRS",
    "THEORY",
    "GraphPair",
    "OnData",
    "Separation",
    "double_cover_pairs",
    "expressivity_markdown",
    "expressivity_suite",
    "expressivity_table",
    "separation",
    "separations",
    "sr25_pairs",
    "wl_equivalent",
    "BlockModelTest",
    "fit_blocks",
    "graph_mmd",
    "graph_table",
    "graph_validity",
    "isomorphism_classes",
    "orbit_counts",
    "MoleculeStatistics",
    "MosesTable",
    "invalid_causes",
    "molecule_table",
    "moses_statistics",
    "moses_table",
    "moses_train",
    "stability",
    "SubsetJaccard",
    "subset_jaccard",
    "FilteredRanking",
    "KnownTriples",
    "Ranking",
    "RankingReport",
    "filtered_ranking",
]


# These load torchmetrics.
__getattr__ = lazy_names(
    {
        "FilteredRanking": "pyg_symm.metrics.ranking.metric",
        "SubsetJaccard": "pyg_symm.metrics.subset_metric",
    }
)
