"""Aggregations of ragged sets: :class:`torch_geometric.nn.aggr.Aggregation` subclasses."""

from .lcm import LCMAggregation
from .operators import (
    CallableOperator,
    CommutativeOperator,
    FlowOperator,
    GRUOperator,
    LogSumExpOperator,
    MLPOperator,
    ProductOperator,
    SymmetricOperator,
    TopKOperator,
    operator_resolver,
)
from .plan_cache import cached_plan
from .recurrent import RecurrentAggregation
from .regularization import associativity_loss, commutativity_loss, regularization
from .superset import SupersetAggregation
from .tree import tree_reduce
from .tree_plan import TreePlan

__all__ = [
    "CallableOperator",
    "CommutativeOperator",
    "FlowOperator",
    "GRUOperator",
    "LCMAggregation",
    "LogSumExpOperator",
    "MLPOperator",
    "ProductOperator",
    "RecurrentAggregation",
    "SupersetAggregation",
    "SymmetricOperator",
    "TopKOperator",
    "TreePlan",
    "associativity_loss",
    "cached_plan",
    "commutativity_loss",
    "operator_resolver",
    "regularization",
    "tree_reduce",
]
