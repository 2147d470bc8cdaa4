"""Linear maps of channels, one for each degree."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pyg_symm.groups.components import degree_of_component


class DegreeLinear(nn.Module):
    r"""All linear maps of channels that commute with rotations and reflections.

    .. math::
        \mathbf{x}'_{lm} = \mathbf{W}_l \, \mathbf{x}_{lm} + \delta_{l0} \, \mathbf{b}

    Natural and pseudo channels have weights of their own, and only natural scalars have a bias.

    Args:
        in_channels (int): The number of channels :math:`C`.
        out_channels (int): The number of new channels :math:`C'`.
        lmax (int): The highest degree :math:`L`.
        sheets (int, optional): 1 for natural channels, 2 for natural and pseudo channels.
            (default: :obj:`1`)
        bias (bool, optional): Whether natural scalars have a bias. (default: :obj:`True`)

    Shapes:
        - **input:** features :math:`(N, S, C, (L + 1)^2)`
        - **output:** features :math:`(N, S, C', (L + 1)^2)`

    Examples:
        >>> DegreeLinear(8, 16, lmax=2)(torch.randn(5, 1, 8, 9)).shape
        torch.Size([5, 1, 16, 9])
    """

    degree: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        lmax: int,
        sheets: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.lmax, self.sheets = lmax, sheets
        self.weight = nn.Parameter(torch.empty(sheets, lmax + 1, out_channels, in_channels))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        self.register_buffer("degree", degree_of_component(lmax), persistent=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        nn.init.normal_(self.weight, std=self.in_channels**-0.5)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """"""  # noqa: D419
        weight = self.weight.index_select(1, self.degree)
        out = torch.einsum("nsid,sdoi->nsod", x, weight)
        if self.bias is None:
            return out
        rest = (0, self.degree.numel() - 1, 0, 0, 0, self.sheets - 1)
        return out + F.pad(self.bias.view(1, -1, 1), rest)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"lmax={self.lmax}, sheets={self.sheets})"
        )
