"""Structure of graphs: ego-networks, blocks and colours. Nothing here is learned."""

from .block_graphs import BlockGraphs
from .color_refinement import refined_colors, wl_equivalent
from .ego_networks import EgoNetworks, ego_networks
from .structural_order import BlockOrder, structural_order

__all__ = [
    "BlockGraphs",
    "BlockOrder",
    "EgoNetworks",
    "ego_networks",
    "refined_colors",
    "structural_order",
    "wl_equivalent",
]
