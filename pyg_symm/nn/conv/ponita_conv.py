"""Separable convolution on positions and orientations."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.groups import OrientationGrid
from pyg_symm.utils import check_sizes

from ..bundle import SeparableConv
from ..bundle.checks import check_graph
from ..bundle.resolver import space_resolver
from ..bundle.shared_kernels import SharedKernels


class PONITAConv(torch.nn.Module):
    r"""The separable convolution from the `"Fast, Expressive SE(n) Equivariant Networks through
    Weight-Sharing in Position-Orientation Space" <https://arxiv.org/abs/2310.02970>`_ paper.

    Features are functions of a position and an orientation, on a grid of orientations that all
    nodes share. Three steps follow each other: over neighbours, over orientations, and over
    channels,

    .. math::
        g_i(\mathbf{o}) &= \sum_{j \in \mathcal{N}(i) \cup \{ i \}}
        k_1(a, \| \mathbf{r} - a \mathbf{o} \|) \odot \mathbf{x}_j(\mathbf{o}), \quad
        \mathbf{r} = \mathbf{p}_j - \mathbf{p}_i, \quad a = \mathbf{r} \cdot \mathbf{o} \\
        h_i(\mathbf{o}') &= \sum_{\mathbf{o}} w_{\mathbf{o}} \, k_2(\mathbf{o}' \cdot \mathbf{o})
        \odot g_i(\mathbf{o}) + \mathbf{b} \\
        \mathbf{x}'_i(\mathbf{o}') &= \mathbf{W} \mathbf{h}_i(\mathbf{o}')

    with positions :math:`\mathbf{p}` and small networks :math:`k_1, k_2`. In the plane, the second
    invariant is the signed :math:`\mathbf{r} \cdot (-o_y, o_x)`. The layers of
    :class:`~pyg_symm.nn.PONITA` share the hidden part of these networks; one layer has its own.

    Args:
        in_channels (int): Size of each node's features at an orientation.
        out_channels (int): Size of each node's new features at an orientation.
        orientations (int or OrientationGrid, optional): A number of orientations, :obj:`0` for
            positions only, or a grid. (default: :obj:`12`)
        basis_channels (int, optional): The number of basis functions of kernels.
            (default: :obj:`in_channels`)
        hidden_channels (int, optional): The hidden width of their networks.
            (default: :obj:`basis_channels`)
        degree (int, optional): The degree of polynomials of the invariants. (default: :obj:`3`)
        distinct (bool, optional): If set to :obj:`False`, takes all ordered products of
            invariants rather than distinct monomials. (default: :obj:`True`)
        cutoff (float, optional): The distance at which kernels end smoothly.
            (default: :obj:`None`)
        dim (int, optional): The dimension of space :math:`n`, two or three. (default: :obj:`3`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features :math:`(N, O, F)`, or :math:`(N, F)` which are the same at all
          orientations; positions :math:`(N, n)`, edges :math:`(2, E)`
        - **output:** features :math:`(N, O, F')`, with :math:`O = 1` for positions only

    Examples:
        >>> conv = PONITAConv(8, 16, orientations=20)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(torch.randn(3, 8), torch.randn(3, 3), edge_index).shape
        torch.Size([3, 20, 16])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        orientations: int | OrientationGrid = 12,
        *,
        basis_channels: int | None = None,
        hidden_channels: int | None = None,
        degree: int = 3,
        distinct: bool = True,
        cutoff: float | None = None,
        dim: int = 3,
    ) -> None:
        super().__init__()
        basis_channels = in_channels if basis_channels is None else basis_channels
        hidden_channels = basis_channels if hidden_channels is None else hidden_channels
        check_sizes(
            1,
            in_channels=in_channels,
            out_channels=out_channels,
            basis_channels=basis_channels,
            hidden_channels=hidden_channels,
        )
        if orientations == "edges":
            raise ValueError(
                "'orientations' must be a number or a grid for one layer (got 'edges')"
            )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.dim, self.cutoff = dim, cutoff
        self.space = space_resolver(orientations, dim, cutoff)
        self.kernels = SharedKernels(
            self.space, hidden_channels, basis_channels, degree, distinct, cutoff
        )
        self.conv = SeparableConv(in_channels, basis_channels, self.space.mixes)
        self.lin = torch.nn.Linear(in_channels, out_channels, bias=False)

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.kernels, self.conv, self.lin):
            module.reset_parameters()

    def forward(
        self, x: Tensor, pos: Tensor, edge_index: Any = None, batch: Tensor | None = None
    ) -> Tensor:
        r"""Updates the features of all nodes.

        Every node has exactly one loop, whether or not the edges have any.

        Args:
            x (torch.Tensor): Features :math:`(N, O, F)` or :math:`(N, F)`.
            pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges.
                (default: all pairs of nodes of a graph, within the cutoff if there is one)
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`. Only needed
                without edges.

        Raises:
            ValueError: If an argument has a wrong shape or type, or does not fit the others.
        """
        edge_index, batch = check_graph(pos, edge_index, batch, self.dim)
        num = self.space.num_orientations
        wanted = (pos.size(0), num, self.in_channels)
        if x.shape not in (wanted, (wanted[0], wanted[2])):
            raise ValueError(f"'x' must have shape {list(wanted)} (got {list(x.shape)})")
        if x.dim() == 2:
            x = x.unsqueeze(1).expand(wanted)
        else:
            x = self.space.in_order(x)
        with torch.autocast(pos.device.type, enabled=False):
            frame = self.space.frame(pos, edge_index, batch, self.cutoff)
        out = self.lin(self.conv(x, self.kernels(self.space, frame)))
        return self.space.in_grid_order(out)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.out_channels}, "
            f"orientations={self.space.num_orientations})"
        )
