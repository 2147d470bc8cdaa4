"""A smooth end of kernels at the cutoff."""

import torch
from torch import Tensor, nn

from pyg_symm.utils import check_sizes


class PolynomialWindow(nn.Module):
    r"""The polynomial envelope from the `"Directional Message Passing for Molecular Graphs"
    <https://arxiv.org/abs/2003.03123>`_ paper.

    .. math::
        w(u) = 1 - \tfrac{(p + 1)(p + 2)}{2} u^p + p (p + 2) u^{p + 1}
        - \tfrac{p (p + 1)}{2} u^{p + 2}, \quad u = \frac{\| \mathbf{r} \|}{r_{\max}} < 1,

    and zero from the cutoff on, where the value and two derivatives vanish.

    Args:
        cutoff (float, optional): The distance :math:`r_{\max}`. Without it, :math:`w = 1`.
            (default: :obj:`None`)
        p (int, optional): The exponent. (default: :obj:`6`)

    Shapes:
        - **input:** distances :math:`(*)`
        - **output:** factors :math:`(*)`

    Examples:
        >>> PolynomialWindow(2.0)(torch.tensor([0.0, 1.0, 2.0, 3.0]))
        tensor([1.0000, 0.8555, 0.0000, 0.0000])
    """

    def __init__(self, cutoff: float | None = None, p: int = 6) -> None:
        super().__init__()
        if cutoff is not None and not cutoff > 0:
            raise ValueError(f"'cutoff' must be positive (got {cutoff})")
        check_sizes(1, p=p)
        self.cutoff, self.p = cutoff, p

    def forward(self, distance: Tensor) -> Tensor:
        """"""  # noqa: D419
        if self.cutoff is None:
            return torch.ones_like(distance)
        p, u = self.p, distance / self.cutoff
        tail = (p + 1) * (p + 2) / 2 - u * (p * (p + 2) - u * (p * (p + 1) / 2))
        return torch.where(u >= 1, torch.zeros_like(u), 1 - u.pow(p) * tail)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.cutoff}, p={self.p})"
