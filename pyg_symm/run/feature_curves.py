"""Curves of feature complexity over many training runs."""

import json
import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from pyg_symm.utils.files import write_json
from pyg_symm.utils.table import markdown_table
from pyg_symm.weights import trace_spec
from pyg_symm.weights.features.compare import SizeCurve, compare_sizes
from pyg_symm.weights.features.complexity import FeatureComplexity
from pyg_symm.weights.features.draw import draw_groups

from .trained import TrainedNetwork

SHARES = (0.9, 0.75, 0.5, 0.35, 0.25, 0.15, 0.1)


def feature_curves(
    runs: str | Path,
    by: str,
    out: str | os.PathLike,
    *,
    metric: str = "test/acc",
    betas: Sequence[float],
    shown: Sequence[float] = (0.1, 0.2),
    shares: Sequence[float] = SHARES,
    title: str = "",
) -> dict[str, Any]:
    r"""Feature complexity and smaller networks, for all training runs below a folder.

    Runs with the same value of a setting, such as those of several seeds, are averaged. ``out``
    receives ``figure.png``: the units left over that setting, and the figure of merit over the
    number of parameters, for both presets of merging and for pruning by magnitude. ``curves.json``
    has the curves of each run; runs that are there are not merged again.

    Args:
        runs (str or Path): A folder with training runs below it.
        by (str): The setting that tells groups of runs apart, such as ``hidden_channels``.
        out (str or Path): The folder of the results.
        metric (str, optional): A figure of the test data. (default: ``"test/acc"``)
        betas (sequence of float): Thresholds, for all methods.
        shown (sequence of float, optional): The thresholds in the table of units left.
        shares (sequence of float, optional): The shares of parameters in the table of figures.
        title (str, optional): The title of the figure.

    Returns:
        dict: Means and standard deviations, and a ``"table"``.

    Raises:
        ValueError: If there is no run, or a run does not have the setting.
    """
    folders = sorted(file.parent.parent for file in Path(runs).rglob("checkpoints/last.ckpt"))
    if not folders:
        raise ValueError(f"'runs' must have training runs below it (got '{runs}')")
    groups: dict[Any, list[dict[str, Any]]] = {}
    file = Path(out) / "curves.json"
    known = json.loads(file.read_text()) if file.is_file() else {}
    Path(out).mkdir(parents=True, exist_ok=True)
    for folder in folders:
        key = str(folder)
        setting = OmegaConf.select(OmegaConf.load(folder / "config.yaml"), by)
        if setting is None:
            raise ValueError(f"'by' must be a setting of every run (got '{by}'; see '{folder}')")
        if key not in known:
            known[key] = _curves(folder, metric, betas)
            write_json(file, known)
        groups.setdefault(setting, []).append(known[key])
    groups = dict(sorted(groups.items()))
    tables = [_units(groups, by, metric, shown), _sizes(groups, by, shares)]
    draw_groups(Path(out) / "figure.png", groups, by=by, betas=shown, value=metric, title=title)
    return {
        "by": by,
        "runs": {str(name): len(mine) for name, mine in groups.items()},
        "betas": sorted(betas),
        "table": "\n\n".join(tables),
    }


def _curves(folder: Path, metric: str, betas: Sequence[float]) -> dict[str, Any]:
    trained = TrainedNetwork(folder)
    args, named = trained.inputs()
    model = trained.model.eval()
    spec = trace_spec(model, *args, **named)

    def evaluate(network: Any) -> float:
        return trained.score(network, metric)

    merged, sizes = compare_sizes(model, spec, betas, evaluate)
    return {
        "value": evaluate(model),
        "merged": {name: curve.to_dict() for name, curve in merged.items()},
        "sizes": {name: vars(curve) for name, curve in sizes.items()},
    }


def _units(groups: dict[Any, list[Any]], by: str, metric: str, shown: Sequence[float]) -> str:
    """Units left of each group at some thresholds, dead ones, and the figure of merit."""
    head = [by, "units", "dead", *(f"left, beta {beta:g}" for beta in shown), "mean share", metric]
    rows = [head]
    for name, mine in groups.items():
        curves = [_complexity(run["merged"]["ward"]) for run in mine]
        rows.append(
            [
                str(name),
                f"{sum(curves[0].classes.values())}",
                spread([sum(c.dead.values()) for c in curves], ".1f"),
                *(spread([_left(c, beta) for c in curves], ".1f") for beta in shown),
                spread([statistics.mean(c.area.values()) for c in curves], ".3f"),
                spread([run["value"] for run in mine], ".4f"),
            ]
        )
    return markdown_table(rows)


def _sizes(groups: dict[Any, list[Any]], by: str, shares: Sequence[float]) -> str:
    """The figure of merit of every method at some shares of the parameters."""
    rows = [[by, "method", *(f"{100 * share:g} %" for share in shares)]]
    for name, mine in groups.items():
        for method in mine[0]["sizes"]:
            curves = [SizeCurve(**run["sizes"][method]) for run in mine]
            cells = [spread([c.at(share) for c in curves], ".3f") for share in shares]
            rows.append([str(name), method, *cells])
    return markdown_table(rows)


def _complexity(content: dict[str, Any]) -> FeatureComplexity:
    fields = FeatureComplexity.__dataclass_fields__
    return FeatureComplexity(**{k: v for k, v in content.items() if k in fields})


def _left(curve: FeatureComplexity, beta: float) -> int:
    """All units left at the largest threshold that is not above another one."""
    i = max(i for i, known in enumerate(curve.betas) if known <= beta)
    return sum(widths[i] for widths in curve.widths.values())


def spread(values: Iterable[float], form: str) -> str:
    r"""The mean and the standard deviation of numbers, as text."""
    numbers = list(values)
    mean = format(statistics.fmean(numbers), form)
    return f"{mean} ± {statistics.stdev(numbers):{form}}" if len(numbers) > 1 else mean
