"""Operators that commute by construction and learn to associate."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.nn.inits import reset

from pyg_symm.utils import check_sizes

from .base import CommutativeOperator


class GRUOperator(CommutativeOperator):
    r"""The binary gated recurrent unit of the `"Learnable Commutative Monoids for Graph Neural
    Networks" <https://arxiv.org/abs/2212.08541>`_ paper.

    .. math::
        a \oplus b = \tfrac{1}{2} \left( g(a, b) + g(b, a) \right)

    with the cell :math:`g(\mathrm{input}, \mathrm{hidden})` of :class:`torch.nn.GRUCell`, whose
    parameter names and initialisation it keeps.

    Args:
        channels (int): Size of each operand.

    Examples:
        >>> op, (a, b) = GRUOperator(3), torch.randn(2, 5, 3)
        >>> torch.equal(op(a, b), op(b, a))
        True
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.weight_ih = torch.nn.Parameter(torch.empty(3 * channels, channels))
        self.weight_hh = torch.nn.Parameter(torch.empty(3 * channels, channels))
        self.bias_ih = torch.nn.Parameter(torch.empty(3 * channels))
        self.bias_hh = torch.nn.Parameter(torch.empty(3 * channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        bound = 1 / math.sqrt(self.channels)
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -bound, bound)

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        size = left.shape
        left, right = left.reshape(-1, self.channels), right.reshape(-1, self.channels)
        # Both orders run the same kernels on the same shapes and are added in an operation that
        # commutes in floating point, so that `a + b` and `b + a` agree to the last bit.
        return ((self._cell(left, right) + self._cell(right, left)) / 2).view(size)

    def _cell(self, x: Tensor, h: Tensor) -> Tensor:
        # Reset and update gates add both matmuls into one buffer, with one bias: faster and
        # smaller than `torch.gru_cell`, which keeps two 3F-wide products for the backward pass.
        w_r, w_z, w_n = self.weight_ih.t().chunk(3, dim=1)
        u_r, u_z, u_n = self.weight_hh.t().chunk(3, dim=1)
        b_r, b_z, b_n = self.bias_ih.chunk(3)
        c_r, c_z, c_n = self.bias_hh.chunk(3)
        r = torch.addmm(torch.addmm(b_r + c_r, x, w_r), h, u_r).sigmoid()
        z = torch.addmm(torch.addmm(b_z + c_z, x, w_z), h, u_z).sigmoid()
        n = torch.addcmul(torch.addmm(b_n, x, w_n), r, torch.addmm(c_n, h, u_n)).tanh()
        return torch.lerp(n.to(h.dtype), h, z.to(h.dtype))  # The casts matter under autocast.


class SymmetricOperator(CommutativeOperator):
    r"""Makes any module of two operands commute.

    .. math::
        a \oplus b = \tfrac{1}{2} \left( f(a, b) + f(b, a) \right)

    Args:
        channels (int): Size of each operand.
        module (Callable): :math:`f`, maps two tensors :math:`(P, *, F)` to one of that shape.

    Examples:
        >>> op = SymmetricOperator(3, torch.nn.Bilinear(3, 3, 3))
        >>> a, b = torch.randn(5, 3), torch.randn(5, 3)
        >>> torch.equal(op(a, b), op(b, a))
        True
    """

    def __init__(self, channels: int, module: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__(channels)
        if not callable(module):
            raise ValueError(f"'module' must be callable (got {module!r})")
        self.module = module

    def reset_parameters(self) -> None:
        reset(self.module)

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        return (self.module(left, right) + self.module(right, left)) / 2


class MLPOperator(CommutativeOperator):
    r"""A sum with a learned correction from symmetric functions of the operands.

    .. math::
        a \oplus b = a + b + \mathrm{MLP}([a + b, \, a \odot b, \, |a - b|])

    The last layer starts at zero: a new operator is the sum, hence exactly associative.

    Args:
        channels (int): Size of each operand.
        hidden_channels (int, optional): Width of the hidden layer. (default: :obj:`channels`)

    Examples:
        >>> op, (a, b) = MLPOperator(3), torch.randn(2, 5, 3)
        >>> torch.equal(op(a, b), a + b)
        True
    """

    def __init__(self, channels: int, hidden_channels: int | None = None) -> None:
        super().__init__(channels)
        self.hidden_channels = channels if hidden_channels is None else hidden_channels
        check_sizes(1, hidden_channels=self.hidden_channels)
        self.lin1 = torch.nn.Linear(3 * channels, self.hidden_channels)
        self.lin2 = torch.nn.Linear(self.hidden_channels, channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        self.lin1.reset_parameters()
        torch.nn.init.zeros_(self.lin2.weight)
        torch.nn.init.zeros_(self.lin2.bias)

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        total = left + right
        features = torch.cat([total, left * right, (left - right).abs()], dim=-1)
        return total + self.lin2(self.lin1(features).relu())

    def extra_repr(self) -> str:
        return f"{self.channels}, hidden_channels={self.hidden_channels}"
