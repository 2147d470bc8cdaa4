"""Embeddings of knowledge graphs."""

from .all_scores import score_all_heads, score_all_tails
from .flows import AffineFlow, PiecewiseLinearFlow
from .nfe import NFE
from .queries import Queries, QueryLoader

__all__ = [
    "NFE",
    "AffineFlow",
    "PiecewiseLinearFlow",
    "Queries",
    "QueryLoader",
    "score_all_heads",
    "score_all_tails",
]
