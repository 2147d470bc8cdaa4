"""Functions on an affine group, together with the elements at which they are known."""

from typing import NamedTuple

from torch import Tensor

from pyg_symm.groups import GroupSamples


class GroupFeatures(NamedTuple):
    r"""Features, together with the samples of the group that they belong to.

    Args:
        x (torch.Tensor): Features :math:`(B, C, N_H, h, w)`.
        samples (GroupSamples): The :math:`N_H` elements.
    """

    x: Tensor
    samples: GroupSamples
