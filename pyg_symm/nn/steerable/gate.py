"""Gates: a nonlinearity that commutes with rotations and reflections."""

import torch
from torch import Tensor, nn

from pyg_symm.groups.components import degree_of_component


class Gate(nn.Module):
    r"""Multiplies features by factors between zero and two, computed from natural scalars.

    .. math::
        \mathbf{x}'_{lm} = 2 \sigma(\mathbf{W}_l \mathbf{x}_{00} + \mathbf{b}_l) \odot
        \mathbf{x}_{lm}, \qquad
        \mathbf{x}'_{00} = 2 \sigma(\mathbf{x}_{00}) \odot \mathbf{x}_{00}

    Args:
        channels (int): The number of channels :math:`C`.
        lmax (int): The highest degree :math:`L`.
        sheets (int, optional): 1 for natural channels, 2 for natural and pseudo channels.
            (default: :obj:`1`)

    Shapes:
        - **input:** features :math:`(N, S, C, (L + 1)^2)`
        - **output:** features :math:`(N, S, C, (L + 1)^2)`
    """

    degree: Tensor

    def __init__(self, channels: int, lmax: int, sheets: int = 1) -> None:
        super().__init__()
        self.channels, self.lmax, self.sheets = channels, lmax, sheets
        others = sheets * (lmax + 1) - 1  # All but natural scalars, which are their own gates.
        self.lin = nn.Linear(channels, others * channels) if others > 0 else None
        self.register_buffer("degree", degree_of_component(lmax), persistent=False)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        if self.lin is not None:
            self.lin.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """"""  # noqa: D419
        gates = scalars = x[:, 0, :, 0]
        if self.lin is not None:
            gates = torch.cat([scalars, self.lin(scalars).to(scalars.dtype)], dim=-1)
        factors = 2 * gates.view(-1, self.sheets, self.lmax + 1, self.channels).sigmoid()
        return x * factors.index_select(2, self.degree).transpose(2, 3)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.channels}, lmax={self.lmax}, sheets={self.sheets})"
