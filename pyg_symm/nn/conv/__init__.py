"""Convolutions on graphs, as PyG's."""

from .ego_plan import EgoPlan
from .spen_conv import SPENConv

__all__ = ["EgoPlan", "SPENConv"]
