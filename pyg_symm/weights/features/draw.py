"""Pictures of feature complexity."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

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
