"""Structure of graphs: ego-networks, blocks and colours. Nothing here is learned."""

from .block_graphs import BlockGraphs
from .color_refinement import refined_colors, wl_equivalent
from .edge_list import edge_list
from .ego_members import ego_sizes
from .ego_networks import EgoPlan, ego_networks
from .structural_order import BlockOrder, structural_order

__all__ = [
    "BlockGraphs",
    "BlockOrder",
    "EgoPlan",
    "edge_list",
    "ego_networks",
    "ego_sizes",
    "refined_colors",
    "structural_order",
    "wl_equivalent",
]
