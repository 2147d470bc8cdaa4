"""Residual networks on images that are equivariant under affine maps."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, max_pool2d

from pyg_symm.groups import GroupSamples, LieGroup

from ..affine import (
    GroupConv2d,
    GroupFeatures,
    InvariantPool,
    LiftingConv2d,
    SampleNorm,
    evaluate_kernels,
)
from ..affine.affine_block import AffineBlock
from ..bundle.checks import check_sizes

Chain = tuple[GroupSamples, GroupSamples]


class AffineResNet(nn.Module):
    r"""The network from the `"Lie Group Decompositions for Equivariant Neural Networks"
    <https://arxiv.org/abs/2310.11366>`_ paper.

    A lifting convolution, residual blocks of group convolutions, spatial pooling by two, a last
    group convolution, an invariant read-out and a classifier. The result does not change when the
    image is moved by an element of the group, up to the error of the grid of pixels and of the
    samples.

    In training, every forward pass draws samples of the group: one set for the lifting convolution
    and the blocks, whose shortcuts ask for equal samples, and one for the last convolution. Which
    ones follows from :obj:`seed` and the number of draws so far, which is part of the
    ``state_dict``. In evaluation, the samples are always the same, and kernels are computed once.

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
        std (float, optional): The spread of the samples, see
            :meth:`pyg_symm.groups.LieGroup.sample`. (default: :obj:`0.3`)
        weights (str, optional): ``"haar"`` or ``"lognormal"``, as there. (default: ``"haar"``)
        max_angle (float, optional): The largest angle of rotations, as there. (default: all
            rotations)
        narrow (float, optional): What both are multiplied by in evaluation. An image moved by
            :math:`\mathbf{h}` has at :math:`\mathbf{A}` what it had at :math:`\mathbf{h}^{-1}
            \mathbf{A}`, which should be within what training has seen. (default: :obj:`1.0`)
        one_set (bool, optional): If set to :obj:`True`, the last convolution has the samples of the
            layers before it. (default: :obj:`False`)
        stem_size (int, optional): The side of the kernels of the lifting convolution.
            (default: :obj:`kernel_size`)
        stem_pool (int, optional): Spatial max-pooling behind the lifting convolution.
            (default: :obj:`1`)
        padding (bool, optional): If set to :obj:`True`, the lifting and the last convolution pad
            with zeros and lose no position. (default: :obj:`False`)
        resample (bool, optional): If set to :obj:`False`, training takes the samples of evaluation.
            (default: :obj:`True`)
        seed (int, optional): Of the samples in training. (default: :obj:`0`)

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

    num_draws: Tensor

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
        std: float = 0.3,
        weights: str = "haar",
        max_angle: float | None = None,
        narrow: float = 1.0,
        one_set: bool = False,
        stem_size: int | None = None,
        stem_pool: int = 1,
        padding: bool = False,
        resample: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_sizes(
            1,
            hidden_channels=hidden_channels,
            out_channels=out_channels,
            num_samples=num_samples,
            head_channels=head_channels,
            stem_size=(stem_size := kernel_size if stem_size is None else stem_size),
            stem_pool=stem_pool,
        )
        if padding and stem_size % 2 == 0:
            raise ValueError(f"'stem_size' must be odd if images are padded (got {stem_size})")
        check_sizes(0, num_blocks=num_blocks, seed=seed)
        if not isinstance(kernel, str):
            raise ValueError(f"'kernel' must be a name, as every layer has its own (got {kernel})")
        self.group, self.kernel_size, self.num_samples = group, kernel_size, num_samples
        self.in_channels, self.hidden_channels = in_channels, hidden_channels
        self.out_channels, self.num_blocks = out_channels, num_blocks
        if not 0 < narrow <= 1:
            raise ValueError(f"'narrow' must be in (0, 1] (got {narrow!r})")
        self.std, self.weights, self.max_angle, self.narrow = std, weights, max_angle, narrow
        self.resample, self.seed, self.one_set = resample, seed, one_set
        self.stem_size, self.stem_pool, self.padding = stem_size, stem_pool, padding
        given = {"depthwise": depthwise, "kernel": kernel, "mask": mask}
        channels = hidden_channels
        self.stem = LiftingConv2d(
            in_channels,
            channels,
            stem_size,
            group,
            padding=stem_size // 2 if padding else 0,
            bias=False,
            **given,  # type: ignore[arg-type]
        )
        blocks = [AffineBlock(channels, kernel_size, group, **given) for _ in range(num_blocks)]  # type: ignore[arg-type]
        self.blocks = nn.ModuleList(blocks)
        self.last = GroupConv2d(
            channels,
            channels,
            kernel_size,
            group,
            padding=kernel_size // 2 if padding else 0,
            bias=False,
            **given,  # type: ignore[arg-type]
        )
        self.norm, self.pool = SampleNorm(), InvariantPool(pool)
        self.head = nn.Sequential(
            nn.Linear(channels, head_channels, bias=False),
            nn.LayerNorm(head_channels),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(head_channels, out_channels),
        )
        # The network asks the number, so that the device need not be asked.
        self.register_buffer("num_draws", torch.tensor(0))
        self._num_draws = 0
        self._fixed: GroupSamples | None = None
        self.draw(torch.Generator().manual_seed(0))  # Refuses options that samples do not have.

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in (
            self.stem,
            *self.blocks,
            self.last,
            self.head[0],
            self.head[1],
            self.head[4],
        ):
            module.reset_parameters()
        self.num_draws.fill_(0)
        self._num_draws = 0

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
        if generator is None and self.training and self.resample:
            # The generator has 32 bits: seeds are kept far from each other.
            number = (self.seed * 0x9E3779B1 + self._num_draws) % 2**32
            generator = torch.Generator().manual_seed(number)
            self.num_draws += 1
            self._num_draws += 1
        if generator is not None:
            first = self._sample(generator)
            return first, first if self.one_set else self._sample(generator)
        weight, fixed = next(self.parameters()), self._fixed
        if (
            fixed is None
            or len(fixed) != self.num_samples
            or (fixed.elements.dtype, fixed.elements.device) != (weight.dtype, weight.device)
        ):
            fixed = self._fixed = self._sample(None)
        return fixed, fixed

    def _sample(self, generator: torch.Generator | None) -> GroupSamples:
        weight, scale = next(self.parameters()), self.narrow
        if self.training and generator is not None:
            scale = 1.0
        return self.group.sample(
            self.num_samples,
            generator,
            std=scale * self.std,
            weights=self.weights,  # type: ignore[arg-type]
            max_angle=None if self.max_angle is None else scale * self.max_angle,
            dtype=weight.dtype,
            device=weight.device,
        )

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

    def _load_from_state_dict(self, *args: object) -> None:
        super()._load_from_state_dict(*args)
        self._num_draws = int(self.num_draws)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}({self.group}, {self.in_channels}, {self.hidden_channels}, "
            f"{self.out_channels}, num_blocks={self.num_blocks}, kernel_size={self.kernel_size}, "
            f"num_samples={self.num_samples})"
        )


def _pooled(x: Tensor, size: int) -> Tensor:
    """Spatial max-pooling of features whose channels lie last."""
    if size == 1:
        return x
    channels, num = x.shape[1:3]
    pooled = max_pool2d(x.transpose(1, 2).flatten(1, 2), size)
    return pooled.unflatten(1, (num, channels)).transpose(1, 2)
