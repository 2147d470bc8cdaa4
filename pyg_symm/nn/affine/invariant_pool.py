"""Invariant read-outs of functions on an affine group."""

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples


class InvariantPool(torch.nn.Module):
    r"""The maximum or the mean of features over all positions and samples.

    The mean is one under the Haar measure of the affine group,

    .. math::
        \frac{1}{h w} \sum_i \frac{w_i}{|\det \mathbf{A}_i|} \sum_{\mathbf{x}}
        f(\mathbf{x}, \mathbf{A}_i)

    The maximum is biased upward with the number of samples: a network that was trained with one
    number should be evaluated with the same.

    Args:
        mode (str, optional): ``"max"`` or ``"mean"``. (default: ``"max"``)

    Raises:
        ValueError: If there is no such mode.

    Shapes:
        - **input:** features :math:`(B, C, N_H, h, w)`, their samples
        - **output:** :math:`(B, C)`

    Examples:
        >>> from pyg_symm.groups import SL
        >>> InvariantPool("mean")(torch.randn(2, 8, 6, 5, 5), SL(2).sample(6)).shape
        torch.Size([2, 8])
    """

    def __init__(self, mode: str = "max") -> None:
        super().__init__()
        if mode not in ("max", "mean"):
            raise ValueError(f"'mode' must be 'max' or 'mean' (got {mode!r})")
        self.mode = mode

    def forward(self, x: Tensor, samples: GroupSamples) -> Tensor:
        r"""Computes the read-out.

        Args:
            x (torch.Tensor): Features :math:`(B, C, N_H, h, w)`.
            samples (GroupSamples): Their elements.

        Raises:
            ValueError: If features and samples do not fit.
        """
        if x.dim() != 5 or x.size(2) != len(samples):
            raise ValueError(
                f"'x' must be of shape [B, C, {len(samples)}, h, w] (got {list(x.shape)})"
            )
        if self.mode == "max":
            return x.amax((2, 3, 4))
        weights = samples.affine_weights.to(x.dtype)
        return (x.mean((3, 4)) * weights).sum(2)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.mode!r})"
