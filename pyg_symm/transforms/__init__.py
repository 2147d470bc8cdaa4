"""Transforms of graphs: :class:`torch_geometric.transforms.BaseTransform` subclasses."""

from .ego_net_data import EgoNetData
from .ego_nets import EgoNets
from .motif_walk_counts import MotifWalkCounts
from .random_rotation import RandomRotation
from .structural_order import StructuralOrder

__all__ = ["EgoNetData", "EgoNets", "MotifWalkCounts", "RandomRotation", "StructuralOrder"]
