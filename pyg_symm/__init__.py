"""Symmetry for graph learning: an extension package of PyTorch Geometric."""

__version__ = "0.1.0"
