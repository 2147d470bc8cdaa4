"""Products at the points of a grid, in two steps."""

import torch
from torch import Tensor

from pyg_symm.groups import SphereGrid
from pyg_symm.groups.polar import polar_functions, polar_over_sine, polar_slopes

from ..operation import ProductOperation
from .base import ProductMethod, multiply
from .orders import OrderLayout

_POLAR = {"value": polar_functions, "beta": polar_slopes, "alpha": polar_over_sine}
_FIELDS = {"even": ["value"], "odd": ["beta", "alpha"], "both": ["value", "beta", "alpha"]}


class SeparableProduct(ProductMethod):
    r"""As :class:`GridProduct`, with one transform along the polar angle and one along the azimuth.

    .. math::
        f(\beta_b, \alpha_a) = \sum_m \Phi_m(\alpha_a) \sum_l p_l^m(\beta_b) \, x_{lm}

    Both steps, and those back, take :math:`O(L^3)` operations. They are small matrix products,
    which pay off for high degrees only.
    """

    def __init__(self, operation: ProductOperation) -> None:
        super().__init__(operation)
        grid = SphereGrid(operation.degree)
        self.names = _FIELDS[operation.parity]
        self.layout1, self.layout2 = OrderLayout(operation.lmax1), OrderLayout(operation.lmax2)
        self.layout_out = OrderLayout(operation.lmax_out)
        for number, layout in ((1, self.layout1), (2, self.layout2)):
            lmax = layout.lmax
            for name in self.names:
                polar = layout.sort(_POLAR[name](lmax, grid.cosines, grid.sines))
                azimuth = grid.turned_azimuth(lmax) if name == "alpha" else grid.azimuth(lmax)
                self.register_constant(f"polar{number}_{name}", polar.mT.contiguous())
                self.register_constant(f"azimuth{number}_{name}", azimuth)
        polar = polar_functions(operation.lmax_out, grid.cosines, grid.sines)
        for part in operation.parts:
            scaled = grid.weights.unsqueeze(1) * polar * operation.scales(part)
            self.register_constant(f"polar_{part}", self.layout_out.sort(scaled).contiguous())
        self.register_constant("azimuth", grid.azimuth(operation.lmax_out).T.contiguous())

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """"""  # noqa: D419
        f, g = self._evaluate(self.layout1.sort(x), 1), self._evaluate(self.layout2.sort(y), 2)
        products = multiply(self.operation.parity, f, g)
        out = []
        for part, values in zip(self.operation.parts, products, strict=True):
            orders = self.constant("azimuth", values) @ values  # [2 l + 1, R * B]
            polar = self.constant(f"polar_{part}", values)
            degrees = torch.bmm(orders.view(orders.size(0), x.size(0), polar.size(1)), polar)
            out.append(self.layout_out.unsort(degrees))
        return out

    def _evaluate(self, orders: Tensor, number: int) -> list[Tensor]:
        """The fields of a factor on the grid, each [A, R * B]."""
        out = []
        for name in self.names:
            rings = torch.bmm(orders, self.constant(f"polar{number}_{name}", orders))
            out.append(self.constant(f"azimuth{number}_{name}", orders) @ rings.flatten(1))
        return out
