"""The common base of networks from scalars and vectors of points to scalars and vectors."""

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .checks import check_outputs
from .pool import pool_nodes


class PointNetwork(torch.nn.Module):
    r"""Base of networks that take scalars, vectors and positions of nodes, and return scalars, or
    scalars and vectors, of nodes or graphs.

    Args:
        in_channels (int): The number of scalars of a node. May be zero.
        hidden_channels (int): The number of channels of the layers.
        out_channels (int): The number of scalars that come out. May be zero.
        num_layers (int): The number of layers.
        in_vectors (int): The number of vectors of a node.
        out_vectors (int): The number of vectors that come out.
        pool (str, optional): ``"sum"`` or ``"mean"`` over the nodes of a graph. Without it there is
            one result for each node.

    Raises:
        ValueError: If a number is out of range, nothing comes out, or there is no such pooling.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        num_layers: int,
        in_vectors: int,
        out_vectors: int,
        pool: str | None,
    ) -> None:
        super().__init__()
        check_sizes(1, hidden_channels=hidden_channels, num_layers=num_layers)
        check_sizes(0, in_channels=in_channels, in_vectors=in_vectors)
        check_outputs(out_channels, out_vectors, pool)
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        self.out_channels, self.num_layers = out_channels, num_layers
        self.in_vectors, self.out_vectors = in_vectors, out_vectors
        self.pool = pool

    def results(
        self, scalars: Tensor, vectors: Tensor, batch: Tensor | None, batch_size: int | None
    ) -> Tensor | tuple[Tensor, Tensor]:
        r"""The outputs of the network: pooled with :obj:`pool`, and scalars alone without vectors.

        Args:
            scalars (torch.Tensor): Scalars of nodes :math:`(N, F')`.
            vectors (torch.Tensor): Vectors of nodes :math:`(N, V', n)`.
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`.
            batch_size (int, optional): The number of graphs.
        """
        scalars, vectors = pool_nodes(scalars, vectors, self.pool, batch, batch_size)
        return (scalars, vectors) if self.out_vectors > 0 else scalars

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.hidden_channels}, {self.out_channels}, "
            f"num_layers={self.num_layers}, in_vectors={self.in_vectors}, "
            f"out_vectors={self.out_vectors}"
        )

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.extra_repr()})"
