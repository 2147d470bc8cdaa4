"""Products of several factors of the same features."""

import math
from itertools import islice

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.groups import SphereGrid
from pyg_symm.groups.components import degree_of_component
from pyg_symm.groups.zonal import zonal_polynomials
from pyg_symm.utils import check_choice, check_sizes
from pyg_symm.utils.plain import needs_plain_functions

from .checks import check_coefficients
from .constants import Constants, compute_type

_NORMALIZATIONS = ("component", "none")


class GauntManyBody(Constants):
    r"""Weighted powers of steerable features as functions on the sphere, the many-body products of
    MACE by the method of the `"Enabling Efficient Equivariant Operations in the Fourier Basis via
    Gaunt Tensor Products" <https://arxiv.org/abs/2401.10216>`_ paper.

    .. math::
        \mathbf{x}'_{cl} = \sum_{\nu=1}^{\nu_{\max}} w^{(\nu)}_{a c l} \,
        (\underbrace{\mathbf{x}_c \otimes \cdots \otimes \mathbf{x}_c}_{\nu})_l

    with the pointwise product of :class:`~pyg_symm.nn.GauntProduct`, without truncation in between,
    and weights for each order :math:`\nu`, element :math:`a`, channel and degree. Features are
    evaluated once on a grid that is exact for the highest power. Powers of natural features
    (parity :math:`(-1)^l`) are natural.

    Half precision is computed in float32, also under autocast.

    Args:
        lmax_in (int): The highest degree of the input.
        lmax_out (int): The highest degree of the output.
        correlation (int): The highest power :math:`\nu_{\max}`.
        channels (int): The number of channels.
        num_elements (int, optional): The number of elements with weights of their own.
            (default: :obj:`1`)
        normalization (str, optional): ``"component"`` divides each degree of each power by its
            root mean square for Gaussian features of variance one. Degrees that a power does not
            reach stay zero. ``"none"`` does not. (default: ``"component"``)

    Shapes:
        - **input:** features :math:`(N, C, (\mathrm{lmax}_{in} + 1)^2)`; elements :math:`(N)`, or
          their weights, such as one-hot vectors :math:`(N, A)`
        - **output:** features :math:`(N, C, (\mathrm{lmax}_{out} + 1)^2)`

    Raises:
        ValueError: If an argument has a wrong shape, type or value.

    Examples:
        >>> powers = GauntManyBody(2, 1, correlation=3, channels=8, num_elements=5)
        >>> powers(torch.randn(4, 8, 9), torch.tensor([0, 0, 3, 4])).shape
        torch.Size([4, 8, 4])
    """

    degree: Tensor

    def __init__(
        self,
        lmax_in: int,
        lmax_out: int,
        correlation: int,
        channels: int,
        num_elements: int = 1,
        *,
        normalization: str = "component",
    ) -> None:
        super().__init__()
        check_sizes(0, lmax_in=lmax_in, lmax_out=lmax_out)
        check_sizes(1, correlation=correlation, channels=channels, num_elements=num_elements)
        check_choice("normalization", normalization, _NORMALIZATIONS)
        self.lmax_in, self.lmax_out, self.correlation = lmax_in, lmax_out, correlation
        self.channels, self.num_elements = channels, num_elements
        with torch.device("cpu"):  # Where constants are computed, whatever the default device.
            constants = _constants(lmax_in, lmax_out, correlation, normalization)
        for name, value in constants.items():
            self.register_constant(name, value)
        self.register_buffer("degree", degree_of_component(lmax_out), persistent=False)
        self.weight = torch.nn.Parameter(
            torch.empty(correlation, num_elements, channels, lmax_out + 1)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draws weights with which the output has variance one."""
        bound = math.sqrt(3 / self.correlation)
        torch.nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, x: Tensor, element: Tensor | None = None) -> Tensor:
        r"""Computes weighted powers.

        Args:
            x (torch.Tensor): Features :math:`(N, C, (\mathrm{lmax}_{in} + 1)^2)`.
            element (torch.Tensor, optional): The element of each node :math:`(N)`, or its weights
                :math:`(N, A)`. Needed for more than one element.
        """
        check_coefficients("x", x, self.lmax_in, self.channels)
        if x.dim() != 3:
            raise ValueError(f"'x' must have shape [N, C, d] (got {list(x.shape)})")
        self._check_element(x, element)
        kind = x.device.type
        if torch.is_autocast_enabled(kind):
            with torch.autocast(kind, enabled=False):
                return self._powers(x, element)
        return self._powers(x, element)

    def _powers(self, x: Tensor, element: Tensor | None) -> Tensor:
        wide = x.to(compute_type(x))
        weights = self._weights(element, wide)
        margin = self.degree.size(0) - x.size(-1)
        out = F.pad(wide, (0, margin)) * weights[0]
        if self.correlation > 1:
            values = wide @ self.constant("evaluate", wide)
            power = values
            for weight in weights[1:]:
                power = power * values
                out = out + (power @ self.constant("project", wide)) * weight
        return out.to(x.dtype)

    def _weights(self, element: Tensor | None, like: Tensor) -> Tensor:
        """Weights of each power and component, [power, N or 1, C, (l + 1)^2]."""
        weight = self.weight.to(like.dtype)
        if element is None:
            pass
        elif element.is_floating_point():
            weight = torch.einsum("na,pacl->pncl", element.to(like.dtype), weight)
        else:
            weight = weight.index_select(1, element.long())
        scales = self.constant("scales", like)[:, None, None]
        return weight.index_select(-1, self.degree) * scales

    def _check_element(self, x: Tensor, element: Tensor | None) -> None:
        if element is None:
            if self.num_elements > 1:
                raise ValueError(f"'element' is needed for {self.num_elements} elements")
            return
        weighted = element.is_floating_point()
        wanted = [x.size(0), self.num_elements] if weighted else [x.size(0)]
        if list(element.shape) != wanted:
            raise ValueError(
                f"'element' must have shape [{x.size(0)}] as an index, or "
                f"[{x.size(0)}, {self.num_elements}] as real weights (got {element.dtype} of shape "
                f"{list(element.shape)})"
            )
        if element.dtype == torch.bool:
            raise ValueError("'element' must hold integers or real weights (got torch.bool)")
        # Numbers cannot be read back in compiled code and under `vmap`; other devices would wait.
        read = element.device.type == "cpu" and not needs_plain_functions()
        if read and not weighted and element.numel() > 0:
            low, high = (int(value) for value in element.aminmax())
            if low < 0 or high >= self.num_elements:
                got = low if low < 0 else high
                raise ValueError(f"'element' must be in [0, {self.num_elements}) (got {got})")

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.lmax_in}, {self.lmax_out}, "
            f"correlation={self.correlation}, channels={self.channels}, "
            f"num_elements={self.num_elements})"
        )


def _constants(
    lmax_in: int, lmax_out: int, correlation: int, normalization: str
) -> dict[str, Tensor]:
    """From components to points, from points to components, and the scale of each power."""
    grid = SphereGrid(correlation * lmax_in + lmax_out)
    evaluate = grid.harmonics(lmax_in).flatten(0, 1).T.contiguous()
    weights = grid.weights.repeat_interleave(grid.azimuths.numel()).unsqueeze(1)
    project = weights * grid.harmonics(lmax_out).flatten(0, 1)
    scales = torch.ones(correlation, lmax_out + 1, dtype=torch.double)
    if normalization == "component":
        squares = [mean_squares(lmax_in, lmax_out, n + 1) for n in range(correlation)]
        mean = torch.stack(squares)
        scales = torch.where(mean > 0, mean, torch.inf).rsqrt()
    scales = scales[:, degree_of_component(lmax_out)]
    return {"evaluate": evaluate, "project": project, "scales": scales}


def mean_squares(lmax_in: int, lmax_out: int, power: int) -> Tensor:
    r"""The mean square of each degree of a power of a function with independent Gaussian
    coefficients of variance one.

    The function :math:`f` is an isotropic Gaussian field with the covariance :math:`\kappa(t) =
    \sum_l \frac{2l + 1}{4 \pi} P_l(t)` of points at the cosine :math:`t`. By Hermite polynomials,

    .. math::
        \mathbb{E} \, [f^\nu(\boldsymbol{\omega}) f^\nu(\boldsymbol{\omega}')]
        = \kappa(1)^\nu \sum_k \left( \frac{\nu!}{2^j \, j! \, k!} \right)^2 k! \,
        \left( \frac{\kappa(t)}{\kappa(1)} \right)^k, \quad j = \frac{\nu - k}{2}
        = 0, 1, \ldots,

    and its component along :math:`P_l` is the mean square of degree :math:`l`.

    Args:
        lmax_in (int): The highest degree of the function.
        lmax_out (int): The highest degree that is asked for.
        power (int): The power :math:`\nu`.

    Returns:
        torch.Tensor: Mean squares in float64 :math:`(\mathrm{lmax}_{out} + 1)`, zero for degrees
        that the power does not reach.

    Examples:
        >>> mean_squares(lmax_in=1, lmax_out=2, power=1)
        tensor([1.0000, 1.0000, 0.0000], dtype=torch.float64)
    """
    nodes, weights = np.polynomial.legendre.leggauss((power * lmax_in + lmax_out) // 2 + 1)
    t, weight = torch.from_numpy(nodes), torch.from_numpy(weights)
    highest = max(lmax_in, lmax_out)
    legendre = torch.stack(list(islice(zonal_polynomials(t, 3), highest + 1)))
    degree = torch.arange(lmax_in + 1)
    kappa = ((2 * degree + 1).unsqueeze(1) * legendre[: lmax_in + 1]).sum(0) / (4 * math.pi)
    one = (lmax_in + 1) ** 2 / (4 * math.pi)
    field = torch.zeros_like(t)
    for j in range(power // 2 + 1):
        k = power - 2 * j
        hermite = math.factorial(power) / (2**j * math.factorial(j) * math.factorial(k))
        field += hermite**2 * math.factorial(k) * (kappa / one) ** k
    mean = 2 * math.pi * one**power * (legendre[: lmax_out + 1] * field * weight).sum(-1)
    return torch.where(torch.arange(lmax_out + 1) <= power * lmax_in, mean, 0)
