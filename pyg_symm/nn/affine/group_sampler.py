"""Samples of a group for every forward pass of a network."""

from typing import Any

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples, LieGroup
from pyg_symm.utils import check_sizes


class GroupSampler(torch.nn.Module):
    r"""Draws samples of a group: new ones for each call in training, always the same ones in
    evaluation.

    Which ones training draws follows from :obj:`seed` and the number of draws so far, which is part
    of the ``state_dict``. Global random numbers are neither used nor changed.

    Args:
        group (LieGroup): The group of matrices.
        num_samples (int): The number of samples :math:`N_H`. It can be changed in the attribute of
            this name.
        std (float, optional): The spread of the samples, see
            :meth:`pyg_symm.groups.LieGroup.sample`. (default: :obj:`0.3`)
        weights (str, optional): ``"haar"`` or ``"lognormal"``, as there. (default: ``"haar"``)
        max_angle (float, optional): The arc of rotations of the plane, as there.
            (default: all rotations)
        narrow (float, optional): What both are multiplied by in evaluation. An input moved by
            :math:`\mathbf{h}` has at :math:`\mathbf{A}` what it had at :math:`\mathbf{h}^{-1}
            \mathbf{A}`, which should be within what training has seen. (default: :obj:`1.0`)
        resample (bool, optional): If set to :obj:`False`, training takes the samples of evaluation.
            (default: :obj:`True`)
        seed (int, optional): Of the samples in training. (default: :obj:`0`)

    Raises:
        ValueError: If an argument is out of range.

    Examples:
        >>> from pyg_symm.groups import SL
        >>> GroupSampler(SL(2), 6)(torch.zeros(1))
        GroupSamples(SL(2), 6)
    """

    num_draws: Tensor

    def __init__(
        self,
        group: LieGroup,
        num_samples: int,
        std: float = 0.3,
        weights: str = "haar",
        max_angle: float | None = None,
        narrow: float = 1.0,
        resample: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__()
        check_sizes(1, num_samples=num_samples)
        check_sizes(0, seed=seed)
        if not isinstance(group, LieGroup):
            raise ValueError(f"'group' must be a group of matrices, as SL(2) (got {group!r})")
        self.group, self.num_samples = group, num_samples
        if not 0 < narrow <= 1:
            raise ValueError(f"'narrow' must be in (0, 1] (got {narrow!r})")
        self.std, self.weights, self.max_angle, self.narrow = std, weights, max_angle, narrow
        self.resample, self.seed = resample, seed
        # The network asks the number, so that the device need not be asked.
        self.register_buffer("num_draws", torch.tensor(0))
        self._num_draws = 0
        self._fixed: GroupSamples | None = None
        self._sample(None, torch.empty(0))  # Refuses options that samples do not have.

    def reset_parameters(self) -> None:
        r"""Begins again with the first draw."""
        self.num_draws.fill_(0)
        self._num_draws = 0

    def forward(self, like: Tensor, generator: torch.Generator | None = None) -> GroupSamples:
        r"""The next samples.

        Args:
            like (torch.Tensor): Gives their type and device.
            generator (torch.Generator, optional): Draws them instead, also in evaluation.
        """
        return self.sets(1, like, generator)[0]

    def sets(
        self, num: int, like: Tensor, generator: torch.Generator | None = None
    ) -> list[GroupSamples]:
        r"""Several sets of samples of one draw, which are one and the same if nothing is drawn.

        Args:
            num (int): The number of sets.
            like (torch.Tensor): As in :meth:`forward`.
            generator (torch.Generator, optional): As in :meth:`forward`.
        """
        if generator is None and self.training and self.resample:
            # The generator has 32 bits: seeds are kept far from each other.
            number = (self.seed * 0x9E3779B1 + self._num_draws) % 2**32
            generator = torch.Generator().manual_seed(number)
            self.num_draws += 1
            self._num_draws += 1
        if generator is not None:
            return [self._sample(generator, like) for _ in range(num)]
        fixed = self._fixed
        if (
            fixed is None
            or len(fixed) != self.num_samples
            or (fixed.elements.dtype, fixed.elements.device) != (like.dtype, like.device)
        ):
            with torch.inference_mode(False):  # They may be needed in training, too.
                fixed = self._fixed = self._sample(None, like)
        return [fixed] * num

    def _sample(self, generator: torch.Generator | None, like: Tensor) -> GroupSamples:
        scale = 1.0 if self.training and generator is not None else self.narrow
        return self.group.sample(
            self.num_samples,
            generator,
            std=scale * self.std,
            weights=self.weights,  # type: ignore[arg-type]
            max_angle=None if self.max_angle is None else scale * self.max_angle,
            dtype=like.dtype,
            device=like.device,
        )

    def _load_from_state_dict(self, *args: Any) -> None:
        super()._load_from_state_dict(*args)
        self._num_draws = int(self.num_draws)

    def extra_repr(self) -> str:
        return f"{self.group}, {self.num_samples}, std={self.std}, weights={self.weights!r}"
