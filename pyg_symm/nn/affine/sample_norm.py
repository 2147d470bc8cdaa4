"""Normalisation of functions on an affine group."""

import torch
from torch import Tensor


class SampleNorm(torch.nn.Module):
    r"""Layer normalisation of each image over channels, samples and positions.

    It has no parameters, and is therefore equivariant under all moves of positions and samples.

    Args:
        eps (float, optional): Added to the variance. (default: :obj:`1e-5`)

    Shapes:
        - **input:** features :math:`(B, C, N_H, h, w)`
        - **output:** the same shape

    Examples:
        >>> SampleNorm()(torch.randn(2, 8, 6, 5, 5)).var(dim=(1, 2, 3, 4), correction=0)
        tensor([1.0000, 1.0000])
    """

    def __init__(self, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        r"""Normalises the features.

        Args:
            x (torch.Tensor): Features :math:`(B, C, N_H, h, w)`.
        """
        # Convolutions give channels last, and an order of the numbers does not matter here.
        flat = x.permute(0, 3, 4, 2, 1)
        out = torch.nn.functional.layer_norm(flat, flat.shape[1:], eps=self.eps)
        return out.permute(0, 4, 3, 1, 2)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}()"
