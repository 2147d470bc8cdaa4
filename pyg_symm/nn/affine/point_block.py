"""A residual block of point clouds over a group."""

import torch
from torch import Tensor
from torch.nn.functional import gelu

from pyg_symm.groups import GroupSamples, LieGroup

from ..conv.affine_point_conv import AffinePointConv
from .kernels import SIREN


class AffinePointBlock(torch.nn.Module):
    r"""A depth-wise convolution, a norm and a pointwise network, beside a shortcut.

    .. math::
        f \mapsto f + \mathbf{W}_2 \, \mathrm{GELU}(\mathbf{W}_1 \, \mathrm{LayerNorm}
        (|\det \mathbf{A}| \, (f \star k)(\mathbf{A})))

    Maps change the volume but not the number of points, and so the determinant cancels, see
    :func:`per_point`.

    Args:
        channels (int): Size of each feature.
        group (LieGroup): The group of matrices.
        kernel_channels (int, optional): The hidden width of the kernel networks.
            (default: :obj:`32`)
        omega (float, optional): Their frequency. The low one asks for no smaller learning rate of
            their hidden layers. (default: :obj:`3.0`)
        widening (int, optional): The hidden width of the pointwise network over that of the
            features. (default: :obj:`2`)
        radius (float, optional): The unit of length of the kernels. (default: :obj:`1.0`)
        mask (str, optional): Where the kernels end, see
            :func:`~pyg_symm.nn.affine.kernel_window`. (default: ``"none"``)

    Shapes:
        - **input:** features :math:`(N, N_H, C)`, positions, edges, samples
        - **output:** features :math:`(N, N_H, C)`
    """

    def __init__(
        self,
        channels: int,
        group: LieGroup,
        kernel_channels: int = 32,
        omega: float = 3.0,
        widening: int = 2,
        radius: float = 1.0,
        mask: str = "none",
    ) -> None:
        super().__init__()
        sizes = (group.n, group.coordinates_dim)
        of_positions, of_group = (
            SIREN(d, channels, kernel_channels, 2, omega=omega) for d in sizes
        )
        self.conv = AffinePointConv(
            channels,
            channels,
            group,
            depthwise=True,
            kernel=(of_positions, of_group),
            bias=False,
            mask=mask,
            radius=radius,
        )
        self.norm = torch.nn.LayerNorm(channels)
        self.lin1 = torch.nn.Linear(channels, widening * channels)
        self.lin2 = torch.nn.Linear(widening * channels, channels)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.conv, self.norm, self.lin1, self.lin2):
            module.reset_parameters()

    def forward(self, x: Tensor, pos: Tensor, edge_index: Tensor, samples: GroupSamples) -> Tensor:
        r"""Computes the features.

        Args:
            x (torch.Tensor): Features :math:`(N, N_H, C)`.
            pos (torch.Tensor): Positions :math:`(N, n)`.
            edge_index (torch.Tensor): The edges :math:`(2, E)`.
            samples (GroupSamples): The elements of input and output.
        """
        out = self.norm(per_point(self.conv(x, pos, edge_index, samples, samples), samples))
        return x + self.lin2(gelu(self.lin1(out)))


def per_point(x: Tensor, samples: GroupSamples) -> Tensor:
    r""":math:`|\det \mathbf{A}| \, \mathbf{x}_i(\mathbf{A})`.

    A map of the group divides the sums of convolutions over points by its determinant. It changes
    nothing in these products.

    Args:
        x (torch.Tensor): Features :math:`(N, N_H, C)`.
        samples (GroupSamples): Their elements.
    """
    if samples.group is not None and not samples.group.has_det:
        return x
    return x * samples.log_abs_det.exp().unsqueeze(-1).to(x.dtype)
