"""Curves of feature complexity over many training runs."""

import json
import math
import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from pyg_symm.utils.files import write_json
from pyg_symm.utils.table import markdown_table
from pyg_symm.weights import trace_spec
from pyg_symm.weights.features.compare import compare_sizes
from pyg_symm.weights.features.complexity import FeatureComplexity, feature_complexity
from pyg_symm.weights.features.draw import draw_groups

from .trained import TrainedNetwork

PRESETS = ("ward", "paper")


def feature_curves(
    runs: str | Path,
    by: str,
    out: str | os.PathLike,
    *,
    metric: str = "test/acc",
    betas: Sequence[float],
    shares: Sequence[float],
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
        betas (sequence of float): Thresholds of the units left.
        shares (sequence of float): Shares of the parameters that smaller networks keep.
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
            known[key] = _curves(folder, metric, betas, shares)
            write_json(file, known)
        groups.setdefault(setting, []).append(known[key])
    groups = dict(sorted(groups.items()))
    tables = [_units(groups, by, metric, name) for name in PRESETS]
    tables.append(_sizes(groups, by, shares))
    options: dict[str, Any] = {"by": by, "shares": shares, "value": metric, "title": title}
    draw_groups(Path(out) / "figure.png", groups, **options)
    return {
        "by": by,
        "runs": {str(name): len(mine) for name, mine in groups.items()},
        "betas": sorted(betas),
        "table": "\n\n".join(tables),
    }


def _curves(
    folder: Path, metric: str, betas: Sequence[float], shares: Sequence[float]
) -> dict[str, Any]:
    trained = TrainedNetwork(folder)
    args, named = trained.inputs()
    model = trained.model.eval()
    spec = trace_spec(model, *args, **named)

    def evaluate(network: Any) -> float:
        return trained.score(network, metric)

    return {
        "value": evaluate(model),
        "merged": {
            preset: feature_complexity(model, spec, betas, preset=preset).to_dict()
            for preset in PRESETS
        },
        "sizes": compare_sizes(model, spec, shares, evaluate),
    }


def _units(groups: dict[Any, list[Any]], by: str, metric: str, preset: str) -> str:
    """Units left of each group at all thresholds, dead ones, and the figure of merit."""
    betas = next(iter(groups.values()))[0]["merged"][preset]["betas"]
    rows = [[by, metric, "units", "dead", *(f"beta {beta:g}" for beta in betas), "mean share"]]
    for name, mine in groups.items():
        curves = [_complexity(run["merged"][preset]) for run in mine]
        left = [[sum(w[i] for w in c.widths.values()) for c in curves] for i in range(len(betas))]
        rows.append(
            [
                str(name),
                spread([run["value"] for run in mine], ".3f"),
                f"{sum(curves[0].classes.values())}",
                spread([sum(c.dead.values()) for c in curves], ".0f"),
                *(spread(units, ".0f") for units in left),
                spread([statistics.mean(c.area.values()) for c in curves], ".2f"),
            ]
        )
    return f"Units left, {preset}:\n\n" + markdown_table(rows)


def _sizes(groups: dict[Any, list[Any]], by: str, shares: Sequence[float]) -> str:
    """The figure of merit of every method at some shares of the parameters."""
    rows = [[by, "method", *(f"{100 * share:g} %" for share in shares)]]
    for name, mine in groups.items():
        for method in mine[0]["sizes"]:
            found = zip(*(run["sizes"][method] for run in mine), strict=True)
            rows.append([str(name), method, *(spread(values, ".3f") for values in found)])
    return "By share of the parameters:\n\n" + markdown_table(rows)


def _complexity(content: dict[str, Any]) -> FeatureComplexity:
    fields = FeatureComplexity.__dataclass_fields__
    return FeatureComplexity(**{k: v for k, v in content.items() if k in fields})


def spread(values: Iterable[float | None], form: str) -> str:
    r"""The mean and the standard deviation of numbers, as text, or a dash if one is missing."""
    numbers = [math.nan if value is None else value for value in values]
    if any(map(math.isnan, numbers)):
        return "-"
    mean = format(statistics.fmean(numbers), form)
    return f"{mean} ± {statistics.stdev(numbers):{form}}" if len(numbers) > 1 else mean
