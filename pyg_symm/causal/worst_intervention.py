"""The intervention that makes the risk of a predictor largest."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .functions import HiddenLayer
from .interventions import BoundedInterventions
from .risks import RiskEstimator
from .table import CausalTable


@dataclass(frozen=True)
class WorstIntervention:
    r"""A deterministic mechanism for each mutable variable, in the units of the data.

    Args:
        interventions (BoundedInterventions): One intervention, on standardised columns.
        order (list): The variable of each column.
        mean (numpy.ndarray): The means of columns :math:`(D)`.
        scale (numpy.ndarray): The standard deviations of columns :math:`(D)`.
        values (dict): What the mechanisms set each mutable variable to, in the training rows.
        observed (dict): What each mutable variable is in the training rows.
        risk (float): The mean squared error in the training rows.
    """

    interventions: BoundedInterventions
    order: list[Hashable]
    mean: np.ndarray
    scale: np.ndarray
    values: Mapping[Hashable, np.ndarray]
    observed: Mapping[Hashable, np.ndarray]
    risk: float

    @classmethod
    def find(
        cls, estimator: RiskEstimator, function: HiddenLayer, table: CausalTable
    ) -> "WorstIntervention":
        """Seeks the worst mechanisms for one predictor in all rows."""
        model = estimator.model
        rows = torch.arange(len(model.values))
        _, chosen, reached = estimator.worst(function, rows)
        best = int(reached.argmax())
        one = chosen.pick(best)
        with torch.no_grad():
            columns = model.simulate(rows, one.settings())
        values, observed = (
            {
                table.order[j]: rows.double().view(-1).numpy() * table.scale[j] + table.mean[j]
                for j, rows in some.items()
            }
            for some in (
                {j: columns[j] for j in model.mutable},
                {j: model.values[:, j] for j in model.mutable},
            )
        )
        risk = float(reached.view(-1)[best]) * float(table.scale[model.target]) ** 2
        return cls(one, table.order, table.mean, table.scale, values, observed, risk)

    @property
    def parents(self) -> dict[Hashable, tuple[Hashable, ...]]:
        """The parents of each mutable variable, in the order of arguments."""
        model = self.interventions.model
        return {
            self.order[j]: tuple(self.order[i] for i in model.parents[j]) for j in model.mutable
        }

    def __call__(self, variable: Hashable, parents: Any) -> np.ndarray:
        r"""The values :math:`(n)` of a mutable variable, from those of its parents :math:`(n, p)`.

        Raises:
            ValueError: If the variable is not mutable.
        """
        if variable not in self.values:
            raise ValueError(
                f"'variable' must be one of {sorted(map(str, self.values))} (got {variable!r})"
            )
        column = self.order.index(variable)
        above = self.interventions.model.parents[column]
        given = (np.asarray(parents, dtype=float) - self.mean[above]) / self.scale[above]
        x = torch.from_numpy(given).to(self.interventions.model.values.dtype)
        with torch.no_grad():
            found = self.interventions.mechanism(column, x.unsqueeze(0)).squeeze(0)
        return found.double().numpy() * self.scale[column] + self.mean[column]
