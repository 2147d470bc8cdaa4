"""Residual networks on images that are equivariant under affine maps."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, max_pool2d
from torch_geometric.nn.inits import reset

from pyg_symm.groups import GroupSamples, LieGroup
from pyg_symm.utils import check_sizes

from ..affine import (
    GroupConv2d,
    GroupFeatures,
    GroupSampler,
    InvariantPool,
    LiftingConv2d,
    SampleNorm,
    evaluate_kernels,
)
from ..affine.affine_block import AffineBlock

Chain = tuple[GroupSamples, GroupSamples]


class AffineResNet(nn.Module):
    r"""The network from the `"Lie Group Decompositions for Equivariant Neural Networks"
    <https://arxiv.org/abs/2310.11366>`_ paper.

    A lifting convolution, residual blocks of group convolutions, spatial pooling by two, a last
    group convolution, an invariant read-out and a classifier. The result does not change when the
    image is moved by an element of the group, up to the error of the grid of pixels and of the
    samples.

    In training, every forward pass draws samples of the group: one set for the lifting convolution
    and the blocks, whose shortcuts need equal samples, and one for the last convolution; see
    :class:`~pyg_symm.nn.affine.GroupSampler`. In evaluation, the samples are always the same, and
    kernels are computed once.

    Args:
        group (LieGroup): The group of matrices, such as :class:`~pyg_symm.groups.SL` of size 2.
        in_channels (int, optional): Size of each pixel. (default: :obj:`1`)
        hidden_channels (int, optional): Size of each hidden feature. (default: :obj:`40`)
        out_channels (int, optional): The number of classes. (default: :obj:`10`)
        num_blocks (int, optional): The number of residual blocks. (default: :obj:`1`)
        kernel_size (int, optional): The side of all kernels :math:`K`, odd. (default: :obj:`5`)
        num_samples (int, optional): The number of samples :math:`N_H`. It can be changed in the
            attribute of this name. (default: :obj:`10`)
        depthwise (bool, optional): If set to :obj:`True`, convolutions are depthwise and mix their
            channels behind. (default: :obj:`False`)
        kernel (str, optional): The kernel networks, ``"siren"`` or ``"gabor"``.
            (default: ``"siren"``)
        mask (str, optional): Where kernels end, see :func:`~pyg_symm.nn.affine.kernel_window`.
            (default: ``"disk"`` if all determinants are one, else ``"sigmoid"``)
        pool (str, optional): The read-out, ``"max"`` or ``"mean"``. (default: ``"max"``)
        head_channels (int, optional): The hidden width of the classifier. (default: :obj:`256`)
        dropout (float, optional): In the classifier. (default: :obj:`0.3`)
        one_set (bool, optional): If set to :obj:`True`, the last convolution has the samples of the
            layers before it. (default: :obj:`False`)
        stem_size (int, optional): The side of the kernels of the lifting convolution.
            (default: :obj:`kernel_size`)
        stem_pool (int, optional): Spatial max-pooling behind the lifting convolution.
            (default: :obj:`1`)
        padding (bool, optional): If set to :obj:`True`, the lifting and the last convolution pad
            with zeros and lose no position. (default: :obj:`False`)
        **kwargs (optional): Options of :class:`~pyg_symm.nn.affine.GroupSampler`.

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** images :math:`(B, C, h, w)`
        - **output:** :math:`(B, C')`

    Examples:
        >>> from pyg_symm.groups import SL
        >>> model = AffineResNet(SL(2), hidden_channels=8, num_samples=4)
        >>> model(torch.randn(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        group: LieGroup,
        in_channels: int = 1,
        hidden_channels: int = 40,
        out_channels: int = 10,
        num_blocks: int = 1,
        kernel_size: int = 5,
        num_samples: int = 10,
        *,
        depthwise: bool = False,
        kernel: str = "siren",
        mask: str | None = None,
        pool: str = "max",
        head_channels: int = 256,
        dropout: float = 0.3,
        one_set: bool = False,
        stem_size: int | None = None,
        stem_pool: int = 1,
        padding: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        check_sizes(
            1,
            hidden_channels=hidden_channels,
            out_channels=out_channels,
            head_channels=head_channels,
            stem_size=(stem_size := kernel_size if stem_size is None else stem_size),
            stem_pool=stem_pool,
        )
        if padding and stem_size % 2 == 0:
            raise ValueError(f"'stem_size' must be odd if images are padded (got {stem_size})")
        check_sizes(0, num_blocks=num_blocks)
        if pool not in ("max", "mean"):
            raise ValueError(f"'pool' must be 'max' or 'mean' (got {pool!r})")
        if not isinstance(kernel, str):
            raise ValueError(f"'kernel' must be a name, as every layer has its own (got {kernel})")
        self.group, self.kernel_size, self.one_set = group, kernel_size, one_set
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        self.out_channels, self.num_blocks = out_channels, num_blocks
        self.stem_size, self.stem_pool, self.padding = stem_size, stem_pool, padding
        given: dict[str, Any] = {"depthwise": depthwise, "kernel": kernel, "mask": mask}
        channels = hidden_channels
        self.stem = LiftingConv2d(
            in_channels,
            channels,
            stem_size,
            group,
            padding=stem_size // 2 if padding else 0,
            bias=False,
            **given,
        )
        self.blocks = nn.ModuleList(
            AffineBlock(channels, kernel_size, group, **given) for _ in range(num_blocks)
        )
        self.last = GroupConv2d(
            channels,
            channels,
            kernel_size,
            group,
            padding=kernel_size // 2 if padding else 0,
            bias=False,
            **given,
        )
        self.norm, self.pool = SampleNorm(), InvariantPool(pool)
        self.head = nn.Sequential(
            nn.Linear(channels, head_channels, bias=False),
            nn.LayerNorm(head_channels),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(head_channels, out_channels),
        )
        self.sampler = GroupSampler(group, num_samples, **kwargs)

    @property
    def num_samples(self) -> int:
        """The number of samples of each set."""
        return self.sampler.num_samples

    @num_samples.setter
    def num_samples(self, value: int) -> None:
        self.sampler.num_samples = value

    @property
    def resample(self) -> bool:
        """Whether training draws samples."""
        return self.sampler.resample

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (self.stem, self.blocks, self.last, self.head, self.sampler):
            reset(module)

    def forward(
        self,
        x: Tensor,
        generator: torch.Generator | None = None,
        *,
        samples: Chain | None = None,
    ) -> Tensor:
        r"""Computes the logits.

        Args:
            x (torch.Tensor): Images :math:`(B, C, h, w)`.
            generator (torch.Generator, optional): Draws the samples. (default: in training the
                network's own, in evaluation none, see above)
            samples (tuple of GroupSamples, optional): Those of the first layers and of the last
                convolution, instead of drawn ones.

        Raises:
            ValueError: If images have a wrong shape or are too small, or samples are of another
                group.
        """
        self._check_images(x)
        first, last = self.draw(generator) if samples is None else samples
        convs = [conv for block in self.blocks for conv in block.convs]  # type: ignore[union-attr]
        calls = [
            (self.stem, (first,)),
            *((conv, (first, first)) for conv in convs),
            (self.last, (first, last)),
        ]
        stem, *inner, end = evaluate_kernels(calls)
        x = gelu(_pooled(self.norm(self.stem(x, first, kernel=stem)), self.stem_pool))
        features = GroupFeatures(x, first)
        for i, block in enumerate(self.blocks):
            features = block(features, inner[2 * i : 2 * i + 2])
        x = gelu(_pooled(self.norm(features.x), 2))
        x = gelu(self.norm(self.last(x, features.samples, last, kernel=end)))
        return self.head(self.pool(x, last))

    def draw(self, generator: torch.Generator | None = None) -> Chain:
        r"""The samples of a forward pass: of the first layers, and of the last convolution.

        Args:
            generator (torch.Generator, optional): As in :meth:`forward`.
        """
        num = 1 if self.one_set else 2
        sets = self.sampler.sets(num, next(self.parameters()), generator)
        return sets[0], sets[-1]

    def _check_images(self, x: Tensor) -> None:
        if x.dim() != 4 or x.size(1) != self.in_channels:
            raise ValueError(
                f"'x' must be of shape [B, {self.in_channels}, h, w] (got {list(x.shape)})"
            )
        # The last convolution needs as many pixels as its kernel, unless it pads.
        least = 2 * self.stem_pool * (1 if self.padding else self.kernel_size)
        least += 0 if self.padding else self.stem_size - 1
        if min(x.shape[-2:]) < least:
            raise ValueError(
                f"'x' must have images of {least} x {least} pixels or more for kernels of size "
                f"{self.stem_size} and {self.kernel_size} (got {x.size(-2)} x {x.size(-1)})"
            )

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.group}, {self.in_channels}, {self.hidden_channels}, "
            f"{self.out_channels}, num_blocks={self.num_blocks}, kernel_size={self.kernel_size}, "
            f"num_samples={self.num_samples})"
        )


def _pooled(x: Tensor, size: int) -> Tensor:
    """Spatial max-pooling of features whose channels lie last.

    Windows overlap by the pixels that are left over, so that they cover the image and lie the same
    way from each side: pooling then turns and mirrors with images of any size.
    """
    if size == 1:
        return x
    channels, num = x.shape[1:3]
    window = [size + side % size for side in x.shape[-2:]]
    pooled = max_pool2d(x.transpose(1, 2).flatten(1, 2), window, stride=size)
    return pooled.unflatten(1, (num, channels)).transpose(1, 2)
