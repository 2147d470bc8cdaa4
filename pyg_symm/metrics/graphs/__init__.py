"""Metrics of generated graphs: statistics, validity, isomorphism."""

from .block_fit import fit_blocks
from .block_model import BlockModelTest
from .graph_set import Graphs, GraphSet, graph_set
from .isomorphism import isomorphism_classes
from .mmd import graph_mmd, total_variation_mmd
from .orbits import orbit_counts
from .table import graph_table
from .validity import graph_validity

__all__ = [
    "BlockModelTest",
    "GraphSet",
    "Graphs",
    "fit_blocks",
    "graph_mmd",
    "graph_set",
    "graph_table",
    "graph_validity",
    "isomorphism_classes",
    "orbit_counts",
    "total_variation_mmd",
]
