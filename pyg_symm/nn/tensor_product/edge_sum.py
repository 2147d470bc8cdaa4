r"""Sums over edges of features on a grid, times a filter of each edge.

.. math::
    s_{ncg} = \sum_{e : t_e = n} x_{s_e c g} \, \varphi_{ecg} \qquad
    \varphi_{ecg} = \sum_l w_{ecl} \sum_m y_{elm} \, T_{lmg}

with features :math:`x` of the senders :math:`(N, C, G)`, weights :math:`w` :math:`(E, C, L + 1)`,
coefficients :math:`y` :math:`(E, (L + 1)^2)` that all channels share, and a fixed table :math:`T`
:math:`((L + 1)^2, G)`. Filters and messages have :math:`E C G` values, which fit into no cache and
often into no memory. They are computed for some edges at a time, and again in the backward pass.

The sum over all indices of :math:`b_{t_e c g} \, x_{s_e c g} \, \varphi_{ecg}` is linear in each of
its four factors. Its derivatives by one of them are three functions, whose derivatives are these
three again; the functions below therefore have derivatives of any order.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

from pyg_symm.utils.plain import needs_plain_functions

# How many values of a filter are computed at a time: few enough for a core's cache.
_CHUNK = {"cpu": 2**19}
_CHUNK_ELSEWHERE = 2**26


class Ends(NamedTuple):
    r"""The ends of edges.

    Args:
        source (torch.Tensor): The sender of each edge :math:`(E)`.
        target (torch.Tensor): The receiver of each edge :math:`(E)`.
        num_sources (int): The number of senders.
        num_targets (int): The number of receivers.
    """

    source: Tensor
    target: Tensor
    num_sources: int
    num_targets: int

    def turned(self) -> "Ends":
        """The same edges, from receivers to senders."""
        return Ends(self.target, self.source, self.num_targets, self.num_sources)


def edge_sum(x: Tensor, weight: Tensor, y: Tensor, table: Tensor, ends: Ends) -> Tensor:
    r"""The sum :math:`s` over edges :math:`(N, C, G)`.

    Args:
        x (torch.Tensor): Features of senders on the grid :math:`(N, C, G)`.
        weight (torch.Tensor): Weights of edges :math:`(E, C, L + 1)`.
        y (torch.Tensor): Harmonics of edges :math:`(E, (L + 1)^2)`.
        table (torch.Tensor): The value of each component at each point :math:`((L + 1)^2, G)`.
        ends (Ends): The ends of edges.
    """
    if needs_plain_functions():
        return plain_edge_sum(x, weight, y, table, ends)
    return _ToNodes.apply(x, weight, y, table, ends)


def plain_edge_sum(x: Tensor, weight: Tensor, y: Tensor, table: Tensor, ends: Ends) -> Tensor:
    r"""As :func:`edge_sum`, with all filters and messages at once."""
    messages = x.index_select(0, ends.source) * torch.bmm(weight, _profiles(y, table))
    out = x.new_zeros(ends.num_targets, *x.shape[1:])
    return out.index_add(0, ends.target, messages)


def _without_autocast(forward: Callable) -> Callable:
    """Backward passes call these functions too, which may run inside of autocast."""

    @wraps(forward)
    def exact(ctx: Any, x: Tensor, *args: Any) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return forward(ctx, x, *args)

    return exact


class _ToNodes(Function):
    @staticmethod
    @_without_autocast
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, y: Tensor, table: Tensor, ends: Ends
    ) -> Tensor:
        ctx.save_for_backward(x, weight, y, table)
        ctx.ends = ends
        out = x.new_zeros(ends.num_targets, *x.shape[1:])
        for part in _chunks(x, ends):
            values = torch.bmm(weight[part], _profiles(y[part], table))
            values *= x.index_select(0, ends.source[part])
            out.index_add_(0, ends.target[part], values)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        x, weight, y, table = ctx.saved_tensors
        needs = ctx.needs_input_grad
        return (
            _ToNodes.apply(grad, weight, y, table, ctx.ends.turned()) if needs[0] else None,
            _ToWeights.apply(x, grad, y, table, ctx.ends) if needs[1] else None,
            _ToHarmonics.apply(x, grad, weight, table, ctx.ends) if needs[2] else None,
            None,
            None,
        )


class _ToWeights(Function):
    @staticmethod
    @_without_autocast
    def forward(ctx: Any, x: Tensor, b: Tensor, y: Tensor, table: Tensor, ends: Ends) -> Tensor:
        ctx.save_for_backward(x, b, y, table)
        ctx.ends = ends
        out = [x.new_zeros(0, x.size(1), _num_degrees(table))]
        for part in _chunks(x, ends):
            products = x.index_select(0, ends.source[part])
            products *= b.index_select(0, ends.target[part])
            out.append(torch.bmm(products, _profiles(y[part], table).mT))
        return torch.cat(out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        x, b, y, table = ctx.saved_tensors
        needs = ctx.needs_input_grad
        return (
            _ToNodes.apply(b, grad, y, table, ctx.ends.turned()) if needs[0] else None,
            _ToNodes.apply(x, grad, y, table, ctx.ends) if needs[1] else None,
            _ToHarmonics.apply(x, b, grad, table, ctx.ends) if needs[2] else None,
            None,
            None,
        )


class _ToHarmonics(Function):
    @staticmethod
    @_without_autocast
    def forward(
        ctx: Any, x: Tensor, b: Tensor, weight: Tensor, table: Tensor, ends: Ends
    ) -> Tensor:
        ctx.save_for_backward(x, b, weight, table)
        ctx.ends = ends
        out = [x.new_zeros(0, table.size(0))]
        for part in _chunks(x, ends):
            products = x.index_select(0, ends.source[part])
            products *= b.index_select(0, ends.target[part])
            profiles = torch.bmm(weight[part].mT, products)  # [edges, L + 1, G]
            degrees = zip(profiles.unbind(1), _by_degree(table), strict=True)
            out.append(torch.cat([values @ rows.T for values, rows in degrees], dim=1))
        return torch.cat(out)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        x, b, weight, table = ctx.saved_tensors
        needs = ctx.needs_input_grad
        return (
            _ToNodes.apply(b, weight, grad, table, ctx.ends.turned()) if needs[0] else None,
            _ToNodes.apply(x, weight, grad, table, ctx.ends) if needs[1] else None,
            _ToWeights.apply(x, b, grad, table, ctx.ends) if needs[2] else None,
            None,
            None,
        )


def _chunks(x: Tensor, ends: Ends) -> Iterator[slice]:
    size = _CHUNK.get(x.device.type, _CHUNK_ELSEWHERE)
    step = max(1, size // max(1, x.size(1) * x.size(2)))
    for start in range(0, ends.source.numel(), step):
        yield slice(start, start + step)


def _profiles(y: Tensor, table: Tensor) -> Tensor:
    """The filter of each degree on the grid [edges, L + 1, G]."""
    rows = _by_degree(table)
    degrees = zip(y.split([row.size(0) for row in rows], dim=1), rows, strict=True)
    return torch.stack([values @ row for values, row in degrees], dim=1)


def _by_degree(table: Tensor) -> tuple[Tensor, ...]:
    return table.split([2 * degree + 1 for degree in range(_num_degrees(table))])


def _num_degrees(table: Tensor) -> int:
    return round(table.size(0) ** 0.5)
