"""From functions on an affine group at points to functions on it."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples, LieGroup, check_samples

from ..affine.point_conv import KernelLike, PointConv


class AffinePointConv(PointConv):
    r"""The group convolution from the `"Lie Group Decompositions for Equivariant Neural Networks"
    <https://arxiv.org/abs/2310.11366>`_ paper, on points in the plane or in space.

    .. math::
        \mathbf{x}'_i(\mathbf{A}) = \frac{1}{|\mathcal{N}(i)|} \sum_{j \in \mathcal{N}(i)}
        \sum_{\mathbf{B}} \frac{w_{\mathbf{B}}}{|\det \mathbf{B}|} \,
        k(\mathbf{A}^{-1} (\mathbf{p}_j - \mathbf{p}_i), \xi^{-1}(\mathbf{A}^{-1} \mathbf{B})) \,
        \mathbf{x}_j(\mathbf{B})

    with positions :math:`\mathbf{p}`, the weights :math:`w` of the samples, coordinates
    :math:`\xi^{-1}` of the group, and a network :math:`k` whose values are matrices. A linear map
    :math:`\mathbf{h}` of all positions and of both sets of samples divides the result by
    :math:`|\det \mathbf{h}|`: it changes nothing in :math:`SL(n)` and :math:`SO(n)`. (The bias
    comes on top.)

    The depth-wise variant has one kernel for each channel, :math:`k(\mathbf{z}, \mathbf{c}) =
    k_1(\mathbf{z}) \, k_2(\mathbf{c})`, and mixes the channels behind. It sums over
    :math:`\mathbf{B}` at the nodes, not at the edges, and so costs as much as a lifting
    convolution.

    Args:
        in_channels (int): Size of each node's features at an element of the group.
        out_channels (int): Size of each node's new features at an element of the group.
        group (LieGroup): The group of matrices, of the dimension of space :math:`n`.
        depthwise (bool, optional): If set to :obj:`True`, has a product of kernels for each input
            channel. (default: :obj:`False`)
        kernel (str or torch.nn.Module, optional): ``"siren"``, ``"gabor"``, or a module from
            positions and coordinates :math:`(*, n + d)`, where the group has :math:`d`, to values
            :math:`(*, F F')`. If depthwise, it may be a pair: from positions :math:`(*, n)` and
            from coordinates :math:`(*, d)` to values :math:`(*, F)`. (default: ``"siren"``)
        bias (bool, optional): If set to :obj:`False`, adds no bias. (default: :obj:`True`)
        mask (str, optional): Where the kernel ends, see
            :func:`~pyg_symm.nn.affine.kernel_window`. (default: ``"none"``)
        radius (float, optional): The unit of length of the kernel and its mask.
            (default: :obj:`1.0`)
        group_radius (float, optional): The radius of a sigmoid mask of group coordinates.
            (default: :obj:`2.0`)
        **kwargs (optional): Further arguments of :class:`torch_geometric.nn.MessagePassing`, such
            as :obj:`aggr`. (default: ``"mean"``, as in the formula)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features :math:`(N, N_{in}, F)`, positions :math:`(N, n)`, edges
          :math:`(2, E)`, samples of the input, those of the output; features and positions may be
          pairs of sources and targets
        - **output:** features :math:`(N, N_{out}, F')`

    Examples:
        >>> from pyg_symm.groups import SL
        >>> g_in, g_out = SL(2).sample(6), SL(2).sample(4)
        >>> conv = AffinePointConv(16, 8, SL(2), depthwise=True)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(torch.randn(3, 6, 16), torch.randn(3, 2), edge_index, g_in, g_out).shape
        torch.Size([3, 4, 8])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        group: LieGroup,
        *,
        depthwise: bool = False,
        kernel: KernelLike | tuple[KernelLike, KernelLike] = "siren",
        bias: bool = True,
        mask: str = "none",
        radius: float = 1.0,
        group_radius: float = 2.0,
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
            group_radius=group_radius,
            **kwargs,
        )
        if depthwise != isinstance(kernel, tuple) and not isinstance(kernel, str):
            kind = "a name or a pair of networks if depthwise, else a name or one network"
            raise ValueError(f"'kernel' must be {kind} (got {kernel!r})")
        n, d = group.n, group.coordinates_dim
        self.group_net = None
        if depthwise:
            kernel, of_group = kernel if isinstance(kernel, tuple) else (kernel, kernel)
            self.group_net = self.make_kernel(of_group, d)
        assert not isinstance(kernel, tuple)
        self.kernel_net = self.make_kernel(kernel, n if depthwise else n + d)

    def forward(
        self,
        x: Tensor | tuple[Tensor, Tensor | None],
        pos: Tensor | tuple[Tensor, Tensor],
        edge_index: Any,
        g_in: GroupSamples,
        g_out: GroupSamples,
        size: tuple[int, int] | None = None,
    ) -> Tensor:
        r"""Computes features at every sample of the output.

        Args:
            x (torch.Tensor or tuple): Features :math:`(N, N_{in}, F)`.
            pos (torch.Tensor or tuple): Positions :math:`(N, n)`, in float32 or float64.
            edge_index (torch.Tensor or SparseTensor): The edges :math:`(2, E)`.
            g_in (GroupSamples): The elements :math:`\mathbf{B}` at which the features are known.
            g_out (GroupSamples): The elements :math:`\mathbf{A}` of the output.
            size (tuple, optional): The numbers of sources and targets.

        Raises:
            ValueError: If a shape or type is wrong, or samples belong to another group.
        """
        check_samples(g_in, self.group, "g_in")
        check_samples(g_out, self.group, "g_out")
        source, pos = self.check(x, pos, len(g_in))
        g_in, g_out = g_in.to(pos[0].dtype), g_out.to(pos[0].dtype)
        source = source * g_in.affine_weights.unsqueeze(-1).to(source.dtype)
        coordinates = self.group.relative_coordinates(g_out.inverses, g_in.elements)
        if self.group_net is not None:
            kernel = self.evaluate(self.group_net, coordinates) * self.group_window(coordinates)
            source = torch.einsum("abi,nbi->nai", kernel.to(source.dtype), source)
        out = self.propagate(
            edge_index,
            x=(source, None),
            pos=pos,
            inverses=g_out.inverses,
            coordinates=coordinates,
            size=size,
        )
        if self.factored:
            out = self.apply_last(self.kernel_net, out)
        return self.finish(out)

    def message(
        self, x_j: Tensor, pos_i: Tensor, pos_j: Tensor, inverses: Tensor, coordinates: Tensor
    ) -> Tensor:
        z = self.relative_positions(pos_i, pos_j, inverses)
        if self.depthwise:
            kernel = self.evaluate(self.kernel_net, z) * self.position_window(z)
            return kernel.to(x_j.dtype) * x_j
        shape = (z.size(0), *coordinates.shape[:2])
        both = torch.cat(
            [z.unsqueeze(2).expand(*shape, -1), coordinates.expand(*shape, -1)], dim=-1
        )
        window = self.position_window(z).unsqueeze(2) * self.group_window(coordinates)
        kernel = (self.evaluate(self.kernel_net, both) * window).to(x_j.dtype)
        if self.factored:
            return torch.einsum("eabh,ebi->eahi", kernel, x_j).flatten(2)
        kernel = kernel.unflatten(-1, (self.in_channels, self.out_channels))
        return torch.einsum("eabio,ebi->eao", kernel, x_j)
