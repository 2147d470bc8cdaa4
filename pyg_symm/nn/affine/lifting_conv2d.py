"""From functions of a position to functions on an affine group."""

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples

from .affine_conv import AffineConv2d, Sites


class LiftingConv2d(AffineConv2d):
    r"""The lifting convolution from the `"Lie Group Decompositions for Equivariant Neural
    Networks" <https://arxiv.org/abs/2310.11366>`_ paper.

    .. math::
        (f \star k)(\mathbf{x}, \mathbf{A}) = \frac{1}{|\det \mathbf{A}|} \sum_{\mathbf{p}}
        f(\mathbf{x} + \mathbf{p}) \, k(\mathbf{A}^{-1} \mathbf{p})

    The kernel is a network of the transformed position. Its square covers :math:`[-1, 1]^2`, see
    :func:`~pyg_symm.nn.affine.kernel_points`. If the image is moved by :math:`\mathbf{x} \mapsto
    \mathbf{h} \mathbf{x}`, the result at :math:`(\mathbf{h} \mathbf{x}, \mathbf{h} \mathbf{A})` is
    the former one at :math:`(\mathbf{x}, \mathbf{A})`, up to the error of the grid of pixels.

    Args:
        in_channels (int): Size of each pixel.
        out_channels (int): Size of each output feature.
        kernel_size (int): The side of the kernel :math:`K`.
        group (LieGroup): The group of matrices, such as :class:`~pyg_symm.groups.SL` of size 2.
        padding (int, optional): Zeros around the image. (default: :obj:`0`)
        bias (bool, optional): If set to :obj:`False`, adds no bias. (default: :obj:`True`)
        depthwise (bool, optional): If set to :obj:`True`, has one kernel for each input channel,
            and mixes the channels behind. (default: :obj:`False`)
        kernel (str or torch.nn.Module, optional): ``"siren"``, ``"gabor"``, or a module from
            coordinates :math:`(*, 2)` to values :math:`(*, C_{out} C_{in})`, or :math:`(*, C_{in})`
            if depthwise. (default: ``"siren"``)
        mask (str, optional): Where the kernel ends, see
            :func:`~pyg_symm.nn.affine.kernel_window`. (default: ``"disk"`` if all determinants are
            one, else ``"sigmoid"``)
        radius (float, optional): The radius of the mask. (default: :obj:`1.0`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** images :math:`(B, C, h, w)`, samples of the group
        - **output:** features :math:`(B, C', N_H, h', w')`

    Examples:
        >>> from pyg_symm.groups import SL
        >>> samples = SL(2).sample(6)
        >>> conv = LiftingConv2d(1, 16, 5, SL(2))
        >>> conv(torch.randn(2, 1, 20, 20), samples).shape
        torch.Size([2, 16, 6, 16, 16])
    """

    def sites(self, *samples: GroupSamples) -> Sites:
        (g_out,) = samples
        self.check(g_out, "g_out")
        taps = self.constant("taps", g_out.inverses)
        points = self.group.act(g_out.inverses[:, None, None], taps)  # [N_out, 1, K^2, 2]
        return Sites(points, None, torch.exp(-g_out.log_abs_det).unsqueeze(1))

    def forward(self, x: Tensor, g_out: GroupSamples, *, kernel: Tensor | None = None) -> Tensor:
        r"""Computes the features.

        Args:
            x (torch.Tensor): Images :math:`(B, C, h, w)`.
            g_out (GroupSamples): The elements :math:`\mathbf{A}` of the output.
            kernel (torch.Tensor, optional): What :meth:`kernel` gives for the same samples.
                (default: computed)

        Raises:
            ValueError: If images or samples do not fit the layer.
        """
        self.check(g_out, "g_out")
        self.check_images(x, (self.in_channels,))
        weight = self.kernel(g_out) if kernel is None else kernel
        return self.convolve(x.unsqueeze(2), weight)
