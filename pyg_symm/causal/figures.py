"""The findings of a regressor for unseen environments, as a picture."""

import os
from typing import Any

import numpy as np

from pyg_symm.utils.figures import row_figure

from .worst_intervention import WorstIntervention

_SHOWN = 30  # Sets in the figure.


def set_name(subset: Any) -> str:
    r"""The name of a set of variables.

    Examples:
        >>> set_name({"X2", "X1"}), set_name(set())
        ('X1, X2', 'none')
    """
    return ", ".join(sorted(map(str, subset))) or "none"


def draw_risks(model: Any, errors: dict[Any, float], path: str | os.PathLike) -> None:
    r"""Draws the risk of each set, the worst intervention, and the errors of environments.

    Args:
        model (CausalMinimaxRegressor): The fitted regressor.
        errors (dict): Its mean squared error in each observed environment.
        path (str or Path): The file of the picture.
    """
    figure = row_figure(3, f"Predictor of {model.target}")
    risks, worst, observed = figure.axes
    _sets(risks, model)
    _shifts(worst, model.worst_intervention_)
    observed.bar(range(len(errors)), list(errors.values()))
    chosen = model.risks_[model.classes_.index(model.selected_)].estimate
    observed.axhline(chosen, color="C1", label="worst-case risk")
    observed.set_xticks(range(len(errors)), list(map(str, errors)), rotation=90, fontsize=7)
    observed.set(title="Observed environments", ylabel="mean squared error")
    observed.legend()
    figure.savefig(path, dpi=150)


def _sets(axes: Any, model: Any) -> None:
    """The best sets, with the range of restarts and the standard error of rows."""
    order = np.argsort([risk.estimate for risk in model.risks_])[:_SHOWN][::-1]
    for place, i in enumerate(order):
        risk = model.risks_[i]
        color = "C1" if model.classes_[i] == model.selected_ else "C0"
        axes.plot([risk.lower, risk.upper], [place, place], color=color, lw=1)
        axes.errorbar(risk.estimate, place, xerr=risk.standard_error, fmt="o", ms=4, color=color)
    names = [set_name(model.classes_[i]) for i in order]
    axes.set_yticks(range(len(order)), names, fontsize=8 if len(order) < 15 else 5)
    axes.set(title="Stable variables", xlabel="worst-case risk")


def _shifts(axes: Any, found: WorstIntervention) -> None:
    """Where mutable variables are, and where the worst intervention sets them."""
    for place, (variable, seen) in enumerate(found.observed.items()):
        for side, rows in ((-1, seen), (1, found.values[variable])):
            low, middle, high = np.quantile((rows - seen.mean()) / seen.std(), [0.05, 0.5, 0.95])
            label = {-1: "observed", 1: "worst"}[side] if place == 0 else None
            color = "C0" if side < 0 else "C3"
            axes.plot([place + 0.15 * side] * 2, [low, high], color=color, lw=3, label=label)
            axes.plot(place + 0.15 * side, middle, "o", color="black", ms=4)
    axes.set_xticks(range(len(found.observed)), list(map(str, found.observed)))
    axes.set(title="Worst intervention", xlabel="mutable variable")
    axes.set_ylabel("standard deviations, 5 % to 95 %")
    if found.observed:
        axes.legend()
