"""Networks on point clouds that are equivariant under affine maps."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from pyg_symm.groups import GroupSamples, LieGroup
from pyg_symm.utils import check_sizes

from ..affine import SIREN, GroupSampler, InvariantPointPool
from ..affine.point_block import AffinePointBlock, per_point
from ..conv.lifting_point_conv import LiftingPointConv


class AffinePointNet(nn.Module):
    r"""The layers of the `"Lie Group Decompositions for Equivariant Neural Networks"
    <https://arxiv.org/abs/2310.11366>`_ paper as a network on point clouds.

    A lifting convolution, residual blocks of depth-wise group convolutions, an invariant read-out
    and a classifier. A linear map of all positions and of the samples leaves the result unchanged.
    A map of positions only does so up to the error of the samples.

    All layers take the same samples, which :class:`~pyg_symm.nn.affine.GroupSampler` draws for
    every forward pass in training.

    Args:
        in_channels (int): Size of each node's features.
        hidden_channels (int): Size of each hidden feature.
        out_channels (int): The number of classes.
        num_layers (int): The number of blocks.
        group (LieGroup): The group of matrices, of the dimension of space :math:`n`.
        in_vectors (int, optional): Vectors of nodes are not taken. (default: :obj:`0`)
        num_samples (int, optional): The number of samples :math:`N_H`. (default: :obj:`4`)
        kernel_channels (int, optional): The hidden width of kernel networks. (default: :obj:`32`)
        omega (float, optional): The frequency of kernel networks. (default: :obj:`3.0`)
        widening (int, optional): The hidden width of pointwise networks over that of features.
            (default: :obj:`2`)
        radius (float, optional): The unit of length of kernels, about the distance of the farthest
            neighbours. (default: :obj:`1.0`)
        mask (str, optional): Where kernels end, see :func:`~pyg_symm.nn.affine.kernel_window`.
            (default: ``"none"``)
        pool (str, optional): The read-out, ``"max"`` or ``"mean"``. (default: ``"max"``)
        **kwargs (optional): Options of :class:`~pyg_symm.nn.affine.GroupSampler`.

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** features :math:`(N, F)`, positions :math:`(N, n)`, edges :math:`(2, E)`, the
          graph of each node :math:`(N)`
        - **output:** :math:`(B, F')`

    Examples:
        >>> from pyg_symm.groups import SL
        >>> model = AffinePointNet(2, 16, 10, num_layers=2, group=SL(2))
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> model(torch.randn(3, 2), torch.randn(3, 2), edge_index).shape
        torch.Size([1, 10])
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        out_channels: int,
        num_layers: int,
        group: LieGroup,
        *,
        in_vectors: int = 0,
        num_samples: int = 4,
        kernel_channels: int = 32,
        omega: float = 3.0,
        widening: int = 2,
        radius: float = 1.0,
        mask: str = "none",
        pool: str = "max",
        **kwargs: Any,
    ) -> None:
        super().__init__()
        check_sizes(
            1,
            in_channels=in_channels,
            hidden_channels=hidden_channels,
            out_channels=out_channels,
            kernel_channels=kernel_channels,
            widening=widening,
        )
        check_sizes(0, num_layers=num_layers)
        if pool not in ("max", "mean"):
            raise ValueError(f"'pool' must be 'max' or 'mean' (got {pool!r})")
        if in_vectors != 0:
            raise ValueError(f"'in_vectors' must be 0 (got {in_vectors})")
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        self.out_channels, self.num_layers, self.group = out_channels, num_layers, group
        self.sampler = GroupSampler(group, num_samples, **kwargs)
        self.lift = LiftingPointConv(
            in_channels,
            hidden_channels,
            group,
            kernel=SIREN(
                group.n,
                in_channels * hidden_channels,
                kernel_channels,
                2,
                fan_in=in_channels,
                omega=omega,
            ),
            bias=False,
            mask=mask,
            radius=radius,
        )
        self.norm = nn.LayerNorm(hidden_channels)
        options = (kernel_channels, omega, widening, radius, mask)
        self.blocks = nn.ModuleList(
            AffinePointBlock(hidden_channels, group, *options) for _ in range(num_layers)
        )
        self.pool = InvariantPointPool(pool)
        self.norm_out = nn.LayerNorm(hidden_channels)
        self.lin1 = nn.Linear(hidden_channels, widening * hidden_channels)
        self.lin2 = nn.Linear(widening * hidden_channels, out_channels)

    @property
    def resample(self) -> bool:
        """Whether training draws samples."""
        return self.sampler.resample

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        parts = (self.sampler, self.lift, self.norm, *self.blocks)
        for module in (*parts, self.norm_out, self.lin1, self.lin2):
            module.reset_parameters()

    def forward(
        self,
        x: Tensor,
        pos: Tensor,
        edge_index: Any,
        batch: Tensor | None = None,
        vec: Tensor | None = None,
        *,
        batch_size: int | None = None,
        generator: torch.Generator | None = None,
        samples: GroupSamples | None = None,
    ) -> Tensor:
        r"""Computes the logits.

        Args:
            x (torch.Tensor): Features :math:`(N, F)`.
            pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
            edge_index (torch.Tensor or SparseTensor): The edges :math:`(2, E)`.
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`. (default: one graph)
            vec (torch.Tensor, optional): Must be :obj:`None`.
            batch_size (int, optional): The number of graphs.
            generator (torch.Generator, optional): Draws the samples. (default: in training the
                network's own, in evaluation none, see above)
            samples (GroupSamples, optional): Elements to take instead of drawn ones.

        Raises:
            ValueError: If a shape or type is wrong, or samples are of another group.
        """
        if vec is not None:
            raise ValueError(f"'vec' must be None for 0 'in_vectors' (got {list(vec.shape)})")
        if samples is None:
            samples = self.sampler(pos, generator)
        x = gelu(self.norm(per_point(self.lift(x, pos, edge_index, samples), samples)))
        for block in self.blocks:
            x = block(x, pos, edge_index, samples)
        if self.pool.mode == "mean":
            x = per_point(x, samples)
        x = self.norm_out(self.pool(x, samples, batch, batch_size))
        return self.lin2(gelu(self.lin1(x)))

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.in_channels}, {self.hidden_channels}, "
            f"{self.out_channels}, num_layers={self.num_layers}, group={self.group}, "
            f"num_samples={self.sampler.num_samples})"
        )
