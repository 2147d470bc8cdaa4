"""From point clouds to functions on an affine group."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples, LieGroup, check_samples

from ..affine.point_conv import KernelLike, PointConv


class LiftingPointConv(PointConv):
    r"""The lifting convolution from the `"Lie Group Decompositions for Equivariant Neural Networks"
    <https://arxiv.org/abs/2310.11366>`_ paper, on points in the plane or in space.

    .. math::
        \mathbf{x}'_i(\mathbf{A}) = \frac{1}{|\det \mathbf{A}|} \frac{1}{|\mathcal{N}(i)|}
        \sum_{j \in \mathcal{N}(i)} k(\mathbf{A}^{-1} (\mathbf{p}_j - \mathbf{p}_i)) \,
        \mathbf{x}_j

    with positions :math:`\mathbf{p}` and a network :math:`k` whose values are matrices. A linear
    map :math:`\mathbf{h}` of all positions and of the samples divides the result by :math:`|\det
    \mathbf{h}|`: it changes nothing in :math:`SL(n)` and :math:`SO(n)`. (The bias comes on top.)

    Args:
        in_channels (int): Size of each node's features.
        out_channels (int): Size of each node's new features at an element of the group.
        group (LieGroup): The group of matrices, of the dimension of space :math:`n`.
        depthwise (bool, optional): If set to :obj:`True`, has one kernel for each input channel,
            and mixes the channels behind. (default: :obj:`False`)
        kernel (str or torch.nn.Module, optional): ``"siren"``, ``"gabor"``, or a module from
            positions :math:`(*, n)` to values :math:`(*, F F')`, or :math:`(*, F)` if depthwise.
            (default: ``"siren"``)
        bias (bool, optional): If set to :obj:`False`, adds no bias. (default: :obj:`True`)
        mask (str, optional): Where the kernel ends, see
            :func:`~pyg_symm.nn.affine.kernel_window`. (default: ``"none"``)
        radius (float, optional): The unit of length of the kernel and its mask.
            (default: :obj:`1.0`)
        **kwargs (optional): Further arguments of :class:`torch_geometric.nn.MessagePassing`, such
            as :obj:`aggr`. (default: ``"mean"``, as in the formula)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features :math:`(N, F)`, positions :math:`(N, n)`, edges :math:`(2, E)`,
          samples of the group; features and positions may be pairs of sources and targets
        - **output:** features :math:`(N, N_H, F')`

    Examples:
        >>> from pyg_symm.groups import SL
        >>> conv, samples = LiftingPointConv(8, 16, SL(3)), SL(3).sample(6)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(torch.randn(3, 8), torch.randn(3, 3), edge_index, samples).shape
        torch.Size([3, 6, 16])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        group: LieGroup,
        *,
        depthwise: bool = False,
        kernel: KernelLike = "siren",
        bias: bool = True,
        mask: str = "none",
        radius: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            group,
            depthwise=depthwise,
            bias=bias,
            mask=mask,
            radius=radius,
            **kwargs,
        )
        self.kernel_net = self.make_kernel(kernel, group.n)

    def forward(
        self,
        x: Tensor | tuple[Tensor, Tensor | None],
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Any,
        g_out: GroupSamples,
        size: tuple[int, int] | None = None,
    ) -> Tensor:
        r"""Computes features at every sample.

        Args:
            x (torch.Tensor or tuple): Features :math:`(N, F)`.
            pos (torch.Tensor or tuple): Positions :math:`(N, n)`, in float32 or float64.
            edge_index (torch.Tensor or SparseTensor): The edges :math:`(2, E)`.
            g_out (GroupSamples): The elements :math:`\mathbf{A}` of the output.
            size (tuple, optional): The numbers of sources and targets.

        Raises:
            ValueError: If a shape or type is wrong, or the samples belong to another group.
        """
        check_samples(g_out, self.group, "g_out")
        source, pos = self.check(x, pos, None)
        g_out = g_out.to(pos[0].dtype)
        out = self.propagate(
            edge_index, x=(source, None), pos=pos, inverses=g_out.inverses, size=size
        )
        if self.factored:
            out = self.apply_last(self.kernel_net, out)
        out = out * torch.exp(-g_out.log_abs_det).unsqueeze(-1).to(out.dtype)
        return self.finish(out)

    def message(self, x_j: Tensor, pos_i: Tensor, pos_j: Tensor, inverses: Tensor) -> Tensor:
        z = self.relative_positions(pos_i, pos_j, inverses)
        kernel = (self.evaluate(self.kernel_net, z) * self.position_window(z)).to(x_j.dtype)
        if self.depthwise:
            return kernel * x_j.unsqueeze(1)
        if self.factored:
            return torch.einsum("eah,ei->eahi", kernel, x_j).flatten(2)
        kernel = kernel.unflatten(-1, (self.in_channels, self.out_channels))
        return torch.einsum("eaio,ei->eao", kernel, x_j)
