"""Linear layers that commute with every permutation of the nodes of every set."""

from .equivariant_linear import EquivariantLinear
from .mixed_order_linear import Channels, MixedOrderLinear, check_channels

__all__ = ["Channels", "EquivariantLinear", "MixedOrderLinear", "check_channels"]
