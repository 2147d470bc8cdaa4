"""How far the loss rises between two networks."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_choice, check_sizes

from .interpolate import between
from .states import State, check_fits, check_pair, copy_of

Figures = float | Tensor | Mapping[str, float | Tensor]
Evaluate = Callable[[torch.nn.Module], Figures]
Mend = Callable[[torch.nn.Module, State, State, float], torch.nn.Module]


@dataclass(frozen=True)
class Barrier:
    r"""Losses along the straight path between two networks, and other figures.

    Args:
        points (list): Positions :math:`\lambda` from 0 to 1.
        figures (dict): Each figure by its name, at every position. The first one is the loss.
        higher_is_better (frozenset): Names of figures that are better when they are higher.
    """

    points: list[float]
    figures: dict[str, list[float]]
    higher_is_better: frozenset[str] = field(default_factory=frozenset)

    @property
    def loss_name(self) -> str:
        """The name of the first figure."""
        return next(iter(self.figures))

    @property
    def losses(self) -> list[float]:
        """The loss at every position."""
        return self.figures[self.loss_name]

    @property
    def barrier(self) -> float:
        r"""The height of the loss, :math:`\max_\lambda [ L(\lambda) - (1 - \lambda) L(0) - \lambda
        L(1) ]`. It is never negative, as the ends have height zero.
        """
        return self.height()

    @property
    def midpoint(self) -> float:
        """The height at the middle, or the mean of both heights beside it; negative in a valley."""
        gap = self.gaps()
        return (gap[(len(gap) - 1) // 2] + gap[len(gap) // 2]) / 2

    def height(self, name: str | None = None) -> float:
        r"""How much worse a figure gets on the path than the line between its ends.

        Args:
            name (str, optional): The figure. (default: the loss)

        Raises:
            ValueError: If there is no such figure.
        """
        return max(self.gaps(name))

    def gaps(self, name: str | None = None) -> list[float]:
        r"""How much worse a figure is at each position than the line between its ends.

        Args:
            name (str, optional): The figure. (default: the loss)

        Raises:
            ValueError: If there is no such figure.
        """
        name = self.loss_name if name is None else name
        check_choice("name", name, self.figures)
        values = self.figures[name]
        sign = -1 if name in self.higher_is_better else 1
        line = [values[0] + x * (values[-1] - values[0]) for x in self.points]
        gaps = [sign * (v - chord) for v, chord in zip(values, line, strict=True)]
        return [0.0, *gaps[1:-1], 0.0]

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, for a report."""
        heights = {name: self.height(name) for name in self.figures}
        return {"points": self.points, "figures": self.figures, "barriers": heights}


def barrier(
    model: torch.nn.Module,
    a: State,
    b: State,
    evaluate: Evaluate,
    num_points: int = 25,
    *,
    mend: Mend | None = None,
    higher_is_better: Collection[str] = (),
) -> Barrier:
    r"""Evaluates networks on the straight path between two, as in the `"Git Re-Basin"
    <https://arxiv.org/abs/2209.04836>`_ paper.

    .. math::
        B(a, b) = \max_{\lambda \in [0, 1]} \left[ L((1 - \lambda) a + \lambda b) - (1 - \lambda)
        L(a) - \lambda L(b) \right]

    Args:
        model (torch.nn.Module): A network of the same architecture, which stays as it is.
        a (dict): State dict at :math:`\lambda = 0`.
        b (dict): State dict at :math:`\lambda = 1`; apply the permutation to it before.
        evaluate (Callable): From a network in evaluation mode to its loss, or to several figures by
            name, of which the first is the loss. Called without gradients.
        num_points (int, optional): Positions at equal distances. (default: :obj:`25`)
        mend (Callable, optional): ``mend(network, a, b, weight)`` returns the network to evaluate
            instead, between the ends; for example
            ``lambda net, *_: recalibrate(net, batches)`` for networks with batch norm, or
            ``lambda net, a, b, weight: repair(net, a, b, weight, batches)`` for others.
        higher_is_better (Collection, optional): Names of figures such as accuracies.

    Returns:
        Barrier: ``points``, ``losses``, ``barrier``, and ``height(name)`` of the other figures.

    Raises:
        ValueError: If the state dicts differ or do not fit the model, hold NaN, if there are fewer
            than two positions, or if figures are NaN or change their names.

    Examples:
        >>> model = torch.nn.Linear(1, 1, bias=False)
        >>> states = [{"weight": torch.tensor([[w]])} for w in (-1.0, 1.0)]
        >>> result = barrier(model, *states, lambda net: 1 - net.weight.square().mean(), 5)
        >>> result.losses, result.barrier
        ([0.0, 0.75, 1.0, 0.75, 0.0], 1.0)
    """
    check_sizes(2, num_points=num_points)
    check_pair(a, b)
    check_fits(model, a, "a")
    copied = copy_of(model)
    last = num_points - 1
    points = [k / last for k in range(num_points)]
    figures: dict[str, list[float]] = {}
    for k, point in enumerate(points):
        copied.load_state_dict(between(a, b, point))
        inside = mend is not None and 0 < k < last
        network = mend(copied, a, b, point) if inside and mend is not None else copied
        values = _evaluate(evaluate, network.eval(), point)
        if k > 0 and values.keys() != figures.keys():
            raise ValueError(
                f"'evaluate' must return the same figures everywhere (got {list(values)} at "
                f"{point:g} and {list(figures)} at 0)"
            )
        for name, value in values.items():
            figures.setdefault(name, []).append(value)
    if unknown := [name for name in higher_is_better if name not in figures]:
        raise ValueError(f"'higher_is_better' must be some of {list(figures)} (got {unknown[0]!r})")
    return Barrier(points, figures, frozenset(higher_is_better))


def _evaluate(evaluate: Evaluate, network: torch.nn.Module, point: float) -> dict[str, float]:
    with torch.no_grad():
        result = evaluate(network)
    named = result if isinstance(result, Mapping) else {"loss": result}
    for name, value in named.items():
        if isinstance(value, torch.Tensor) and value.numel() != 1:
            raise ValueError(
                f"'evaluate' must return numbers (got shape {list(value.shape)} for {name!r})"
            )
    values = {str(name): float(value) for name, value in named.items()}
    if not values:
        raise ValueError("'evaluate' must return a figure (got none)")
    for name, value in values.items():
        if math.isnan(value):
            raise ValueError(f"'evaluate' must return numbers (got NaN for {name!r} at {point:g})")
    return values
