"""All equivariant linear maps between features of order 0, 1 and 2."""

import math
from collections.abc import Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from pyg_symm.groups import broadcast, contract, num_equivariant_maps
from pyg_symm.groups.tuples import Tuples
from pyg_symm.utils import TuplePlan, check_choice, check_sizes

Channels = tuple[int, int, int]

_AGGREGATIONS = ("mean", "sum")


class MixedOrderLinear(torch.nn.Module):
    r"""All equivariant linear maps from features of order 0, 1 and 2 to features of these orders.

    .. math::
        \mathbf{Y}^{(q)} = \mathbf{b}^{(q)} + \sum_{p} \sum_{\pi} B^{\pi} \mathbf{X}^{(p)}
        \mathbf{W}_{\pi}

    with one weight matrix for each map of :func:`~pyg_symm.groups.equivariant_basis`, after
    `"Invariant and Equivariant Graph Networks" <https://arxiv.org/abs/1812.09902>`_. Weights are
    applied at the level of pairs, nodes and sets, and broadcast from there: the number of
    multiplications is that of two matrices on the pairs, not of fifteen.

    Args:
        in_channels (tuple): Size of each input sample of order 0, 1 and 2, 0 where there is none.
        out_channels (tuple): Size of each output sample of order 0, 1 and 2.
        bias (bool, optional): Learn a bias for each set, node and pair, and another for the pairs
            on the diagonal. (default: :obj:`True`)
        aggr (str, optional): ``"mean"`` divides every sum over nodes by their number, ``"sum"``
            does not. (default: ``"mean"``)

    Raises:
        ValueError: If an argument is out of range.

    Shapes:
        - **input:** order 0 :math:`(S, c_0)`, order 1 :math:`(n, c_1)`, order 2 :math:`(T, c_2)`,
          :obj:`None` for orders without channels; a
          :class:`~pyg_symm.utils.TuplePlan`
        - **output:** order 0 :math:`(S, d_0)`, order 1 :math:`(n, d_1)`, order 2 :math:`(T, d_2)`,
          likewise

    Examples:
        >>> plan = TuplePlan.from_ptr(torch.tensor([0, 2, 5]))
        >>> lin = MixedOrderLinear((0, 4, 8), (2, 0, 3))
        >>> sets, _, pairs = lin((None, torch.randn(5, 4), torch.randn(13, 8)), plan)
        >>> sets.shape, pairs.shape
        (torch.Size([2, 2]), torch.Size([13, 3]))
    """

    def __init__(
        self,
        in_channels: Channels,
        out_channels: Channels,
        bias: bool = True,
        aggr: str = "mean",
    ) -> None:
        super().__init__()
        self.in_channels = check_channels("in_channels", in_channels)
        self.out_channels = check_channels("out_channels", out_channels)
        check_choice("aggr", aggr, _AGGREGATIONS)
        self.aggr = aggr
        (c0, c1, c2), (d0, d1, d2) = self.in_channels, self.out_channels
        # Rows and columns in the order of `contract` and `broadcast`.
        self.weight_pairs = self._weight(2 * d2, c2)
        self.weight_nodes = self._weight(3 * d2 + d1, 3 * c2 + c1)
        self.weight_sets = self._weight(2 * d2 + d1 + d0, 2 * c2 + c1 + c0)
        if bias:
            self.bias = torch.nn.Parameter(torch.empty(2 * d2 + d1 + d0))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _weight(self, rows: int, cols: int) -> torch.nn.Parameter | None:
        return torch.nn.Parameter(torch.empty(rows, cols)) if rows > 0 and cols > 0 else None

    def reset_parameters(self) -> None:
        r"""Draws weights so that the variance does not grow with the number of maps."""
        d0, d1, d2 = self.out_channels
        fan_in = [
            sum(num_equivariant_maps(p, q) * c for p, c in enumerate(self.in_channels))
            for q in range(3)
        ]
        for weight, parts in (
            (self.weight_pairs, [(2 * d2, 2)]),
            (self.weight_nodes, [(2 * d2, 2), (d1, 1), (d2, 2)]),
            (self.weight_sets, [(2 * d2, 2), (d1, 1), (d0, 0)]),
        ):
            if weight is not None:
                for block, (_, q) in zip(weight.split([n for n, _ in parts]), parts, strict=True):
                    torch.nn.init.normal_(block, std=math.sqrt(2 / fan_in[q]))
        if self.bias is not None:
            torch.nn.init.zeros_(self.bias)

    def forward(self, xs: Tuples, plan: TuplePlan) -> Tuples:
        """"""  # noqa: D419
        xs = self._check(xs, plan)
        d0, d1, d2 = self.out_channels
        seen_by_nodes, seen_by_sets = contract(xs, plan, mean=self.aggr == "mean")
        assert self.weight_sets is not None and seen_by_sets is not None  # Sets see all orders.
        sets = F.linear(seen_by_sets, self.weight_sets, self.bias)
        to_all, zero = sets.split([2 * d2 + d1, d0], dim=-1)
        if d1 == d2 == 0:
            return zero, None, None
        nodes = plan.sets.expand(to_all)
        if self.weight_nodes is None:
            col = nodes.new_zeros(plan.num_nodes, d2)
        else:
            assert seen_by_nodes is not None
            mixed = F.linear(seen_by_nodes, self.weight_nodes)
            nodes, col = nodes + mixed[:, : 2 * d2 + d1], mixed[:, 2 * d2 + d1 :]
        row, diagonal, one = nodes.split([d2, d2, d1], dim=-1)
        two = None
        if d2 > 0:
            pairs = None
            if self.weight_pairs is not None:
                pairs = F.linear(cast(Tensor, xs[2]), self.weight_pairs)
            two = broadcast(pairs, row, diagonal, col, plan)
        return zero if d0 > 0 else None, one if d1 > 0 else None, two

    def _check(self, xs: Tuples, plan: TuplePlan) -> Tuples:
        """Inputs of the right shape, those without channels left out."""
        rows = (plan.num_sets, plan.num_nodes, plan.num_pairs)
        kept: list[Tensor | None] = []
        for p, (x, num, c) in enumerate(zip(xs, rows, self.in_channels, strict=True)):
            if c > 0 and (x is None or x.shape != (num, c)):
                got = None if x is None else list(x.shape)
                raise ValueError(f"'x' of order {p} must have shape [{num}, {c}] (got {got})")
            if c > 0 and x is not None and not x.is_floating_point():
                raise ValueError(
                    f"'x' of order {p} must hold floating-point numbers (got {x.dtype})"
                )
            kept.append(x if c > 0 else None)
        return kept[0], kept[1], kept[2]

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.in_channels}, {self.out_channels})"


def check_channels(name: str, channels: Channels) -> Channels:
    """Sizes of order 0, 1 and 2, or an error that names the argument."""
    if not isinstance(channels, Sequence) or len(channels) != 3 or not any(channels):
        raise ValueError(
            f"'{name}' must give sizes of order 0, 1 and 2, not all 0 (got {channels!r})"
        )
    for size in channels:
        check_sizes(0, **{name: size})
    return cast(Channels, tuple(channels))
