"""Layers on images, or on points, that are equivariant under groups of matrices."""

from .kernel_points import kernel_points
from .kernel_resolver import kernel_resolver
from .kernels import SIREN, GaborNet

__all__ = ["GaborNet", "SIREN", "kernel_points", "kernel_resolver"]
