"""Embeddings of knowledge graphs."""

from .all_scores import score_all_heads, score_all_tails
from .flows import AffineFlow, PiecewiseLinearFlow
from .nfe import NFE

__all__ = ["NFE", "AffineFlow", "PiecewiseLinearFlow", "score_all_heads", "score_all_tails"]
