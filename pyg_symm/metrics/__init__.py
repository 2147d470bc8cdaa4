"""Measures of models and of what they make."""

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
]
