"""Operators that are commutative and associative for every value of their parameters."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn.inits import reset

from pyg_symm.utils import check_sizes

from .base import CommutativeOperator


class LogSumExpOperator(CommutativeOperator):
    r"""Smooth maximum or minimum with a learned sharpness per channel.

    .. math::
        a \oplus b = \tfrac{1}{\beta} \log \left( e^{\beta a} + e^{\beta b} \right)

    tends to the maximum for :math:`\beta \to \infty` and to the minimum for
    :math:`\beta \to -\infty`. The sign of :math:`\beta`, at which the operator has a pole when it
    crosses zero, is fixed by the initial value; its size is learned on a logarithmic scale.

    Args:
        channels (int): Size of each operand.
        beta (float, optional): Initial sharpness of every channel. If :obj:`None`, channels start
            at :math:`+1` and :math:`-1` in turn. (default: :obj:`None`)

    Raises:
        ValueError: If the sharpness is zero, infinite or NaN.

    Examples:
        >>> op = LogSumExpOperator(1, beta=100.0)
        >>> op(torch.tensor([[2.0]]), torch.tensor([[3.0]])).detach().round(decimals=3)
        tensor([[3.]])
    """

    associative = True
    start: Tensor

    def __init__(self, channels: int, beta: float | None = None) -> None:
        super().__init__(channels)
        if beta is not None and not 0 < abs(beta) < math.inf:
            raise ValueError(f"'beta' must be finite and not zero (got {beta})")
        start = torch.ones(channels) * (1.0 if beta is None else beta)
        if beta is None:
            start[1::2] = -1.0
        self.register_buffer("start", start)
        self.log_scale = torch.nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    @property
    def beta(self) -> Tensor:
        r"""The sharpness :math:`\beta` of each channel :math:`(F)`."""
        return self.start * self.log_scale.exp()

    def reset_parameters(self) -> None:
        torch.nn.init.zeros_(self.log_scale)

    def lift(self, x: Tensor) -> Tensor:
        return x * self.beta

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.logaddexp(left, right)

    def lower(self, state: Tensor) -> Tensor:
        return state / self.beta


class TopKOperator(CommutativeOperator):
    r"""Keeps the :math:`k` smallest values of two lists.

    Every :math:`k` consecutive channels are one list, and

    .. math::
        a \oplus b = \textrm{the } k \textrm{ smallest of } a_1, \ldots, a_k, b_1, \ldots, b_k,
        \textrm{ ascending.}

    With elements :math:`(v, \infty)` and :math:`k = 2` the fold is (minimum, second minimum),
    counting multiplicity. The last list is shorter if :math:`k` does not divide the channels.

    Args:
        channels (int): Size of each operand.
        k (int, optional): Length of a list. (default: :obj:`2`)

    Raises:
        ValueError: If the length is not positive.

    Examples:
        >>> op = TopKOperator(channels=2, k=2)
        >>> op(torch.tensor([[1.0, 5.0]]), torch.tensor([[3.0, 4.0]]))
        tensor([[1., 3.]])
    """

    associative = True

    def __init__(self, channels: int, k: int = 2) -> None:
        super().__init__(channels)
        check_sizes(1, k=k)
        self.k = k

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        rest = self.channels % self.k
        sizes = [self.channels - rest, rest]
        parts = zip(left.split(sizes, -1), right.split(sizes, -1), (self.k, rest), strict=True)
        return torch.cat([_smallest(a, b, k) for a, b, k in parts if a.size(-1) > 0], dim=-1)

    def extra_repr(self) -> str:
        return f"{self.channels}, k={self.k}"


def _smallest(left: Tensor, right: Tensor, k: int) -> Tensor:
    """The ``k`` smallest values of each pair of lists of length ``k``, ascending."""
    # Insertion with elementwise minima and maxima: unlike a sort it halves the gradient between
    # equal values, so that the gradient commutes too, and for short lists it is faster.
    kept: list[Tensor] = []
    lists = (part.unflatten(-1, (-1, k)).unbind(-1) for part in (left, right))
    for value in itertools.chain(*lists):
        for i, other in enumerate(kept):
            kept[i], value = torch.minimum(other, value), torch.maximum(other, value)
        if len(kept) < k:
            kept.append(value)
    return torch.stack(kept, dim=-1).flatten(-2)


class FlowOperator(CommutativeOperator):
    r"""A sum after a learned invertible map.

    .. math::
        a \oplus b = \varphi^{-1} \left( \varphi(a) + \varphi(b) \right)

    Every continuous cancellative associative operation on an interval has this form (Aczel).
    Here :math:`\varphi` is a stack of affine couplings as in `"Density Estimation using Real NVP"
    <https://arxiv.org/abs/1605.08803>`_, each followed by a two-slope rectifier per channel. A new
    operator starts at :math:`\varphi = \mathrm{id}`, the sum.

    Args:
        channels (int): Size of each operand.
        num_layers (int, optional): Couplings; each keeps one half of the channels and maps the
            other. (default: :obj:`2`)
        hidden_channels (int, optional): Width inside a coupling. (default: :obj:`channels`)

    Raises:
        ValueError: If there is no layer, or no hidden channel.

    Examples:
        >>> op, (a, b) = FlowOperator(4), torch.randn(2, 5, 4)
        >>> torch.allclose(op(a, b), a + b, atol=1e-6)
        True
    """

    associative = True

    def __init__(
        self, channels: int, num_layers: int = 2, hidden_channels: int | None = None
    ) -> None:
        super().__init__(channels)
        hidden = channels if hidden_channels is None else hidden_channels
        check_sizes(1, num_layers=num_layers, hidden_channels=hidden)
        self.couplings = torch.nn.ModuleList(
            _Coupling(channels, hidden, swap=i % 2 == 1) for i in range(num_layers)
        )

    def reset_parameters(self) -> None:
        reset(self.couplings)

    def lift(self, x: Tensor) -> Tensor:
        for coupling in self.couplings:
            x = coupling(x)
        return x

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        return left + right

    def lower(self, state: Tensor) -> Tensor:
        for coupling in reversed(self.couplings):
            assert isinstance(coupling, _Coupling)
            state = coupling.inverse(state)
        return state

    def extra_repr(self) -> str:
        return f"{self.channels}, num_layers={len(self.couplings)}"


class _Coupling(torch.nn.Module):
    """Scales and shifts one half of the channels by the other, then bends every channel at zero."""

    def __init__(self, channels: int, hidden_channels: int, swap: bool) -> None:
        super().__init__()
        first = channels // 2
        self.sizes = [channels - first, first] if swap else [first, channels - first]
        self.swap = swap
        kept = self.sizes[1] if swap else self.sizes[0]
        self.lin1 = torch.nn.Linear(max(kept, 1), hidden_channels)  # One channel: a constant.
        self.lin2 = torch.nn.Linear(hidden_channels, 2 * (channels - kept))
        self.log_slopes = torch.nn.Parameter(torch.empty(2, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        self.lin1.reset_parameters()
        torch.nn.init.zeros_(self.lin2.weight)
        torch.nn.init.zeros_(self.lin2.bias)
        torch.nn.init.zeros_(self.log_slopes)

    def forward(self, x: Tensor) -> Tensor:
        kept, moved = self._split(x)
        log_scale, shift = self._affine(kept)
        x = self._join(kept, moved * log_scale.exp() + shift)
        return x * self._slope(x)

    def inverse(self, y: Tensor) -> Tensor:
        kept, moved = self._split(y / self._slope(y))  # The slopes are positive: signs survive.
        log_scale, shift = self._affine(kept)
        return self._join(kept, (moved - shift) * (-log_scale).exp())

    def _affine(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        kept = kept if kept.size(-1) > 0 else kept.new_zeros(*kept.shape[:-1], 1)
        log_scale, shift = self.lin2(self.lin1(kept).tanh()).chunk(2, dim=-1)
        return log_scale.tanh(), shift  # Bounded scales keep the inverse well conditioned.

    def _slope(self, x: Tensor) -> Tensor:
        above, below = self.log_slopes.tanh().exp().to(x.dtype)
        return torch.where(x > 0, above, below)

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        first, second = x.split(self.sizes, dim=-1)
        return (second, first) if self.swap else (first, second)

    def _join(self, kept: Tensor, moved: Tensor) -> Tensor:
        return torch.cat([moved, kept] if self.swap else [kept, moved], dim=-1)


class ProductOperator(CommutativeOperator):
    r"""Several operators side by side, each on channels of its own.

    It is associative if all of its parts are.

    Args:
        operators (Sequence[CommutativeOperator]): The parts; their channels add up.

    Examples:
        >>> op = ProductOperator([LogSumExpOperator(4), TopKOperator(6, k=3)])
        >>> op.channels, op.associative
        (10, True)
    """

    def __init__(self, operators: Sequence[CommutativeOperator]) -> None:
        if len(operators) == 0:
            raise ValueError("'operators' must not be empty (got [])")
        super().__init__(sum(op.channels for op in operators))
        self.operators = torch.nn.ModuleList(operators)
        self.associative = all(op.associative for op in operators)

    def reset_parameters(self) -> None:
        reset(self.operators)

    def lift(self, x: Tensor) -> Tensor:
        return torch.cat([op.lift(p) for op, p in self._parts(x)], dim=-1)

    def merge(self, left: Tensor, right: Tensor) -> Tensor:
        pairs = zip(self._parts(left), self._parts(right), strict=True)
        return torch.cat([op.merge(a, b) for (op, a), (_, b) in pairs], dim=-1)

    def lower(self, state: Tensor) -> Tensor:
        return torch.cat([op.lower(p) for op, p in self._parts(state)], dim=-1)

    def _parts(self, x: Tensor) -> Iterator[tuple[Any, Tensor]]:
        return zip(self.operators, x.split([op.channels for op in self.operators], -1), strict=True)
