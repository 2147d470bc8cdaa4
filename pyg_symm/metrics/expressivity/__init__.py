"""Which graphs a network tells apart: hard pairs, the 1-WL test, and a measurement."""

from pyg_symm.graphs import refined_colors, wl_equivalent

from .cfi import cfi_pair, cfi_pairs
from .double_covers import double_cover_pair, double_cover_pairs
from .graphs import cayley_graph, from_edges, from_graph6, generalized_petersen_graph
from .pairs import PAIRS, GraphPair
from .report import expressivity_report
from .separation import OnData, Separation, relabelled, separation, separations
from .strongly_regular import SR25, chang_pairs, doob_pair, sr25_pairs
from .switching import regular_pairs, switched_pairs
from .table import THEORY, expressivity_markdown, expressivity_suite, expressivity_table

__all__ = [
    "PAIRS",
    "SR25",
    "THEORY",
    "GraphPair",
    "OnData",
    "Separation",
    "cayley_graph",
    "cfi_pair",
    "cfi_pairs",
    "chang_pairs",
    "doob_pair",
    "double_cover_pair",
    "double_cover_pairs",
    "expressivity_markdown",
    "expressivity_report",
    "expressivity_suite",
    "expressivity_table",
    "from_edges",
    "from_graph6",
    "generalized_petersen_graph",
    "refined_colors",
    "regular_pairs",
    "relabelled",
    "separation",
    "separations",
    "sr25_pairs",
    "switched_pairs",
    "wl_equivalent",
]
