"""Curves of many runs against the time of training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyg_symm.utils.figures import agg_figure


def draw_run_curves(
    runs: Sequence[tuple[dict[str, str], dict[str, Any]]], suite: dict[str, Any], file: Path
) -> None:
    r"""Draws a validation curve of each run against the minutes since it began.

    Runs of one row have one colour.

    Args:
        runs (list): Axes and metrics of each run, as :func:`~pyg_symm.metrics.runs.read_runs` gives
            them; curves need one of ``seconds`` beside them.
        suite (dict): ``title``, ``rows`` (the axis that makes the rows) and ``figure``, with
            ``curve`` (the name of the curve), ``y`` (its axis label), and ``levels`` (lines to draw
            across, by name, optional).
        file (Path): The picture to write.
    """
    options = suite["figure"]
    figure = agg_figure(7.5, 4.8)
    axes = figure.add_subplot()
    rows = list(dict.fromkeys(named.get(suite["rows"], "-") for named, _ in runs))
    for i, row in enumerate(rows):
        members = [metrics for named, metrics in runs if named.get(suite["rows"], "-") == row]
        for j, metrics in enumerate(members):
            values = metrics["curves"][options["curve"]]
            minutes = [seconds / 60 for seconds in metrics["curves"]["seconds"][-len(values) :]]
            label = row if j == 0 else None
            axes.plot(minutes, values, color=f"C{i % 10}", lw=1.2, alpha=0.8, label=label)
    for name, level in options.get("levels", {}).items():
        axes.axhline(level, color="black", lw=0.8, ls=":")
        where = ("axes fraction", "data")
        axes.annotate(name, (0.99, level), xycoords=where, fontsize=8, ha="right", va="bottom")
    axes.set_yscale("log")
    axes.set_xlabel("minutes of training")
    axes.set_ylabel(options["y"])
    axes.set_title(suite["title"])
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False)
    figure.savefig(file, dpi=150)
