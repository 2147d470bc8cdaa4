"""Transforms of graphs: :class:`torch_geometric.transforms.BaseTransform` subclasses."""

from .ego_nets import EgoNetData, EgoNets

__all__ = ["EgoNetData", "EgoNets"]
