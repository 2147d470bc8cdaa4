"""A residual block of group convolutions."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import gelu
from torch_geometric.nn.inits import reset

from pyg_symm.groups import LieGroup
from pyg_symm.utils import check_sizes

from .features import GroupFeatures
from .group_conv2d import GroupConv2d
from .sample_norm import SampleNorm


class AffineBlock(torch.nn.Module):
    r"""Two group convolutions beside a shortcut, all with the samples of the input.

    .. math::
        f \mapsto \mathrm{GELU}(f + g(g(f))), \qquad
        g(f) = \mathrm{GELU}(\mathrm{norm}(f \star k))

    Args:
        channels (int): Size of each feature.
        kernel_size (int): The side of the kernels, an odd number.
        group (LieGroup): The group of matrices.
        **kwargs (optional): Options of :class:`GroupConv2d`.

    Raises:
        ValueError: If the kernel has no centre.

    Shapes:
        - **input:** features :math:`(B, C, N_H, h, w)` and their samples
        - **output:** the same
    """

    def __init__(self, channels: int, kernel_size: int, group: LieGroup, **kwargs: Any) -> None:
        super().__init__()
        check_sizes(1, kernel_size=kernel_size)
        if kernel_size % 2 == 0:
            raise ValueError(f"'kernel_size' must be odd (got {kernel_size})")
        options: dict[str, Any] = {"padding": kernel_size // 2, "bias": False, **kwargs}
        self.convs = torch.nn.ModuleList(
            GroupConv2d(channels, channels, kernel_size, group, **options) for _ in range(2)
        )
        self.norm = SampleNorm()

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        reset(self.convs)

    def forward(
        self, features: GroupFeatures, kernels: Sequence[Tensor | None] = (None, None)
    ) -> GroupFeatures:
        r"""Computes the features.

        Args:
            features (GroupFeatures): Features and their samples.
            kernels (sequence, optional): The kernels of both convolutions. (default: computed)
        """
        x, samples = features
        for conv, kernel in zip(self.convs, kernels, strict=True):
            x = gelu(self.norm(conv(x, samples, samples, kernel=kernel)))
        return GroupFeatures(gelu(features.x + x), samples)
