"""Selection of stable variables for tables in files."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyg_symm.utils import markdown_table, whole_file

from .environments import worst_env_report
from .figures import draw_risks, set_name
from .files import read_columns, read_environments, read_graph
from .regressor import CausalMinimaxRegressor

_SHOWN = 15  # Rows of the printed table.


def select_invariant(
    path: str | Sequence[str],
    graph: str,
    out: str | os.PathLike,
    target: str = "Y",
    env: str = "E",
    new: str | None = None,
    shift_budget: float = 1.0,
    regressor: str = "rff",
    search: str = "classes",
    max_classes: int = 512,
    n_restarts: int = 4,
    seed: int = 0,
) -> dict[str, Any]:
    r"""Finds the stable variables that are safe to rely on in unseen environments.

    The folder receives ``risks.csv`` with the worst-case risk of each set of stable variables,
    ``worst_intervention.csv`` with the mutable variables of each row as the worst mechanism sets
    them, ``risks.png``, and ``predictions.csv`` if there are rows to predict.

    Args:
        path (str or list): CSV files of all environments, also compressed (``.gz``). Without a
            column of the environment, each file is one environment.
        graph (str): The causal graph, a GML file or a list of edges.
        out (str or Path): The folder of the results.
        target (str, optional): The column to predict. (default: :obj:`"Y"`)
        env (str, optional): The column of the environment. (default: :obj:`"E"`)
        new (str, optional): A CSV file of rows to predict. (default: none)
        shift_budget, regressor, search, max_classes, n_restarts, seed: As for
            :class:`~pyg_symm.causal.CausalMinimaxRegressor`.

    Returns:
        dict: ``selected`` variables, whether the ``condition`` for all stable variables holds, the
        ``mutable`` variables, the ``risk``, the errors of ``environments``, and a ``table``.

    Raises:
        ValueError: If a file is not as it must be, or as for the regressor.
    """
    paths = [path] if isinstance(path, str) else list(path)
    causal = read_graph(graph)
    names = [node for node in causal if node not in (target, env)]
    values, labels = read_environments(paths, [*names, target], env)
    model = CausalMinimaxRegressor(
        causal, target, env, shift_budget, regressor, search, max_classes, n_restarts, seed
    )
    x, y = values[:, :-1], values[:, -1]
    rows = None if new is None else read_columns(new, names)
    model.fit(x, y, labels, feature_names=names)
    errors = worst_env_report(y, model.predict(x), labels).errors
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    order = sorted(range(len(model.risks_)), key=lambda i: model.risks_[i].estimate)
    risks = [(set_name(model.classes_[i]), *model.risks_[i]) for i in order]
    heading = ("stable variables", "risk", "lower", "upper", "standard error")
    _write(folder / "risks.csv", [heading, *risks])
    worst = model.worst_intervention_.values
    _write(folder / "worst_intervention.csv", [tuple(worst), *zip(*worst.values(), strict=True)])
    if rows is not None:
        predicted = model.predict(rows)
        _write(folder / "predictions.csv", [(target,), *((value,) for value in predicted)])
    draw_risks(model, errors, folder / "risks.png")
    shown = [[name, *(f"{value:.4g}" for value in risk)] for name, *risk in risks[:_SHOWN]]
    table = markdown_table([list(heading), *shown])
    if len(risks) > _SHOWN:
        table += f"\n\n{len(risks) - _SHOWN} more sets are in risks.csv."
    return {
        "selected": sorted(map(str, model.selected_)),
        "condition": model.condition_holds_,
        "mutable": sorted(map(str, model.mutable_)),
        "risk": float(risks[0][1]),
        "environments": {str(label): error for label, error in errors.items()},
        "table": table,
    }


def _write(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    with whole_file(path) as part, open(part, "w", newline="") as file:
        csv.writer(file).writerows(rows)
