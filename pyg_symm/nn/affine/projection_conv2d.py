"""From functions on an affine group back to functions of a position."""

from torch import Tensor

from pyg_symm.groups import GroupSamples

from .affine_conv import AffineConv2d, Sites


class ProjectionConv2d(AffineConv2d):
    r"""A convolution from functions on an affine group to images.

    .. math::
        (f \star k)(\mathbf{x}) = \sum_i \frac{w_i}{|\det \mathbf{B}_i|} \sum_{\mathbf{p}}
        f(\mathbf{x} + \mathbf{p}, \mathbf{B}_i) \, k(\mathbf{B}_i^{-1} \mathbf{p})

    Args:
        in_channels (int): Size of each input feature.
        out_channels (int): Size of each output pixel.
        kernel_size (int): The side of the kernel :math:`K`.
        group (LieGroup): The group of matrices.
        padding (int, optional): Zeros around the image. (default: :obj:`0`)
        bias (bool, optional): If set to :obj:`False`, adds no bias. (default: :obj:`True`)
        depthwise (bool, optional): If set to :obj:`True`, has one kernel for each input channel,
            and mixes the channels behind. (default: :obj:`False`)
        kernel (str or torch.nn.Module, optional): As of :class:`LiftingConv2d`.
            (default: ``"siren"``)
        mask (str, optional): As of :class:`LiftingConv2d`.
        radius (float, optional): The radius of the mask. (default: :obj:`1.0`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features :math:`(B, C, N_H, h, w)`, their samples
        - **output:** images :math:`(B, C', h', w')`

    Examples:
        >>> import torch
        >>> from pyg_symm.groups import SL
        >>> conv = ProjectionConv2d(16, 3, 5, SL(2), padding=2)
        >>> conv(torch.randn(2, 16, 6, 20, 20), SL(2).sample(6)).shape
        torch.Size([2, 3, 20, 20])
    """

    def sites(self, *samples: GroupSamples) -> Sites:
        (g_in,) = samples
        self.check(g_in, "g_in")
        taps = self.constant("taps", g_in.inverses)
        points = self.group.act(g_in.inverses[None, :, None], taps)  # [1, N_in, K^2, 2]
        return Sites(points, None, g_in.affine_weights)

    def forward(self, x: Tensor, g_in: GroupSamples, *, kernel: Tensor | None = None) -> Tensor:
        r"""Computes the images.

        Args:
            x (torch.Tensor): Features :math:`(B, C, N_H, h, w)`.
            g_in (GroupSamples): The elements :math:`\mathbf{B}_i` of the input.
            kernel (torch.Tensor, optional): What :meth:`kernel` gives for the same samples.
                (default: computed)

        Raises:
            ValueError: If features or samples do not fit the layer.
        """
        self.check(g_in, "g_in")
        self.check_images(x, (self.in_channels, len(g_in)))
        weight = self.kernel(g_in) if kernel is None else kernel
        return self.convolve(x, weight).squeeze(2)
