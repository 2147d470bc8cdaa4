"""Products of functions on the sphere, by their harmonic coefficients."""

import math

import torch
from torch import Tensor

from pyg_symm.groups.components import degree_of_component
from pyg_symm.utils import check_choice, check_sizes

from .checks import check_coefficients
from .constants import compute_type
from .methods import METHODS, choose_methods
from .operation import ProductOperation

_WEIGHTS = ("none", "separable")


class GauntProduct(torch.nn.Module):
    r"""The product of steerable features as functions on the sphere, from the `"Enabling Efficient
    Equivariant Operations in the Fourier Basis via Gaunt Tensor Products"
    <https://arxiv.org/abs/2401.10216>`_ paper, completed by the Poisson bracket.

    Features :math:`x_{lm}` are the coefficients of a function
    :math:`f_x = \sum_{lm} x_{lm} Y_{lm}`, see :func:`~pyg_symm.groups.spherical_harmonics`. The
    result has the coefficients of

    .. math::
        \textrm{even: } f_x f_y \qquad \textrm{odd: } \{f_x, f_y\} = \boldsymbol{\omega} \cdot
        (\nabla f_x \times \nabla f_y)

    up to degree :obj:`lmax_out`. The even product couples degrees :math:`l_1, l_2, l_3` with an
    even sum, as e3nn's tensor product with the fixed path weights of
    :func:`~pyg_symm.groups.gaunt_scale`; the odd one couples those with an odd sum, such as the
    cross product of vectors. The even product of features with parities :math:`\sigma_i (-1)^l`
    has :math:`\sigma = \sigma_1 \sigma_2`, the odd one :math:`\sigma = -\sigma_1 \sigma_2`.

    Half precision is computed in float32, also under autocast.

    Args:
        lmax1 (int): The highest degree of the first factor.
        lmax2 (int): The highest degree of the second factor.
        lmax_out (int): The highest degree of the result. With :math:`\mathrm{lmax}_1 +
            \mathrm{lmax}_2` nothing is lost.
        channels (int, optional): The number of channels. Without it there may be any number, which
            share their weights. (default: :obj:`None`)
        parity (str, optional): ``"even"``, ``"odd"``, or ``"both"`` for twice the channels, the
            even ones first. (default: ``"even"``)
        weights (str, optional): ``"separable"`` learns a factor for each degree of each channel of
            both inputs and of the output, so that the path from :math:`l_1, l_2` to :math:`l_3`
            has the weight :math:`\sum_r w^r_{l_1} v^r_{l_2} u^r_{l_3}`. (default: ``"none"``)
        rank (int, optional): The number of terms :math:`r` of weights. (default: :obj:`1`)
        normalization (str, optional): ``"component"`` gives each degree the variance one, for
            independent inputs with components of variance one. Degrees that no path reaches stay
            zero. ``"none"`` does not. (default: ``"component"``)
        method (str, optional): How to compute: by coefficients (``"direct"``), on a grid with
            dense matrices (``"grid"``), on half of that grid (``"halved"``), in two steps
            (``"separable"``), by Fourier series (``"fourier"``), or by what is fastest for these
            degrees on this device (``"auto"``). (default: ``"auto"``)

    Shapes:
        - **input:** :math:`(*, C, (\mathrm{lmax}_1 + 1)^2)` and
          :math:`(*, C, (\mathrm{lmax}_2 + 1)^2)`
        - **output:** :math:`(*, C, (\mathrm{lmax}_{out} + 1)^2)`, or
          :math:`(*, 2 C, (\mathrm{lmax}_{out} + 1)^2)` for both parities

    Raises:
        ValueError: If an argument has a wrong shape, type or value.

    Examples:
        >>> product = GauntProduct(2, 2, 4, channels=8, weights="separable")
        >>> x, y = torch.randn(5, 8, 9), torch.randn(5, 8, 9)
        >>> product(x, y).shape
        torch.Size([5, 8, 25])
        >>> cross = GauntProduct(1, 1, 1, parity="odd", normalization="none")
        >>> _, x, y, z = torch.eye(4).unsqueeze(1)  # Degree one holds multiples of x, y and z.
        >>> torch.allclose(cross(x, y), math.sqrt(3 / (4 * math.pi)) * z, atol=1e-6)
        True
    """

    def __init__(
        self,
        lmax1: int,
        lmax2: int,
        lmax_out: int,
        channels: int | None = None,
        *,
        parity: str = "even",
        weights: str = "none",
        rank: int = 1,
        normalization: str = "component",
        method: str = "auto",
    ) -> None:
        super().__init__()
        operation = ProductOperation(lmax1, lmax2, lmax_out, parity, normalization)
        if channels is not None:
            check_sizes(1, channels=channels)
        check_choice("weights", weights, _WEIGHTS)
        check_sizes(1, rank=rank)
        if rank > 1 and weights == "none":
            raise ValueError(f"'rank' must be 1 without weights (got {rank})")
        if method != "auto" and method not in METHODS:
            raise ValueError(f"'method' must be one of {['auto', *METHODS]} (got {method!r})")
        self.operation = operation
        self.lmax1, self.lmax2, self.lmax_out = lmax1, lmax2, lmax_out
        self.channels, self.rank, self.method = channels, rank, method
        self.parity, self.weights, self.normalization = parity, weights, normalization
        self._by_device = choose_methods(operation) if method == "auto" else {}
        names = self._by_device.values() if method == "auto" else [method]
        with torch.device("cpu"):  # Where constants are computed, whatever the default device.
            methods = {name: METHODS[name](operation) for name in dict.fromkeys(names)}
        self.methods = torch.nn.ModuleDict(methods).to(torch.get_default_device())
        num = channels or 1
        for name, lmax, copies in (
            ("weight1", lmax1, 1),
            ("weight2", lmax2, 1),
            ("weight_out", lmax_out, len(operation.parts)),
        ):
            self.register_buffer(f"{name}_degree", degree_of_component(lmax), persistent=False)
            weight = torch.empty(rank, copies * num, lmax + 1) if weights == "separable" else None
            self.register_parameter(name, None if weight is None else torch.nn.Parameter(weight))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Draws weights of variance one, with which the variance of the output stays the same."""
        bound = math.sqrt(3) * self.rank ** (-1 / 6)  # There are three factors.
        for weight in self.parameters():
            torch.nn.init.uniform_(weight, -bound, bound)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        r"""Multiplies features.

        Args:
            x (torch.Tensor): Coefficients :math:`(*, C, (\mathrm{lmax}_1 + 1)^2)`.
            y (torch.Tensor): Coefficients :math:`(*, C, (\mathrm{lmax}_2 + 1)^2)`.
        """
        check_coefficients("x", x, self.lmax1, self.channels)
        check_coefficients("y", y, self.lmax2, self.channels)
        if x.shape[:-1] != y.shape[:-1]:
            if x.size(-2) != y.size(-2):
                raise ValueError(
                    f"'x' and 'y' must have the same channels (got {x.size(-2)} and {y.size(-2)})"
                )
            try:
                shape = torch.broadcast_shapes(x.shape[:-1], y.shape[:-1])
            except RuntimeError:
                raise ValueError(
                    f"'x' and 'y' must have matching shapes (got {list(x.shape)} and "
                    f"{list(y.shape)})"
                ) from None
            x, y = x.expand(*shape, -1), y.expand(*shape, -1)
        kind = x.device.type
        if torch.is_autocast_enabled(kind):
            with torch.autocast(kind, enabled=False):
                return self._multiply(x, y)
        return self._multiply(x, y)

    def _multiply(self, x: Tensor, y: Tensor) -> Tensor:
        wide, narrow = compute_type(x, y), torch.promote_types(x.dtype, y.dtype)
        x, y = self._weigh(x.to(wide), "weight1"), self._weigh(y.to(wide), "weight2")
        name = self.method
        if name == "auto":
            name = self._by_device.get(x.device.type, self._by_device["cpu"])
        parts = self.methods[name](x.reshape(-1, x.size(-1)), y.reshape(-1, y.size(-1)))
        parts = [part.view(*x.shape[:-1], part.size(-1)) for part in parts]
        out = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-2)
        if self.weight_out is not None:
            out = (out * self._factors("weight_out", wide)).sum(-3)
        return out.to(narrow)

    def _weigh(self, x: Tensor, name: str) -> Tensor:
        """Weighted copies of an input, one for each term [*, rank, C, (l + 1)^2]."""
        return x if getattr(self, name) is None else x.unsqueeze(-3) * self._factors(name, x.dtype)

    def _factors(self, name: str, dtype: torch.dtype) -> Tensor:
        """The weight of each component [rank, C, (l + 1)^2]."""
        return getattr(self, name).to(dtype).index_select(-1, getattr(self, f"{name}_degree"))

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.lmax1}, {self.lmax2}, {self.lmax_out}, "
            f"channels={self.channels}, parity={self.parity!r}, weights={self.weights!r}, "
            f"rank={self.rank}, method={self.method!r})"
        )
