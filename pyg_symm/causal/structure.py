"""Structural equations with residuals: what each row would be under an intervention."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .functions import HiddenLayer

# From values of parents [B, n, p] and noise [n] to values [B, n].
Equation = Callable[[Tensor, Tensor], Tensor]
# From values of parents [B, n, p] to values [B, n].
Setting = Callable[[Tensor], Tensor]
# A fit of many functions: inputs, values, masks, folds and a generator.
Fit = Callable[..., HiddenLayer]


@dataclass(frozen=True)
class StructuralModel:
    r"""Structural equations of variables, and the noise of each observed row.

    Columns are numbered in a topological order of the causal graph without the environment.

    Args:
        parents (list): The parents of each column.
        mutable (list): The columns whose mechanisms change.
        target (int): The column to be predicted.
        values (torch.Tensor): The observed rows :math:`(n, D)`.
        equations (dict): For each column that has a mutable ancestor, a function of its parents
            :math:`(B, n, p)` and of noise :math:`(n)`, with values :math:`(B, n)`.
        noise (torch.Tensor): The noise of each row :math:`(n, D)`, as read off the observation.
    """

    parents: list[list[int]]
    mutable: list[int]
    target: int
    values: Tensor
    equations: Mapping[int, Equation]
    noise: Tensor

    def simulate(self, rows: Tensor, settings: Mapping[int, Setting]) -> list[Tensor]:
        r"""The columns of some rows if the mechanisms of others had been different.

        The noise of a row stays what it was. Columns that are not below a changed one stay what
        they were.

        Args:
            rows (torch.Tensor): Numbers of rows :math:`(n)`.
            settings (dict): The new mechanism of each changed column, a function of its parents.

        Returns:
            list: For each column values :math:`(B, n)`, or :math:`(1, n)` where all interventions
            agree.
        """
        columns: list[Tensor] = []
        changed: set[int] = set()
        for column, parents in enumerate(self.parents):
            if column in settings:
                changed.add(column)
                columns.append(settings[column](stacked(columns, parents, len(rows))))
            elif changed.isdisjoint(parents):
                columns.append(self.values[rows, column].unsqueeze(0))
            else:
                changed.add(column)
                given = stacked(columns, parents, len(rows))
                columns.append(self.equations[column](given, self.noise[rows, column]))
        return columns

    def shuffled(
        self, rows: Tensor, columns: list[int], draws: int, generator: torch.Generator
    ) -> Tensor:
        r"""Rows :math:`(\text{draws} \cdot n, D)` in which columns are drawn from all rows.

        Each column has draws of its own, and so becomes independent of everything above it.
        Columns below are what follows from their equations and the noise of the row.
        """
        parts = []
        for _ in range(draws):
            settings: dict[int, Setting] = {}
            for column in columns:
                order = torch.randperm(len(self.values), generator=generator)[: len(rows)]
                drawn = self.values[order, column].unsqueeze(0)
                settings[column] = Constant(drawn)
            parts.append(torch.stack(self.simulate(rows, settings), -1).squeeze(0))
        return torch.cat(parts)


@dataclass(frozen=True)
class AdditiveEquation:
    """A function of the parents, plus noise."""

    function: HiddenLayer

    def __call__(self, parents: Tensor, noise: Tensor) -> Tensor:
        return self.function(parents.unsqueeze(-3)).squeeze(-2) + noise


def fit_structure(
    parents: list[list[int]],
    mutable: list[int],
    target: int,
    values: Tensor,
    regress: Fit,
    fold: Tensor,
    generator: torch.Generator,
    residuals: bool = True,
) -> StructuralModel:
    r"""Fits the equations of all columns below mutable ones, and reads off the noise:

    .. math::
        x_i = g_i(\mathrm{pa}_i) + u_i, \quad u_i = x_i - g_i(\mathrm{pa}_i)

    Stable mechanisms are the same in all environments, so that all rows are fitted together.

    Args:
        parents (list): The parents of each column, which come before it.
        mutable (list): The columns whose mechanisms change.
        target (int): The column to be predicted.
        values (torch.Tensor): The observed rows, standardised :math:`(n, D)`.
        regress (Callable): Fits functions, such as :func:`~pyg_symm.causal.ridge.fit_ridge`.
        fold (torch.Tensor): The fold of each row in cross-validation :math:`(n)`.
        generator (torch.Generator): The source of randomness.
        residuals (bool, optional): Whether columns keep the noise of their row. Without it they
            become functions of their parents, and risks are wrong. (default: :obj:`True`)
    """
    columns = [column for column in below(parents, mutable) if column not in mutable]
    noise = torch.zeros_like(values)
    if not columns:
        return StructuralModel(parents, mutable, target, values, {}, noise)
    mask = torch.zeros(len(columns), len(parents), dtype=torch.bool)
    for i, column in enumerate(columns):
        mask[i, parents[column]] = True
    functions = regress(values, values.T[columns], mask, fold, generator)
    functions = functions.map(lambda value: value.to(values.dtype))
    equations: dict[int, Equation] = {}
    for i, column in enumerate(columns):
        equation = AdditiveEquation(functions.pick(i, parents[column]))
        equations[column] = equation
        if residuals:
            nothing = values.new_zeros(())
            fitted = equation(values[:, parents[column]].unsqueeze(0), nothing).squeeze(0)
            noise[:, column] = values[:, column] - fitted
    return StructuralModel(parents, mutable, target, values, equations, noise)


def stacked(columns: list[Tensor], chosen: list[int], num_rows: int) -> Tensor:
    """Some columns :math:`(B, n)` or :math:`(1, n)`, side by side :math:`(B, n, p)`."""
    if not chosen:
        return torch.empty(1, num_rows, 0)
    return torch.stack(torch.broadcast_tensors(*(columns[i] for i in chosen)), -1)


@dataclass(frozen=True)
class Constant:
    """A mechanism that ignores the parents."""

    values: Tensor

    def __call__(self, parents: Tensor) -> Tensor:
        return self.values


def below(parents: list[list[int]], columns: list[int]) -> list[int]:
    r"""The columns with an ancestor in a set, in order.

    Examples:
        >>> below([[], [0], [1], [], [2, 3]], [1])
        [2, 4]
    """
    found: list[int] = []
    for column, above in enumerate(parents):
        if not set(above).isdisjoint([*columns, *found]):
            found.append(column)
    return found
