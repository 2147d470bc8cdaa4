"""Transforms of graphs: :class:`torch_geometric.transforms.BaseTransform` subclasses."""

from .ego_nets import EgoNetData, EgoNets
from .structural_order import StructuralOrder

__all__ = ["EgoNetData", "EgoNets", "StructuralOrder"]
