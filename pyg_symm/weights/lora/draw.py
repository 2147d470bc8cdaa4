"""A figure of what a merge has kept of each module."""

import os
from statistics import mean
from typing import Any

from pyg_symm.utils import whole_file
from pyg_symm.utils.figures import agg_figure

from .report import MergeReport

_NAMES = 40  # With more modules, their names would not be readable.


def draw_report(path: str | os.PathLike, report: MergeReport, title: str = "") -> None:
    r"""Draws captured energy, purity and norm decay of every module.

    Args:
        path (str or Path): The file to write, such as ``report.png``.
        report (MergeReport): The report of a merge.
        title (str, optional): The title of the figure.
    """
    figure = agg_figure(9, 4.8)
    axes = figure.add_subplot()
    curves: dict[str, list[Any]] = {
        "captured energy": [entry.captured_energy for entry in report.values()],
        "purity of clusters": [entry.purity for entry in report.values()],
        "norm decay": [mean(e.norm_decay) if e.norm_decay else None for e in report.values()],
    }
    places = range(len(report))
    for (label, values), marker in zip(curves.items(), "osD", strict=True):
        shown = [(x, y) for x, y in zip(places, values, strict=True) if y is not None]
        if shown:
            axes.plot(*zip(*shown, strict=True), ls="", marker=marker, markersize=5, label=label)
    if len(report) <= _NAMES:
        axes.set_xticks(places, list(report), rotation=60, ha="right", fontsize=7)
    axes.set_xlabel("module")
    axes.set_ylabel("share")
    axes.set_ylim(-0.03, 1.05)
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    with whole_file(path, suffix=".png") as part:
        figure.savefig(part, dpi=150)
