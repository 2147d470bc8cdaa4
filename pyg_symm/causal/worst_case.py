"""The largest risk of predictors over interventions."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from .functions import HiddenLayer
from .structure import Setting, StructuralModel, stacked

_BATCH = 256  # Rows of a step.
_RATE = 0.05

# From simulated columns to predictions [K C, n].
Predict = Callable[[list[Tensor]], Tensor]


class Interventions(Protocol):
    """Mechanisms that can be trained, such as :class:`~.interventions.BoundedInterventions`."""

    def parameters(self) -> Sequence[Tensor]: ...

    def settings(self) -> dict[int, Setting]: ...


class Predictors:
    r"""Predictions of one function for each class, from simulated columns.

    Args:
        functions (HiddenLayer): The functions of :math:`C` classes.
        columns (list): Which columns are their inputs.
        restarts (int): The number of restarts :math:`K`.
    """

    def __init__(self, functions: HiddenLayer, columns: list[int], restarts: int) -> None:
        self.functions, self.columns, self.restarts = functions, columns, restarts

    def __call__(self, columns: list[Tensor]) -> Tensor:
        num, classes = columns[0].size(-1), len(self.functions)
        x = stacked(columns, self.columns, num)
        x = x.expand(self.restarts * classes, -1, -1).unflatten(0, (self.restarts, classes))
        return self.functions(x).flatten(0, 1)


def squared_errors(
    model: StructuralModel, predict: Predict, rows: Tensor, interventions: Interventions
) -> Tensor:
    r"""Squared errors :math:`(K C, n)` of predictions for rows under interventions."""
    columns = model.simulate(rows, interventions.settings())
    return (columns[model.target] - predict(columns)).square()


def maximise(
    model: StructuralModel,
    predict: Predict,
    rows: Tensor,
    interventions: Interventions,
    generator: torch.Generator,
    steps: int = 100,
) -> Tensor:
    r"""Trains all interventions at once to make the mean squared errors of rows large.

    Args:
        model (StructuralModel): The variables.
        predict (Callable): The predictors.
        rows (torch.Tensor): Numbers of rows :math:`(n)`.
        interventions (Interventions): The mechanisms, which are changed.
        generator (torch.Generator): Draws the rows of each step.
        steps (int, optional): The number of steps. (default: :obj:`100`)

    Returns:
        torch.Tensor: The mean squared errors :math:`(K C)` that were reached.
    """
    if parameters := list(interventions.parameters()):
        optimizer = torch.optim.Adam(parameters, _RATE)
        schedule: Any = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(steps):
            batch = rows
            if len(rows) > _BATCH:
                batch = rows[torch.randperm(len(rows), generator=generator)[:_BATCH]]
            loss = -squared_errors(model, predict, batch, interventions).mean(-1).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        return squared_errors(model, predict, rows, interventions).mean(-1)
