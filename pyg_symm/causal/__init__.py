"""Causal graphs, and predictors for unseen environments."""

from .acyclic import interventional_graph, mechanisms
from .baselines import AnchorRegression, GroupDRO, IRMv1, PooledRidge, baselines_of
from .boundary import markov_boundary
from .classes import EquivalenceClass, equivalence_classes
from .components import causal_components, minimax_condition
from .environments import EnvironmentReport, worst_env_report, worst_env_score
from .graph_shift import GraphShift
from .regressor import CausalMinimaxRegressor
from .risks import Risk
from .separation import BitGraph, d_separated
from .worst_intervention import WorstIntervention

__all__ = [
    "AnchorRegression",
    "BitGraph",
    "CausalMinimaxRegressor",
    "EnvironmentReport",
    "EquivalenceClass",
    "GroupDRO",
    "GraphShift",
    "IRMv1",
    "PooledRidge",
    "Risk",
    "WorstIntervention",
    "baselines_of",
    "causal_components",
    "d_separated",
    "equivalence_classes",
    "interventional_graph",
    "markov_boundary",
    "mechanisms",
    "minimax_condition",
    "worst_env_report",
    "worst_env_score",
]
