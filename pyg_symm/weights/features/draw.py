"""Pictures of feature complexity."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .compare import SizeCurve
from .complexity import FeatureComplexity


def draw_complexity(
    path: str | os.PathLike,
    curves: Mapping[str, FeatureComplexity],
    *,
    title: str,
    value: str = "value",
) -> None:
    r"""Draws the widths of each class over the threshold, and what was evaluated over parameters.

    Args:
        path (str or Path): The picture, ``.png`` or ``.svg``.
        curves (dict): Curves by name.
        title (str): The title.
        value (str, optional): What was evaluated. (default: :obj:`"value"`)

    Raises:
        ValueError: If there is none.
    """
    if not curves:
        raise ValueError("'curves' must not be empty")
    evaluated = all(curve.values for curve in curves.values())
    figure, panels = new_figure(2, title)
    left, right = panels
    for name, curve in curves.items():
        for cls, shares in curve.relative.items():
            left.plot(curve.betas, shares, marker=".", label=f"{name} {cls}".strip())
        x = [n / curve.original for n in curve.parameters]
        y = curve.values if evaluated else curve.betas
        right.plot(x, y, marker=".", label=name or None)
    left.set_xlabel("threshold beta")
    left.set_ylabel("units left, share of the layer")
    left.legend(frameon=False, fontsize=7)
    right.set_xlabel("parameters left, share of the network")
    right.set_ylabel(value if evaluated else "threshold beta")
    figure.savefig(path, dpi=150)


def draw_groups(
    path: str | os.PathLike,
    groups: Mapping[Any, Sequence[Mapping[str, Any]]],
    *,
    by: str,
    betas: Sequence[float],
    value: str,
    title: str,
) -> None:
    r"""Draws the units left over a setting, and for each of its values what smaller networks reach.

    Error bars and bands are one standard deviation over the runs of a group.

    Args:
        path (str or Path): The picture, ``.png`` or ``.svg``.
        groups (dict): For each value of the setting its runs, each with ``"merged"``, the content
            of a :class:`FeatureComplexity` by method, and ``"sizes"``, ``"shares"`` of parameters
            and ``"values"`` by method.
        by (str): The setting.
        betas (sequence of float): Thresholds of the first panel.
        value (str): What was evaluated.
        title (str): The title.
    """
    figure, panels = new_figure(1 + len(groups), title)
    for beta in betas:
        shares = [[_share_left(run["merged"]["ward"], beta) for run in g] for g in groups.values()]
        mean = [float(np.mean(values)) for values in shares]
        error = [float(np.std(values, ddof=len(values) > 1)) for values in shares]
        panels[0].errorbar(
            range(len(groups)), mean, error, marker="o", capsize=3, label=f"beta {beta:g}"
        )
    panels[0].set_xticks(range(len(groups)), [str(name) for name in groups])
    panels[0].set_xlabel(by)
    panels[0].set_ylabel("units left, share")
    panels[0].legend(frameon=False)
    grid = np.linspace(0.02, 1, 50)
    for axes, (name, runs) in zip(panels[1:], groups.items(), strict=True):
        for i, method in enumerate(runs[0]["sizes"]):
            curves = [SizeCurve(**run["sizes"][method]) for run in runs]
            found = np.array([[curve.at(share) for share in grid] for curve in curves])
            known = ~np.isnan(found).any(axis=0)
            middle, wide = found[:, known].mean(axis=0), found[:, known].std(axis=0)
            axes.plot(grid[known], middle, color=f"C{i}", label=method)
            low, high = middle - wide, middle + wide
            axes.fill_between(grid[known], low, high, color=f"C{i}", alpha=0.2)
        axes.set_title(f"{by} {name}", fontsize=9)
        axes.set_xlabel("parameters left, share")
    panels[1].set_ylabel(value)
    panels[-1].legend(frameon=False)
    figure.savefig(path, dpi=110)


def _share_left(curve: Mapping[str, Any], beta: float) -> float:
    """Units left at the largest threshold that is not above another one."""
    i = max(i for i, known in enumerate(curve["betas"]) if known <= beta)
    return sum(widths[i] for widths in curve["widths"].values()) / sum(curve["classes"].values())


def new_figure(columns: int, title: str) -> tuple[Any, Sequence[Any]]:
    r"""A figure with panels beside each other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * columns, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.subplots(1, columns)
    for axes in figure.axes:
        axes.grid(alpha=0.3)
    figure.suptitle(title)
    return figure, figure.axes
