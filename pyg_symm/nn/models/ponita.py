"""Networks in position-orientation space."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.groups import OrientationGrid
from pyg_symm.utils import check_sizes

from ..bundle import BlockStack, ConvNeXtBlock, Frame, Kernels, PointNetwork
from ..bundle.checks import check_graph, check_inputs
from ..bundle.resolver import space_resolver
from ..bundle.shared_kernels import SharedKernels


class PONITA(PointNetwork):
    r"""The network from the `"Fast, Expressive SE(n) Equivariant Networks through Weight-Sharing
    in Position-Orientation Space" <https://arxiv.org/abs/2310.02970>`_ paper.

    Features are functions of a position and an orientation. Inputs and outputs are scalars and
    vectors. A layer is a convolution (:class:`~pyg_symm.nn.PONITAConv`) whose kernel is a small
    network of the invariants of two points, inside a residual block (:class:`ConvNeXtBlock`).

    With a grid of orientations at every node, the network is exactly equivariant under translations
    and under the rotations and reflections that permute the grid, and approximately under others.
    With ``orientations="edges"`` or ``orientations=0``, it is exactly equivariant under all of
    :math:`E(n)`. In the plane, a grid makes no network equivariant under reflections.

    In the first forward pass in training mode, the weights of all kernels are scaled once so that
    every convolution keeps the standard deviation of its features (:meth:`calibrate`). Whether
    this was done is part of the ``state_dict``.

    Args:
        in_channels (int): The number of scalars of a node. May be zero.
        hidden_channels (int): The number of channels :math:`C`.
        out_channels (int): The number of scalars that come out. May be zero.
        num_layers (int): The number of blocks.
        in_vectors (int, optional): The number of vectors of a node. (default: :obj:`0`)
        out_vectors (int, optional): The number of vectors that come out. (default: :obj:`0`)
        orientations (int, str or OrientationGrid, optional): A number of orientations, :obj:`0`
            for positions only, ``"edges"`` to make every edge an oriented point, or a grid.
            (default: :obj:`12`)
        basis_channels (int, optional): The number of basis functions of kernels.
            (default: :obj:`hidden_channels`)
        degree (int, optional): The degree of polynomials of the invariants. (default: :obj:`3`)
        distinct (bool, optional): If set to :obj:`False`, takes all ordered products of
            invariants, as the published network, rather than distinct monomials.
            (default: :obj:`True`)
        widening (int, optional): The hidden width of pointwise networks over :math:`C`.
            (default: :obj:`4`)
        cutoff (float, optional): The distance at which kernels end smoothly.
            (default: :obj:`None`)
        layer_scale (float, optional): The initial factor of every block, which is learned. Without
            it there is none. (default: :obj:`None`)
        readouts (str, optional): ``"last"`` reads behind the last block, ``"all"`` takes the mean
            of a read-out behind each. (default: ``"last"``)
        pool (str, optional): ``"sum"`` or ``"mean"`` over the nodes of a graph. Without it there is
            one result for each node. (default: :obj:`None`)
        dim (int, optional): The dimension of space :math:`n`, two or three. (default: :obj:`3`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** scalars :math:`(N, F)`, positions :math:`(N, n)`, edges :math:`(2, E)`, the
          graph of each node :math:`(N)`, vectors :math:`(N, V, n)`
        - **output:** scalars :math:`(N, F')` or :math:`(B, F')`; with :obj:`out_vectors`, a tuple
          of scalars and vectors :math:`(N, V', n)` or :math:`(B, V', n)`

    Examples:
        >>> model = PONITA(2, 16, 1, num_layers=2, out_vectors=1)
        >>> x, pos = torch.randn(5, 2), torch.randn(5, 3)
        >>> scalars, vectors = model(x, pos)
        >>> scalars.shape, vectors.shape
        (torch.Size([5, 1]), torch.Size([5, 1, 3]))
        >>> PONITA(2, 16, 1, num_layers=2, orientations="edges", pool="sum")(x, pos).shape
        torch.Size([1, 1])
    """

    calibrated: Tensor

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        num_layers: int,
        *,
        in_vectors: int = 0,
        out_vectors: int = 0,
        orientations: int | str | OrientationGrid = 12,
        basis_channels: int | None = None,
        degree: int = 3,
        distinct: bool = True,
        widening: int = 4,
        cutoff: float | None = None,
        layer_scale: float | None = None,
        readouts: str = "last",
        pool: str | None = None,
        dim: int = 3,
    ) -> None:
        super().__init__(
            in_channels, hidden_channels, out_channels, num_layers, in_vectors, out_vectors, pool
        )
        basis_channels = hidden_channels if basis_channels is None else basis_channels
        check_sizes(1, basis_channels=basis_channels, widening=widening)
        self.cutoff, self.dim = cutoff, dim
        self.space = space_resolver(orientations, dim, cutoff, pooled=pool is not None)
        self.kernels = SharedKernels(
            self.space, hidden_channels, basis_channels, degree, distinct, cutoff
        )
        # Without any input, all nodes are alike: a constant.
        lifted = self.space.lifted_channels(in_channels, in_vectors) or 1
        self.embed = torch.nn.Linear(lifted, hidden_channels, bias=False)
        self.stack = BlockStack(
            [
                ConvNeXtBlock(
                    hidden_channels, basis_channels, self.space.mixes, widening, layer_scale
                )
                for _ in range(num_layers)
            ],
            hidden_channels,
            self.space.read_channels(out_channels, out_vectors, in_vectors),
            readouts,
        )
        # The network asks the number, so that the device need not be asked. Not a boolean, of which
        # averages of weights can make no mean.
        self.register_buffer("calibrated", torch.tensor(0.0))
        self._calibrated = False

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.kernels, self.embed, self.stack):
            module.reset_parameters()
        self.calibrated.fill_(0.0)
        self._calibrated = False

    def forward(
        self,
        x: Tensor | None,
        pos: Tensor,
        edge_index: Any = None,
        batch: Tensor | None = None,
        vec: Tensor | None = None,
        *,
        batch_size: int | None = None,
        chunk_size: int | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        r"""Computes scalars, or scalars and vectors.

        Every node has exactly one loop, whether or not the edges have any.

        Args:
            x (torch.Tensor, optional): Scalars of nodes :math:`(N, F)`. (default: ones)
            pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges.
                (default: all pairs of nodes of a graph, within the cutoff if there is one)
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
                (default: one graph)
            vec (torch.Tensor, optional): Vectors of nodes :math:`(N, V, n)`. Needed if the network
                takes vectors.
            batch_size (int, optional): The number of graphs. (default: ``batch.max() + 1``)
            chunk_size (int, optional): If given, kernels are computed for at most so many pairs of
                points at a time and by every layer anew, which bounds the memory.

        Raises:
            ValueError: If an argument has a wrong shape or type, or does not fit the others; if
                the ends of an edge coincide and edges are oriented points.
        """
        batch, frame, h, kernels = self._enter(x, pos, edge_index, batch, vec, chunk_size)
        if self.training and not self._calibrated and not torch.compiler.is_compiling():
            self._calibrate(h, kernels)
        y = self.stack(h, kernels)
        with torch.autocast(pos.device.type, enabled=False):
            y = y.float() if y.dtype in (torch.float16, torch.bfloat16) else y
            scalars, vectors = self.space.read(y, self.out_channels, frame, pos, vec)
            vectors = vectors.to(y.dtype)
        return self.results(scalars, vectors, batch, batch_size)

    @torch.no_grad()
    def calibrate(
        self,
        x: Tensor | None,
        pos: Tensor,
        edge_index: Any = None,
        batch: Tensor | None = None,
        vec: Tensor | None = None,
    ) -> None:
        r"""Scales the weights of all kernels to a batch, which training does once by itself.

        In every block, the convolution over neighbours and the one over orientations get the factor
        with which they keep the standard deviation of their input. With several processes, the
        deviations are those of all their batches.

        Args:
            x (torch.Tensor, optional): Scalars of nodes, as in :meth:`forward`.
            pos (torch.Tensor): Positions.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges.
            batch (torch.Tensor, optional): The graph of each node.
            vec (torch.Tensor, optional): Vectors of nodes.
        """
        _, _, h, kernels = self._enter(x, pos, edge_index, batch, vec)
        self._calibrate(h, kernels)

    def _enter(
        self,
        x: Tensor | None,
        pos: Tensor,
        edge_index: Any,
        batch: Tensor | None,
        vec: Tensor | None,
        chunk_size: int | None = None,
    ) -> tuple[Tensor | None, Frame, Tensor, Kernels]:
        """The graph of each node, the points, their features and the kernels of all pairs."""
        edge_index, batch = check_graph(pos, edge_index, batch, self.dim)
        x = check_inputs(x, vec, pos, self.in_channels, self.in_vectors)
        if chunk_size is not None:
            check_sizes(1, chunk_size=chunk_size)
        with torch.autocast(pos.device.type, enabled=False):
            frame = self.space.frame(pos, edge_index, batch, self.cutoff)
            h = self.space.lift(x, vec, frame)
        kernels = self.kernels(self.space, frame, chunk_size)
        # As in PolynomialFeatures.linear: a quick product gives the gradient of these few columns.
        h = torch.matmul(h.to(self.embed.weight.dtype), self.embed.weight.t().contiguous())
        return batch, frame, h, kernels

    def _calibrate(self, h: Tensor, kernels: Kernels) -> None:
        self.stack.calibrate(h.detach(), kernels)
        self.calibrated.fill_(1.0)
        self._calibrated = True

    def _load_from_state_dict(self, *args: Any) -> None:
        super()._load_from_state_dict(*args)
        self._calibrated = bool(self.calibrated)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, orientations={self.space.name}"
