r"""Frank-Wolfe steps for two networks, from gradients at permutations alone."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..permutations import Permutation
from .assignment import Members, assign_units
from .objective import Objective


def climb_pair(
    objective: Objective,
    units: Sequence[Members],
    max_steps: int,
    tolerance: float,
    near: Permutation | None = None,
) -> tuple[Permutation, list[float]]:
    r"""Maximizes the objective over doubly stochastic matrices, and rounds the result.

    Where no tensor has more than two axes of classes, the objective is quadratic, and its gradient
    is linear. The gradient at the next point is therefore a mean of that at this point and that at
    the permutation it goes towards, which costs no product of dense matrices, and so is the
    objective along the segment: value and slope at one end and the value at the other one say all.

    Args:
        objective (Objective): What is maximized, with two classes at most for each term.
        units (sequence of tuple): Classes that are solved together, and their heads.
        max_steps (int): The largest number of steps.
        tolerance (float): Stops at a step that gains less, relative to the objective.
        near (dict, optional): Starts halfway between matrices of equal entries and this
            permutation. (default: at matrices of equal entries)

    Returns:
        tuple: The permutation, and the relaxed objective before the first step and after each one.
    """
    point = _Point(objective, [name for names, _ in units for name in names])
    if near is not None:
        point.step(near, 0.5)
    history = [point.value]
    for _ in range(max_steps):
        end = _solved(point.gradient, units)
        if point.slope(end) <= tolerance * abs(point.value):
            break
        point.step(end)
        history.append(point.value)
        if history[-1] - history[-2] <= tolerance * abs(history[-1]):
            break
    return _solved(point.maps, units), history


class _Point:
    """Doubly stochastic matrices, and the value and the gradient of the objective for them."""

    def __init__(self, objective: Objective, names: Sequence[str]) -> None:
        self.objective = objective
        self.gradient = {name: objective.center_matrix(name) for name in names}
        self.maps = {n: torch.full_like(m, 1 / len(m)) for n, m in self.gradient.items()}
        self.value = objective.center_value()

    def slope(self, end: Permutation) -> float:
        """The derivative towards a permutation."""
        return sum(
            float(g.gather(1, end[name].to(g.device)[:, None]).sum() - (g * self.maps[name]).sum())
            for name, g in self.gradient.items()
        )

    def step(self, end: Permutation, share: float | None = None) -> None:
        """Goes towards a permutation, as far as the objective grows or a given share."""
        slope = self.slope(end)
        curve = self.objective.value(end) - self.value - slope
        if share is None:
            share = 1.0 if 2 * curve >= -slope else -slope / (2 * curve)
        for name, matrix in self.maps.items():
            self.gradient[name].lerp_(self.objective.matrix(name, end), share)
            rows = end[name].to(matrix.device)[:, None]
            matrix.mul_(1 - share).scatter_add_(1, rows, torch.full_like(matrix[:, :1], share))
        self.value += share * (slope + share * curve)


def _solved(weights: Mapping[str, Tensor], units: Sequence[Members]) -> Permutation:
    return {
        name: p
        for names, group in units
        for name, p in assign_units({n: weights[n] for n in names}, group).items()
    }
