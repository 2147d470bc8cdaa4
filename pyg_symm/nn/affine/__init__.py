"""Layers on images, or on points, that are equivariant under groups of matrices."""

from .affine_conv import AffineConv2d
from .evaluate_kernels import evaluate_kernels
from .features import GroupFeatures
from .group_conv2d import GroupConv2d
from .group_sampler import GroupSampler
from .invariant_pool import InvariantPool
from .kernel_points import kernel_points
from .kernel_resolver import kernel_resolver
from .kernels import SIREN, GaborNet
from .lifting_conv2d import LiftingConv2d
from .point_pool import InvariantPointPool
from .projection_conv2d import ProjectionConv2d
from .sample_norm import SampleNorm
from .window import kernel_window

__all__ = [
    "SIREN",
    "AffineConv2d",
    "GaborNet",
    "GroupConv2d",
    "GroupFeatures",
    "GroupSampler",
    "InvariantPointPool",
    "InvariantPool",
    "LiftingConv2d",
    "ProjectionConv2d",
    "SampleNorm",
    "evaluate_kernels",
    "kernel_points",
    "kernel_resolver",
    "kernel_window",
]
