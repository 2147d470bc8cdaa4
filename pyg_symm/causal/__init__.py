"""Causal graphs, and predictors for environments that nobody has seen."""

from .acyclic import interventional_graph, mechanisms
from .boundary import markov_boundary
from .classes import EquivalenceClass, equivalence_classes
from .components import causal_components, minimax_condition
from .separation import BitGraph, d_separated

__all__ = [
    "BitGraph",
    "EquivalenceClass",
    "causal_components",
    "d_separated",
    "equivalence_classes",
    "interventional_graph",
    "markov_boundary",
    "mechanisms",
    "minimax_condition",
]
