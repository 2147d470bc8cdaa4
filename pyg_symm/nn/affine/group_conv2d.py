"""From functions on an affine group to functions on it."""

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples, LieGroup

from .affine_conv import AffineConv2d, Sites
from .window import check_window


class GroupConv2d(AffineConv2d):
    r"""The group convolution from the `"Lie Group Decompositions for Equivariant Neural Networks"
    <https://arxiv.org/abs/2310.11366>`_ paper.

    .. math::
        (f \star k)(\mathbf{x}, \mathbf{A}) = \sum_i \frac{w_i}{|\det \mathbf{B}_i|}
        \sum_{\mathbf{p}} f(\mathbf{x} + \mathbf{p}, \mathbf{B}_i) \,
        k(\mathbf{A}^{-1} \mathbf{p}, \xi^{-1}(\mathbf{A}^{-1} \mathbf{B}_i))

    The kernel is a network of the transformed position and of the coordinates :math:`\xi^{-1}` of
    the relative element. The weights :math:`w_i` make the sum over the samples a mean under the
    Haar measure.

    Args:
        in_channels (int): Size of each input feature.
        out_channels (int): Size of each output feature.
        kernel_size (int): The side of the kernel :math:`K`.
        group (LieGroup): The group of matrices.
        padding (int, optional): Zeros around the image. (default: :obj:`0`)
        bias (bool, optional): If set to :obj:`False`, adds no bias. (default: :obj:`True`)
        depthwise (bool, optional): If set to :obj:`True`, has one kernel of position and group for
            each input channel, and mixes the channels behind. (default: :obj:`False`)
        kernel (str or torch.nn.Module, optional): ``"siren"``, ``"gabor"``, or a module from
            coordinates :math:`(*, 2 + d)`, where the group has :math:`d`, to values :math:`(*,
            C_{out} C_{in})`, or :math:`(*, C_{in})` if depthwise. (default: ``"siren"``)
        mask (str, optional): Where the kernel ends, see
            :func:`~pyg_symm.nn.affine.kernel_window`. (default: ``"disk"`` if all determinants are
            one, else ``"sigmoid"``)
        radius (float, optional): The radius of the mask of positions. (default: :obj:`1.0`)
        group_radius (float, optional): The radius of the mask of group coordinates.
            (default: :obj:`2.0`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features :math:`(B, C, N_{in}, h, w)`, their samples, those of the output
        - **output:** features :math:`(B, C', N_{out}, h', w')`

    Examples:
        >>> from pyg_symm.groups import SL
        >>> g_in, g_out = SL(2).sample(6), SL(2).sample(4)
        >>> conv = GroupConv2d(16, 8, 5, SL(2), padding=2)
        >>> conv(torch.randn(2, 16, 6, 20, 20), g_in, g_out).shape
        torch.Size([2, 8, 4, 20, 20])
    """

    group: LieGroup

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        group: LieGroup,
        *,
        padding: int = 0,
        bias: bool = True,
        depthwise: bool = False,
        kernel: str | torch.nn.Module = "siren",
        mask: str | None = None,
        radius: float = 1.0,
        group_radius: float = 2.0,
    ) -> None:
        check_window("none", radius, group_radius)
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            group,
            padding=padding,
            bias=bias,
            depthwise=depthwise,
            kernel=kernel,
            mask=mask,
            radius=radius,
        )
        self.group_radius = group_radius

    @property
    def coordinates_dim(self) -> int:
        return 2 + self.group.coordinates_dim

    def sites(self, *samples: GroupSamples) -> Sites:
        g_in, g_out = samples
        self.check(g_in, "g_in")
        self.check(g_out, "g_out")
        inverses = g_out.inverses
        coordinates = self.group.relative_coordinates(inverses, g_in.elements.to(inverses))
        points = self.group.act(inverses[:, None, None], self.constant("taps", inverses))
        points = points.expand(-1, len(g_in), -1, -1)
        return Sites(points, coordinates, g_in.affine_weights)

    def forward(
        self,
        x: Tensor,
        g_in: GroupSamples,
        g_out: GroupSamples,
        *,
        kernel: Tensor | None = None,
    ) -> Tensor:
        r"""Computes the features.

        Args:
            x (torch.Tensor): Features :math:`(B, C, N_{in}, h, w)`.
            g_in (GroupSamples): The elements :math:`\mathbf{B}_i` of the input.
            g_out (GroupSamples): The elements :math:`\mathbf{A}` of the output.
            kernel (torch.Tensor, optional): What :meth:`kernel` gives for the same samples.
                (default: computed)

        Raises:
            ValueError: If features or samples do not fit the layer.
        """
        self.check(g_in, "g_in")
        self.check(g_out, "g_out")
        self.check_images(x, (self.in_channels, len(g_in)))
        weight = self.kernel(g_in, g_out) if kernel is None else kernel
        return self.convolve(x, weight)
