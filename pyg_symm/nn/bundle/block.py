"""Residual blocks of a convolution and a pointwise network."""

import torch
from torch import Tensor, nn

from .kernels import Kernels
from .pointwise import PointwiseMLP
from .separable import SeparableConv


class ConvNeXtBlock(nn.Module):
    r"""The block from the `"A ConvNet for the 2020s" <https://arxiv.org/abs/2201.03545>`_ paper
    on positions and orientations.

    .. math::
        \mathbf{f} \gets \mathbf{f} + \boldsymbol{\gamma} \odot \mathbf{W}_2 \,
        \mathrm{GELU}(\mathbf{W}_1 \, \mathrm{LayerNorm}(\mathrm{conv}(\mathbf{f}))
        + \mathbf{b}_1) + \boldsymbol{\gamma} \odot \mathbf{b}_2

    Args:
        channels (int): The number of channels :math:`C`.
        basis_channels (int): The number of basis functions.
        mix (bool, optional): Whether there are several orientations. (default: :obj:`True`)
        widening (int, optional): The hidden width of the pointwise network over :math:`C`.
            (default: :obj:`4`)
        layer_scale (float, optional): The initial value of the factors
            :math:`\boldsymbol{\gamma}`. Without it there are none. (default: :obj:`None`)

    Shapes:
        - **input:** features :math:`(N, O, C)`
        - **output:** features :math:`(N, O, C)`
    """

    def __init__(
        self,
        channels: int,
        basis_channels: int,
        mix: bool = True,
        widening: int = 4,
        layer_scale: float | None = None,
    ) -> None:
        super().__init__()
        self.layer_scale = layer_scale
        self.conv = SeparableConv(channels, basis_channels, mix)
        self.mlp = PointwiseMLP(channels, widening)
        self.scale = None if layer_scale is None else nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self.conv.reset_parameters()
        self.mlp.reset_parameters()
        if self.scale is not None and self.layer_scale is not None:
            nn.init.constant_(self.scale, self.layer_scale)

    def forward(self, x: Tensor, kernels: Kernels) -> Tensor:
        """"""  # noqa: D419
        out = self.mlp(self.conv(x, kernels))
        return x + (out if self.scale is None else self.scale * out)
