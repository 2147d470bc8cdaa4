"""Steerable networks of Gaunt tensor products."""

from typing import Any

import torch
from torch import Tensor, nn

from pyg_symm.groups import position_invariants
from pyg_symm.utils import check_sizes

from ..bundle import PointNetwork, neighbors
from ..bundle.checks import check_graph, check_inputs
from ..steerable import BesselBasis, Edges, ReadOut, SteerableLayer


class GauntMACE(PointNetwork):
    r"""A network like `"MACE" <https://arxiv.org/abs/2206.07697>`_ with the products of the
    `"Enabling Efficient Equivariant Operations in the Fourier Basis via Gaunt Tensor Products"
    <https://arxiv.org/abs/2401.10216>`_ paper.

    Features of a node are functions on the sphere. Each layer sums messages, which are products of
    the neighbours' features and harmonics of their directions, and then takes products of this sum
    with itself (:class:`~pyg_symm.nn.steerable.SteerableLayer`). Inputs and outputs are scalars and
    vectors; outputs are sums over the read-outs of all layers.

    The network is exactly equivariant under :math:`E(3)`. Gaunt products have no odd paths, such as
    the cross product: ``parity="both"`` adds them as Poisson brackets, and keeps pseudo-scalars,
    pseudo-vectors and so on in channels of their own. With ``chiral=True`` they are read, too:
    mirror images may then have different results, and the symmetry is :math:`SE(3)`.

    Args:
        in_channels (int): The number of scalars of a node. May be zero.
        hidden_channels (int): The number of channels :math:`C`.
        out_channels (int): The number of scalars that come out. May be zero.
        num_layers (int): The number of layers.
        in_vectors (int, optional): The number of vectors of a node. (default: :obj:`0`)
        out_vectors (int, optional): The number of vectors that come out. (default: :obj:`0`)
        lmax (int, optional): The highest degree of features and harmonics. (default: :obj:`2`)
        correlation (int, optional): The largest number of factors in a product of features, one
            less than the number of bodies it describes. (default: :obj:`2`)
        parity (str, optional): ``"even"`` for Gaunt products, ``"both"`` with brackets.
            (default: ``"even"``)
        chiral (bool, optional): Whether mirror images may have different results. Needs
            ``parity="both"``. (default: :obj:`False`)
        elements (bool, optional): Whether the scalars of a node are the one-hot code of its
            element, with weights of products for each element. (default: :obj:`False`)
        cutoff (float, optional): The distance at which messages end smoothly.
            (default: :obj:`None`)
        num_basis (int, optional): The number of radial basis functions. (default: :obj:`8`)
        num_neighbors (float, optional): The usual number of neighbours, by which sums of messages
            are divided. (default: :obj:`1.0`)
        pool (str, optional): ``"sum"`` or ``"mean"`` over the nodes of a graph. Without it there is
            one result for each node. (default: :obj:`None`)

    Raises:
        ValueError: If an argument has a wrong type or value.

    Shapes:
        - **input:** scalars :math:`(N, F)`, positions :math:`(N, 3)`, edges :math:`(2, E)`, the
          graph of each node :math:`(N)`, vectors :math:`(N, V, 3)`
        - **output:** scalars :math:`(N, F')` or :math:`(B, F')`; with :obj:`out_vectors`, a tuple
          of scalars and vectors :math:`(N, V', 3)` or :math:`(B, V', 3)`

    Examples:
        >>> model = GauntMACE(2, 16, 1, num_layers=2, out_vectors=1)
        >>> x, pos = torch.randn(5, 2), torch.randn(5, 3)
        >>> scalars, vectors = model(x, pos)
        >>> scalars.shape, vectors.shape
        (torch.Size([5, 1]), torch.Size([5, 1, 3]))
        >>> GauntMACE(2, 16, 1, num_layers=2, parity="both", pool="sum")(x, pos).shape
        torch.Size([1, 1])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        num_layers: int,
        *,
        in_vectors: int = 0,
        out_vectors: int = 0,
        lmax: int = 2,
        correlation: int = 2,
        parity: str = "even",
        chiral: bool = False,
        elements: bool = False,
        cutoff: float | None = None,
        num_basis: int = 8,
        num_neighbors: float = 1.0,
        pool: str | None = None,
    ) -> None:
        super().__init__(
            in_channels, hidden_channels, out_channels, num_layers, in_vectors, out_vectors, pool
        )
        check_sizes(1, lmax=lmax, correlation=correlation, num_basis=num_basis)
        if parity not in ("even", "both"):
            raise ValueError(f"'parity' must be 'even' or 'both' (got {parity!r})")
        if chiral and parity == "even":
            raise ValueError("'chiral' needs 'parity' to be 'both' (got 'even')")
        if elements and in_channels == 0:
            raise ValueError("'in_channels' must be positive with 'elements' (got 0)")
        if not num_neighbors > 0:
            raise ValueError(f"'num_neighbors' must be positive (got {num_neighbors})")
        self.lmax, self.parity, self.chiral = lmax, parity, chiral
        self.elements, self.cutoff = elements, cutoff
        self.basis = BesselBasis(num_basis, cutoff)
        # Without any scalar, all nodes are alike: a constant.
        self.embed = nn.Linear(in_channels or 1, hidden_channels)
        self.embed_vectors = None
        if in_vectors > 0:
            self.embed_vectors = nn.Linear(in_vectors, hidden_channels, bias=False)
        odd, num_elements = parity == "both", in_channels if elements else 1
        lmax_read, sheets_read = int(out_vectors > 0), 2 if chiral else 1
        degree, sheets = int(in_vectors > 0), 1
        self.layers, self.readouts = nn.ModuleList(), nn.ModuleList()
        for i in range(num_layers):
            last = i == num_layers - 1  # What is not read need not be computed.
            layer = SteerableLayer(
                hidden_channels,
                degrees=(degree, lmax, lmax_read if last else lmax),
                sheets=(sheets, (sheets_read if last else 2) if odd else 1),
                correlation=correlation,
                odd=odd,
                num_basis=num_basis,
                num_neighbors=num_neighbors,
                num_elements=num_elements,
            )
            degree, sheets = layer.lmax_out, layer.out_sheets
            read = min(sheets, sheets_read)
            self.layers.append(layer)
            self.readouts.append(ReadOut(hidden_channels, read, out_channels, out_vectors))

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        self.embed.reset_parameters()
        if self.embed_vectors is not None:
            self.embed_vectors.reset_parameters()
        for module in (*self.layers, *self.readouts):
            module.reset_parameters()

    def forward(
        self,
        x: Tensor | None,
        pos: Tensor,
        edge_index: Any = None,
        batch: Tensor | None = None,
        vec: Tensor | None = None,
        *,
        batch_size: int | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        r"""Computes scalars, or scalars and vectors.

        Loops carry no message, nor do edges beyond the cutoff.

        Args:
            x (torch.Tensor, optional): Scalars of nodes :math:`(N, F)`. (default: ones)
            pos (torch.Tensor): Positions :math:`(N, 3)`, in float32 or float64.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges.
                (default: all pairs of nodes of a graph, within the cutoff if there is one)
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
                (default: one graph)
            vec (torch.Tensor, optional): Vectors of nodes :math:`(N, V, 3)`. Needed if the network
                takes vectors.
            batch_size (int, optional): The number of graphs. (default: ``batch.max() + 1``)

        Raises:
            ValueError: If an argument has a wrong shape or type, or does not fit the others.
        """
        if not torch.compiler.is_compiling():  # Values are checked, which no graph can hold.
            edge_index, batch = check_graph(pos, edge_index, batch, 3)
        x = check_inputs(x, vec, pos, self.in_channels, self.in_vectors)
        if self.in_channels == 0:
            x = pos.new_ones(pos.size(0), 1)
        with torch.autocast(pos.device.type, enabled=False):
            edges = self._edges(pos, edge_index, batch)
        h = self.embed(x.to(self.embed.weight.dtype)).unsqueeze(-1)
        if self.embed_vectors is not None and vec is not None:
            vectors = self.embed_vectors(vec.to(self.embed.weight.dtype).transpose(1, 2))
            h = torch.cat([h, vectors.transpose(1, 2)], dim=-1)
        h = h.unsqueeze(1)  # [N, 1, C, d]
        element = x if self.elements else None
        outs = []
        for layer, readout in zip(self.layers, self.readouts, strict=True):
            h = layer(h, edges, element)
            outs.append(readout(h))
        scalars, vectors = (torch.stack(parts).sum(0) for parts in zip(*outs, strict=True))
        return self.results(scalars, vectors, batch, batch_size)

    def _edges(self, pos: Tensor, edge_index: Tensor | None, batch: Tensor | None) -> Edges:
        if edge_index is None:
            edge_index, _ = neighbors(None, batch, pos, share=False, cutoff=self.cutoff)
        distance = position_invariants(pos, edge_index).squeeze(-1)
        window = self.basis.window(distance) * (edge_index[0] != edge_index[1])
        return Edges(pos, edge_index, self.basis(distance), window)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, lmax={self.lmax}, parity={self.parity!r}"
