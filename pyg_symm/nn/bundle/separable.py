"""The separable convolution of features on positions and orientations, channel by channel."""

import torch
from torch import Tensor, nn

from .kernels import Kernels
from .scale import match_scale


class SeparableConv(nn.Module):
    r"""A convolution over neighbours, then one over orientations, of each channel separately.

    .. math::
        g_i(\mathbf{o}) &= \sum_{j \in \mathcal{N}(i) \cup \{ i \}}
        \mathbf{W}_1 \boldsymbol{\varphi}_1(\mathbf{a}_{ij}(\mathbf{o})) \odot f_j(\mathbf{o}) \\
        h_i(\mathbf{p}) &= \sum_{\mathbf{o}} w_{\mathbf{o}} \,
        \mathbf{W}_2 \boldsymbol{\varphi}_2(\mathbf{p} \cdot \mathbf{o}) \odot g_i(\mathbf{o})
        + \mathbf{b}

    The basis functions :math:`\boldsymbol{\varphi}` are shared by all layers; see
    :class:`Kernels`.

    Args:
        channels (int): The number of channels :math:`C`.
        basis_channels (int): The number of basis functions :math:`B`.
        mix (bool, optional): Whether there are several orientations to mix.
            (default: :obj:`True`)

    Shapes:
        - **input:** features :math:`(N, O, C)`
        - **output:** features :math:`(N, O, C)`
    """

    def __init__(self, channels: int, basis_channels: int, mix: bool = True) -> None:
        super().__init__()
        self.lin_space = nn.Linear(basis_channels, channels, bias=False)
        self.lin_fibre = nn.Linear(basis_channels, channels, bias=False) if mix else None
        self.bias = nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self.lin_space.reset_parameters()
        if self.lin_fibre is not None:
            self.lin_fibre.reset_parameters()
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor, kernels: Kernels) -> Tensor:
        """"""  # noqa: D419
        x = kernels.sum(self.lin_space, x)
        if self.lin_fibre is not None:
            x = kernels.mix(self.lin_fibre, x)
        return x + self.bias

    @torch.no_grad()
    def calibrate(self, x: Tensor, kernels: Kernels) -> None:
        r"""Scales the weights so that both convolutions keep the standard deviation of features.

        Args:
            x (torch.Tensor): Features :math:`(N, O, C)`.
            kernels (Kernels): The shared basis functions.
        """
        out = kernels.sum(self.lin_space, x)
        out = out * match_scale(self.lin_space.weight, out, x)
        if self.lin_fibre is not None:
            match_scale(self.lin_fibre.weight, kernels.mix(self.lin_fibre, out), out)

    def __repr__(self) -> str:
        sizes = f"{self.lin_space.out_features}, {self.lin_space.in_features}"
        return f"{self.__class__.__name__}({sizes}, mix={self.lin_fibre is not None})"
