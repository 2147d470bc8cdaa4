"""Correlated uniform random numbers."""

import torch
from torch import Tensor


class CopulaUniforms:
    r"""Uniform random numbers of elements that are correlated within each set: a Gaussian copula.

    .. math::
        g_i = \frac{d_i \epsilon_i + \mathbf{u}_i^{\top} \boldsymbol{\epsilon}_V}
        {\sqrt{d_i^2 + \lVert \mathbf{u}_i \rVert^2}}, \qquad
        v_i = \Phi(g_i)

    with standard normal :math:`\epsilon_i` of each element and :math:`\boldsymbol{\epsilon}_V` of
    each set. The denominator makes the variance of :math:`g_i` one, and :math:`v_i` uniform.
    Without it, as in the released code of EquiVSet, an element is not drawn with its own
    probability.

    Args:
        scale (torch.Tensor): Scales :math:`d_i > 0`, :math:`(N)`.
        factors (torch.Tensor): Factors :math:`\mathbf{u}_i`, :math:`(N, r)`.
        index (torch.Tensor): The set of each element :math:`(N)`.
        dim_size (int): The number of sets.
    """

    def __init__(self, scale: Tensor, factors: Tensor, index: Tensor, dim_size: int) -> None:
        norm = (scale.square() + factors.square().sum(dim=-1)).sqrt()
        self.scale, self.factors = scale / norm, factors / norm.unsqueeze(-1)
        self.index, self.dim_size = index, dim_size

    def __call__(self, num_samples: int, generator: torch.Generator | None = None) -> Tensor:
        r"""Numbers for each of some samples :math:`(M, N)`."""

        def normal(*size: int) -> Tensor:
            device = self.scale.device if generator is None else generator.device
            drawn = torch.randn(*size, generator=generator, device=device, dtype=self.scale.dtype)
            return drawn.to(self.scale.device)

        own = self.scale * normal(num_samples, self.scale.numel())
        of_sets = normal(num_samples, self.dim_size, self.factors.size(1))
        return torch.special.ndtr(own + (of_sets[:, self.index] * self.factors).sum(dim=-1))
