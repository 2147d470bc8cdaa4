"""The definition of a product of functions on the sphere, apart from how it is computed."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pyg_symm.groups import bracket_scale, gaunt_scale
from pyg_symm.groups.components import degree_of_component
from pyg_symm.groups.gaunt import bracket_tensor, gaunt_tensor
from pyg_symm.utils import check_choice, check_sizes

PARITIES = {"even": ("even",), "odd": ("odd",), "both": ("even", "odd")}
_NORMALIZATIONS = ("component", "none")
_TENSORS = {"even": gaunt_tensor, "odd": bracket_tensor}
_SCALES = {"even": gaunt_scale, "odd": bracket_scale}


@dataclass(frozen=True)
class ProductOperation:
    r"""A bilinear operation by its degrees and coefficients.

    Args:
        lmax1 (int): The highest degree of the first factor.
        lmax2 (int): The highest degree of the second factor.
        lmax_out (int): The highest degree that is kept of the product.
        parity (str, optional): ``"even"`` for the pointwise product, ``"odd"`` for the Poisson
            bracket, or ``"both"``. (default: ``"even"``)
        normalization (str, optional): ``"component"`` divides each degree of the result by its
            standard deviation for inputs of independent components with variance one. Degrees that
            nothing reaches stay zero. ``"none"`` does not. (default: ``"none"``)

    Examples:
        >>> operation = ProductOperation(1, 1, 2, parity="both")
        >>> operation.parts
        ('even', 'odd')
        >>> operation.coefficients("odd").shape
        torch.Size([4, 4, 9])
    """

    lmax1: int
    lmax2: int
    lmax_out: int
    parity: str = "even"
    normalization: str = "none"

    def __post_init__(self) -> None:
        check_sizes(0, lmax1=self.lmax1, lmax2=self.lmax2, lmax_out=self.lmax_out)
        check_choice("parity", self.parity, PARITIES)
        check_choice("normalization", self.normalization, _NORMALIZATIONS)

    @property
    def parts(self) -> tuple[str, ...]:
        """The products that are computed, each ``"even"`` or ``"odd"``."""
        return PARITIES[self.parity]

    @property
    def degree(self) -> int:
        """The degree that a grid has to integrate exactly."""
        return self.lmax1 + self.lmax2 + self.lmax_out

    def scales(self, part: str) -> Tensor:
        r"""The factor of each component of the result, in float64 :math:`((l + 1)^2)`.

        .. math::
            \mathrm{Var}(z_{l_3 m}) = \sum_{l_1, l_2} \frac{K(l_1, l_2, l_3)^2}{2 l_3 + 1}
        """
        factors = torch.ones(self.lmax_out + 1, dtype=torch.double)
        if self.normalization == "component":
            for l3 in range(self.lmax_out + 1):
                variance = sum(
                    _SCALES[part](l1, l2, l3) ** 2 / (2 * l3 + 1)
                    for l1 in range(self.lmax1 + 1)
                    for l2 in range(self.lmax2 + 1)
                )
                factors[l3] = variance**-0.5 if variance > 0 else 0.0
        return factors[degree_of_component(self.lmax_out)]

    def coefficients(self, part: str) -> Tensor:
        r"""The operation as a tensor in float64
        :math:`((l_1 + 1)^2, (l_2 + 1)^2, (l_3 + 1)^2)`.
        """
        return _TENSORS[part](self.lmax1, self.lmax2, self.lmax_out) * self.scales(part)
