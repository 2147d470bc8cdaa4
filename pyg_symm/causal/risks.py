"""Worst-case risks of sets of stable variables, all sets at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from .functions import HiddenLayer
from .interventions import BoundedInterventions
from .structure import Fit, StructuralModel
from .worst_case import Predictors, maximise, squared_errors

_ELEMENTS = 1 << 24  # Hidden units of all predictors for all rows, at a time.
_UNITS = 128


class Risk(NamedTuple):
    """The worst-case risk of one set of variables.

    Attributes:
        estimate: The risk of the best restart, on rows that it was not trained on.
        lower: The smallest risk of a restart.
        upper: The largest risk of a restart.
        standard_error: The standard error of the estimate, of rows only.
    """

    estimate: float
    lower: float
    upper: float
    standard_error: float

    def __float__(self) -> float:
        return self.estimate


@dataclass
class RiskEstimator:
    r"""Fits the interventional predictors of sets of variables, and finds their worst-case risks.

    The predictor of a set :math:`S` is the regression of the target on :math:`x_S, x_M` in rows
    whose mutable columns have been shuffled, with everything below simulated again. Its worst
    intervention is sought on the same half of the rows, and evaluated on the other half; then the
    halves change places. All sets share random numbers.

    Args:
        model (StructuralModel): The variables.
        inputs (list): The columns that predictors may use.
        regress (Callable): Fits functions, such as :func:`~pyg_symm.causal.ridge.fit_ridge`.
        fold (torch.Tensor): The fold of each row in cross-validation :math:`(n)`.
        shuffled (list): The columns that are shuffled for the regression.
        shift_budget (float): The range of interventions, see :class:`BoundedInterventions`.
        restarts (int): The number of restarts.
        seed (int): The seed of all random numbers.
        draws (int, optional): How often each row is simulated for the regression.
            (default: :obj:`4`)
        steps (int, optional): The number of steps of the search. (default: :obj:`100`)
        interventions (type, optional): The class of the interventions.
    """

    model: StructuralModel
    inputs: list[int]
    regress: Fit
    fold: Tensor
    shuffled: list[int]
    shift_budget: float
    restarts: int
    seed: int
    draws: int = 4
    steps: int = 100
    interventions: type[BoundedInterventions] = BoundedInterventions

    def fit(self, sets: Sequence[Iterable[int]], rows: Tensor) -> HiddenLayer:
        r"""The interventional predictors of sets of columns, mutable ones included, from rows."""
        mask = torch.tensor([[column in s for column in self.inputs] for s in map(set, sets)])
        data = self.model.shuffled(rows, self.shuffled, self.draws, self.generator(0))
        x, y = data[:, self.inputs], data[:, self.model.target]
        fold = self.fold[rows].repeat(self.draws)
        found = self.regress(x, y, mask.view(len(mask), -1), fold, self.generator(1))
        return found.map(lambda value: value.to(self.model.values.dtype))

    def worst(
        self, functions: HiddenLayer, rows: Tensor
    ) -> tuple[Predictors, BoundedInterventions, Tensor]:
        r"""The predictors, their worst interventions on rows, and the risks :math:`(K, C)`."""
        num = len(functions)
        predict = Predictors(functions, self.inputs, self.restarts)
        chosen = self.interventions(
            self.model, self.shift_budget, self.restarts, num, self.generator(2)
        )
        reached = maximise(self.model, predict, rows, chosen, self.generator(3), self.steps)
        return predict, chosen, reached.view(-1, num)

    def risks(self, sets: Sequence[Iterable[int]]) -> list[Risk]:
        """The worst-case risk of each set of columns, mutable ones included."""
        rows = torch.randperm(len(self.model.values), generator=self.generator(4))
        size = max(1, _ELEMENTS // (len(rows) // 2 * _UNITS * self.restarts))
        found = []
        for start in range(0, len(sets), size):
            halves = rows.tensor_split(2)
            some = sets[start : start + size]
            parts = [self._half(some, *pair) for pair in (halves, halves[::-1])]
            found += self._summarise(*zip(*parts, strict=True))
        return found

    def _half(
        self, sets: Sequence[Iterable[int]], rows: Tensor, others: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The smallest, the best restart's and the largest mean error, and all errors of the best.

        Their shapes are :math:`(3, C)` and :math:`(C, n)`.
        """
        predict, chosen, reached = self.worst(self.fit(sets, rows), rows)
        with torch.no_grad():
            errors = squared_errors(self.model, predict, others, chosen)
        errors = errors.expand(self.restarts * len(sets), -1)
        errors = errors.view(self.restarts, len(sets), -1)
        best = reached.argmax(0), torch.arange(len(sets))
        means = errors.double().mean(-1)
        return torch.stack([means.amin(0), means[best], means.amax(0)]), errors[best]

    @staticmethod
    def _summarise(means: Sequence[Tensor], best: Sequence[Tensor]) -> list[Risk]:
        errors = torch.cat(list(best), -1).double()
        num = errors.size(-1)
        # One sum for all three, so that not even rounding changes their order.
        lower, estimate, upper = sum(
            (m * (b.size(-1) / num) for m, b in zip(means, best, strict=True)), torch.zeros(3, 1)
        )
        columns = (estimate, lower, upper, errors.std(-1) / num**0.5)
        return [Risk(*values) for values in torch.stack(columns, 1).tolist()]

    def generator(self, purpose: int) -> torch.Generator:
        """A source of random numbers that is the same whenever it is asked for."""
        return torch.Generator().manual_seed(self.seed + purpose)
