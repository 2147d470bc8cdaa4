"""Equivariant graph networks whose features are scalars and coordinates."""

from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn import MLP
from torch_geometric.nn.inits import reset
from torch_geometric.utils import scatter

from pyg_symm.groups.invariants import safe_norm
from pyg_symm.utils import check_sizes

from ...bundle import PointNetwork, neighbors
from ...bundle.checks import check_graph, check_inputs


class EGNN(PointNetwork):
    r"""The network from the `"E(n) Equivariant Graph Neural Networks"
    <https://arxiv.org/abs/2102.09844>`_ paper, with velocities.

    .. math::
        \mathbf{m}_{ij} &= \phi_e(\mathbf{h}_i, \mathbf{h}_j, \| \mathbf{x}_i - \mathbf{x}_j \|^2)
        \\
        \mathbf{x}_i &\gets \mathbf{x}_i + \frac{1}{| \mathcal{N}(i) |} \sum_{j \in \mathcal{N}(i)}
        (\mathbf{x}_i - \mathbf{x}_j) \, \phi_x(\mathbf{m}_{ij}) + \phi_v(\mathbf{h}_i) \,
        \mathbf{v}_i \\
        \mathbf{h}_i &\gets \mathbf{h}_i + \phi_h \Big( \mathbf{h}_i,
        \sum_{j \in \mathcal{N}(i)} \mathbf{m}_{ij} \Big)

    The vectors that come out are how far the coordinates moved. For more than one, every node has
    as many copies of its coordinates, which move by themselves; for none, coordinates stay where
    they are, as in the network of the paper for molecules. The lengths of vectors that go in are
    features of the nodes.

    Args:
        in_channels (int): The number of scalars of a node. May be zero.
        hidden_channels (int): The width of all networks.
        out_channels (int): The number of scalars that come out. May be zero.
        num_layers (int): The number of layers.
        in_vectors (int, optional): The number of vectors of a node. (default: :obj:`0`)
        out_vectors (int, optional): The number of vectors that come out. (default: :obj:`0`)
        pool (str, optional): ``"sum"`` or ``"mean"`` over the nodes of a graph. Without it there is
            one result for each node. (default: :obj:`None`)
        dim (int, optional): The dimension of space. (default: :obj:`3`)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** scalars :math:`(N, F)`, positions :math:`(N, n)`, edges :math:`(2, E)`, the
          graph of each node :math:`(N)`, vectors :math:`(N, V, n)`
        - **output:** as of :class:`~pyg_symm.nn.PONITA`

    Examples:
        >>> model = EGNN(1, 16, 0, num_layers=2, in_vectors=1, out_vectors=1)
        >>> x, pos, vec = torch.randn(5, 1), torch.randn(5, 3), torch.randn(5, 1, 3)
        >>> scalars, vectors = model(x, pos, vec=vec)
        >>> scalars.shape, vectors.shape
        (torch.Size([5, 0]), torch.Size([5, 1, 3]))
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
        pool: str | None = None,
        dim: int = 3,
    ) -> None:
        super().__init__(
            in_channels, hidden_channels, out_channels, num_layers, in_vectors, out_vectors, pool
        )
        check_sizes(1, dim=dim)
        self.dim = dim
        self.embed = torch.nn.Linear(in_channels + in_vectors or 1, hidden_channels)
        self.layers = torch.nn.ModuleList(
            _Layer(hidden_channels, in_vectors, out_vectors) for _ in range(num_layers)
        )
        self.read = _mlp(hidden_channels, hidden_channels, out_channels) if out_channels else None

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in self.children():
            reset(module)

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

        Args:
            x (torch.Tensor, optional): Scalars of nodes :math:`(N, F)`. (default: ones)
            pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
            edge_index (torch.Tensor, EdgeIndex or SparseTensor, optional): The edges; loops are
                left out. (default: all pairs of nodes of a graph)
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
                (default: one graph)
            vec (torch.Tensor, optional): Vectors of nodes :math:`(N, V, n)`.
            batch_size (int, optional): The number of graphs. (default: ``batch.max() + 1``)

        Raises:
            ValueError: If an argument has a wrong shape or type, or does not fit the others.
        """
        edge_index, batch = check_graph(pos, edge_index, batch, self.dim)
        x = check_inputs(x, vec, pos, self.in_channels, self.in_vectors)
        (source, target), _ = neighbors(edge_index, batch, pos, share=False)
        if vec is not None:
            lengths = safe_norm(vec).squeeze(-1)
            x = torch.cat([x, lengths.to(x.dtype)], dim=-1)
        h = self.embed(x)
        coords = pos.unsqueeze(1).expand(-1, max(self.out_vectors, 1), -1)
        for layer in self.layers:
            h, coords = layer(h, coords, source, target, vec)
        scalars = h[:, :0] if self.read is None else self.read(h)
        vectors = (coords - pos.unsqueeze(1))[:, : self.out_vectors]
        return self.results(scalars, vectors, batch, batch_size)


class _Layer(torch.nn.Module):
    """One layer; coordinates stay where they are if none are to come out."""

    def __init__(self, channels: int, in_vectors: int, num_coords: int) -> None:
        super().__init__()
        self.num_coords = num_coords
        self.edge = _mlp(2 * channels + max(num_coords, 1), channels, channels, act_last=True)
        self.node = _mlp(2 * channels, channels, channels)
        self.offset = self.velocity = None
        if num_coords > 0:
            last = torch.nn.Linear(channels, num_coords, bias=False)
            hidden = torch.nn.Linear(channels, channels)
            self.offset = torch.nn.Sequential(hidden, torch.nn.SiLU(), last)
            if in_vectors > 0:
                self.velocity = _mlp(channels, channels, num_coords * in_vectors)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for module in self.children():
            reset(module)
        if self.offset is not None:  # The first steps are small.
            for weight in self.offset[-1].parameters():
                torch.nn.init.xavier_uniform_(weight, gain=0.001)

    def forward(
        self, h: Tensor, coords: Tensor, source: Tensor, target: Tensor, vec: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        offset = coords[target] - coords[source]  # [E, K, n]
        distance = offset.square().sum(-1).to(h.dtype)
        message = self.edge(torch.cat([h[target], h[source], distance], dim=-1))
        if self.offset is not None:
            step = offset * self.offset(message).unsqueeze(-1)
            step = scatter(step, target, dim=0, dim_size=h.size(0), reduce="mean")
            if self.velocity is not None and vec is not None:
                factors = self.velocity(h).unflatten(1, (self.num_coords, vec.size(1)))
                step = step + (factors.unsqueeze(-1) * vec.unsqueeze(1)).sum(2)
            coords = coords + step
        total = scatter(message, target, dim=0, dim_size=h.size(0), reduce="sum")
        return h + self.node(torch.cat([h, total], dim=-1)), coords


def _mlp(in_channels: int, hidden: int, out_channels: int, act_last: bool = False) -> MLP:
    sizes = [in_channels, hidden, out_channels]
    return MLP(sizes, act="silu", norm=None, plain_last=not act_last)
