"""Functions with one hidden layer, many at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class HiddenLayer:
    r"""A batch of functions, each of them a linear one and a hidden layer:

    .. math::
        f(x) = c + a^\top x + \sum_h v_h \, \sigma(w_h^\top x + b_h)

    Random Fourier features and networks both have this form; they differ in how they are fitted.

    Args:
        weight (torch.Tensor): The weights :math:`w` of :math:`C` functions of :math:`d` inputs with
            :math:`H` units :math:`(C, d, H)`.
        shift (torch.Tensor): The shifts :math:`b` :math:`(C, H)`.
        out (torch.Tensor): The weights :math:`v` :math:`(C, H)`.
        linear (torch.Tensor): The coefficients :math:`a` :math:`(C, d)`.
        bias (torch.Tensor): The constants :math:`c` :math:`(C)`.
        activation (Callable, optional): The function :math:`\sigma`. (default: the cosine)

    Shapes:
        - **input:** :math:`(*, C, n, d)`, or what broadcasts to it
        - **output:** :math:`(*, C, n)`
    """

    weight: Tensor
    shift: Tensor
    out: Tensor
    linear: Tensor
    bias: Tensor
    activation: Callable[[Tensor], Tensor] = torch.cos

    def __call__(self, x: Tensor) -> Tensor:
        value = (x @ self.linear.unsqueeze(-1)).squeeze(-1) + self.bias.unsqueeze(-1)
        if self.out.size(-1) == 0:
            return value
        hidden = self.activation(x @ self.weight + self.shift.unsqueeze(-2))
        return value + (hidden @ self.out.unsqueeze(-1)).squeeze(-1)

    def __len__(self) -> int:
        return len(self.bias)

    def map(self, change: Callable[[Tensor], Tensor]) -> "HiddenLayer":
        """The functions with all tensors changed, such as to another precision."""
        return HiddenLayer(
            change(self.weight),
            change(self.shift),
            change(self.out),
            change(self.linear),
            change(self.bias),
            self.activation,
        )

    def pick(self, index: int, columns: list[int] | None = None) -> "HiddenLayer":
        """One of the functions, as a function of some inputs if it ignores all others."""
        one = self.map(lambda value: value[index : index + 1])
        if columns is None:
            return one
        return replace(one, weight=one.weight[:, columns], linear=one.linear[:, columns])
