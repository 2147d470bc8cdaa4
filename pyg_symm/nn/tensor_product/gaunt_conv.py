"""Equivariant convolution by products of functions on the sphere."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.graphs.edge_list import check_nodes, edge_list
from pyg_symm.groups import SphereGrid, spherical_harmonics
from pyg_symm.groups.components import degree_of_component
from pyg_symm.utils import check_choice, check_sizes

from .checks import check_coefficients
from .constants import Constants, compute_type
from .edge_sum import Ends, edge_sum
from .gaunt_product import GauntProduct
from .methods.base import fields
from .operation import ProductOperation

_AGGREGATIONS = ("sum", "mean")
_METHODS = ("zonal", "edges")


class GauntConv(Constants):
    r"""The convolution of steerable features with filters of the directions of edges, by products
    of functions on the sphere, after the `"Enabling Efficient Equivariant Operations in the Fourier
    Basis via Gaunt Tensor Products" <https://arxiv.org/abs/2401.10216>`_ paper.

    .. math::
        \mathbf{x}'_i = \sum_{j \in \mathcal{N}(i)} \mathbf{x}_j \otimes \mathbf{y}_{ji}, \qquad
        y_{ji,clm} = w_{ji,cl} \, Y_{lm} \left(
        \frac{\mathbf{p}_j - \mathbf{p}_i}{\| \mathbf{p}_j - \mathbf{p}_i \|} \right)

    with harmonics of the normalisation ``"component"`` and the product of
    :class:`~pyg_symm.nn.GauntProduct`, channel by channel. The weights :math:`w`, usually a learned
    function of the distance, are an argument: the layer has no parameters.

    On the sphere a filter is a function of the angle to the edge, the same for all channels up to
    its weights. Features of nodes are evaluated on a grid once, multiplied by filters and summed
    over edges there, and projected back once for each node. No edge rotates its features, and none
    has coefficients of its own. See :mod:`pyg_symm.nn.tensor_product.edge_sum`.

    An edge of length zero has no direction: its filter has degree 0 only. Nodes without edges get
    zeros. Positions that are not finite give NaN at the receivers of their edges.

    Args:
        lmax_in (int): The highest degree of the input.
        lmax_edge (int): The highest degree of the filters.
        lmax_out (int): The highest degree of the output.
        channels (int): The number of channels.
        parity (str, optional): ``"even"``, ``"odd"``, or ``"both"`` for twice the channels, the
            even ones first; both share their weights. (default: ``"even"``)
        aggr (str, optional): ``"sum"`` or ``"mean"`` over the neighbours. (default: ``"sum"``)
        normalization (str, optional): ``"component"`` gives each message the variance one, for
            input and weights of variance one; ``"none"`` does not. (default: ``"component"``)
        method (str, optional): ``"zonal"`` as above, or ``"edges"`` for a
            :class:`~pyg_symm.nn.GauntProduct` on every edge, as reference. (default: ``"zonal"``)

    Shapes:
        - **input:** features :math:`(N, C, (\mathrm{lmax}_{in} + 1)^2)`, positions :math:`(N, 3)`,
          edges :math:`(2, E)`, weights :math:`(E, C, \mathrm{lmax}_{edge} + 1)`
        - **output:** features :math:`(N, C, (\mathrm{lmax}_{out} + 1)^2)`, or :math:`2 C` channels
          for both parities

    Raises:
        ValueError: If an argument has a wrong shape, type or value.

    Examples:
        >>> conv = GauntConv(1, 2, 2, channels=8)
        >>> x, pos = torch.randn(4, 8, 4), torch.randn(4, 3)
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv(x, pos, edge_index, torch.randn(4, 8, 3)).shape
        torch.Size([4, 8, 9])
    """

    degree: Tensor

    def __init__(
        self,
        lmax_in: int,
        lmax_edge: int,
        lmax_out: int,
        channels: int,
        *,
        parity: str = "even",
        aggr: str = "sum",
        normalization: str = "component",
        method: str = "zonal",
    ) -> None:
        super().__init__()
        check_sizes(0, lmax_in=lmax_in, lmax_edge=lmax_edge, lmax_out=lmax_out)
        operation = ProductOperation(lmax_in, lmax_edge, lmax_out, parity, normalization)
        check_sizes(1, channels=channels)
        check_choice("aggr", aggr, _AGGREGATIONS)
        check_choice("method", method, _METHODS)
        self.operation = operation
        self.lmax_in, self.lmax_edge, self.lmax_out = lmax_in, lmax_edge, lmax_out
        self.channels, self.parity, self.aggr, self.method = channels, parity, aggr, method
        self.product = None
        degrees = degree_of_component(lmax_edge)
        self.register_buffer("degree", degrees, persistent=False)
        if method == "edges":
            self.product = GauntProduct(
                lmax_in, lmax_edge, lmax_out, parity=parity, normalization=normalization
            )
            return
        with torch.device("cpu"):  # Where constants are computed, whatever the default device.
            names, evaluate, filters, project = _tables(operation)
        self.names = names
        for name, left, right in zip(names, evaluate, filters, strict=True):
            self.register_constant(f"evaluate_{name}", left)
            self.register_constant(f"filter_{name}", right)
        for part, matrix in zip(operation.parts, project, strict=True):
            self.register_constant(f"project_{part}", matrix)

    def forward(
        self,
        x: Tensor,
        pos: Tensor | tuple[Tensor, Tensor] | None,
        edge_index: Any,
        edge_weight: Tensor | None = None,
        edge_vec: Tensor | None = None,
        size: tuple[int, int] | None = None,
    ) -> Tensor:
        r"""Sums messages over edges.

        Args:
            x (torch.Tensor): Features of the senders :math:`(N, C, (\mathrm{lmax}_{in} + 1)^2)`.
            pos (torch.Tensor or tuple): Positions :math:`(N, 3)`, or those of senders and of
                receivers.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor): Edges :math:`(2, E)`.
            edge_weight (torch.Tensor, optional): Weights of each degree
                :math:`(E, C, \mathrm{lmax}_{edge} + 1)`. (default: one)
            edge_vec (torch.Tensor, optional): Vectors from receivers to senders :math:`(E, 3)` in
                the place of :obj:`pos`, such as in periodic systems.
            size (tuple, optional): The numbers of senders and receivers. (default: those of
                :obj:`pos`, or of :obj:`x`)
        """
        check_coefficients("x", x, self.lmax_in, self.channels)
        if x.dim() != 3:
            raise ValueError(f"'x' must have shape [N, C, d] (got {list(x.shape)})")
        edge_index, _ = edge_list(edge_index)
        ends = _ends(x, pos, edge_index, size)
        vectors = _vectors(pos, edge_vec, ends)
        if edge_weight is None:
            edge_weight = x.new_ones(vectors.size(0), self.channels, self.lmax_edge + 1)
        wanted = (vectors.size(0), self.channels, self.lmax_edge + 1)
        if edge_weight.shape != wanted:
            raise ValueError(
                f"'edge_weight' must have shape {list(wanted)} (got {list(edge_weight.shape)})"
            )
        kind = x.device.type
        if torch.is_autocast_enabled(kind):
            with torch.autocast(kind, enabled=False):
                return self._convolve(x, vectors, edge_weight, ends)
        return self._convolve(x, vectors, edge_weight, ends)

    def _convolve(self, x: Tensor, vectors: Tensor, weight: Tensor, ends: Ends) -> Tensor:
        wide = compute_type(x, vectors, weight)
        features, weight = x.to(wide), weight.to(wide)
        y = spherical_harmonics(self.lmax_edge, vectors.to(wide), "component")
        if self.product is not None:
            filters = weight.index_select(-1, self.degree) * y.unsqueeze(1)
            messages = self.product(features.index_select(0, ends.source), filters)
            out = messages.new_zeros(ends.num_targets, *messages.shape[1:])
            out = out.index_add(0, ends.target, messages)
        else:
            out = self._on_grid(features, weight, y, ends)
        if self.aggr == "mean":
            count = out.new_zeros(ends.num_targets)
            count = count.index_add(0, ends.target, count.new_ones(ends.target.size(0)))
            out = out / count.clamp(min=1).view(-1, 1, 1)
        return out.to(x.dtype)

    def _on_grid(self, x: Tensor, weight: Tensor, y: Tensor, ends: Ends) -> Tensor:
        def summed(feature: str, filter_: str) -> Tensor:
            values = x @ self.constant(f"evaluate_{feature}", x)
            return edge_sum(values, weight, y, self.constant(f"filter_{filter_}", x), ends)

        out = []
        for part in self.operation.parts:
            if part == "even":
                values = summed("value", "value")
            else:
                values = summed("beta", "alpha") - summed("alpha", "beta")
            out.append(values @ self.constant(f"project_{part}", x))
        return out[0] if len(out) == 1 else torch.cat(out, dim=1)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.lmax_in}, {self.lmax_edge}, {self.lmax_out}, "
            f"channels={self.channels}, parity={self.parity!r})"
        )


def _ends(x: Tensor, pos: Any, edge_index: Tensor, size: tuple[int, int] | None) -> Ends:
    num = size[1] if size is not None else x.size(0)
    if isinstance(pos, tuple):
        num = pos[1].size(0)
    if not torch.compiler.is_compiling():
        check_nodes(edge_index[:1], x.size(0))
        check_nodes(edge_index[1:], num)
    return Ends(edge_index[0], edge_index[1], x.size(0), num)


def _vectors(pos: Any, edge_vec: Tensor | None, ends: Ends) -> Tensor:
    """Vectors from receivers to senders."""
    if (pos is None) == (edge_vec is None):
        raise ValueError("one of 'pos' and 'edge_vec' must be given, and not both")
    if edge_vec is not None:
        if edge_vec.shape != (ends.source.size(0), 3):
            wanted = [ends.source.size(0), 3]
            raise ValueError(f"'edge_vec' must have shape {wanted} (got {list(edge_vec.shape)})")
        return edge_vec
    pair = pos if isinstance(pos, tuple) else (pos, pos)
    for points, num in zip(pair, (ends.num_sources, ends.num_targets), strict=True):
        if points.shape != (num, 3) or not points.is_floating_point():
            raise ValueError(
                f"'pos' must be real and of shape [{num}, 3] (got {points.dtype} of shape "
                f"{list(points.shape)})"
            )
    wide = compute_type(*pair)
    source, target = (points.to(wide) for points in pair)
    return source.index_select(0, ends.source) - target.index_select(0, ends.target)


def _tables(
    operation: ProductOperation,
) -> tuple[list[str], list[Tensor], list[Tensor], list[Tensor]]:
    """Names of fields, their values for components of features and filters, and projections."""
    size_in, size_edge, size_out = (
        (lmax + 1) ** 2 for lmax in (operation.lmax1, operation.lmax2, operation.lmax_out)
    )
    if operation.parity == "even" and 0 in (operation.lmax1, operation.lmax_out):
        # If one of the functions is a constant, the product acts on each component by itself.
        num = size_out if operation.lmax1 == 0 else size_in
        scales = operation.scales("even") / (4 * torch.pi) ** 0.5
        values = torch.ones(1, num) if operation.lmax1 == 0 else torch.eye(num)
        back = scales.diag() if operation.lmax1 == 0 else scales.expand(num, 1)
        return ["value"], [values.double()], [torch.eye(size_edge, num).double()], [back]
    grid = SphereGrid(operation.degree)
    names = {"even": ["value"], "odd": ["beta", "alpha"], "both": ["value", "beta", "alpha"]}
    evaluate, filters = (
        [field.flatten(0, 1).T.contiguous() for field in fields(operation.parity, grid, lmax)]
        for lmax in (operation.lmax1, operation.lmax2)
    )
    weights = grid.weights.repeat_interleave(grid.azimuths.numel()).unsqueeze(1)
    harmonics = weights * grid.harmonics(operation.lmax_out).flatten(0, 1)
    project = [harmonics * operation.scales(part) for part in operation.parts]
    return names[operation.parity], evaluate, filters, project
