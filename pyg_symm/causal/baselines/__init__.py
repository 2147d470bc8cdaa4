"""Regressors that causal minimax predictors are compared with, in one protocol."""

from .anchor import AnchorRegression
from .base import LinearBaseline
from .by_graph import baselines_of
from .group_dro import GroupDRO
from .irm import IRMv1
from .pooled import PooledRidge

__all__ = [
    "AnchorRegression",
    "GroupDRO",
    "IRMv1",
    "LinearBaseline",
    "PooledRidge",
    "baselines_of",
]
