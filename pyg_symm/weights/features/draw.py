"""Pictures of feature complexity."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pyg_symm.utils.figures import row_figure

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
    figure = row_figure(2, title)
    left, right = figure.axes
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
    shares: Sequence[float],
    value: str,
    title: str,
) -> None:
    r"""Draws the units left over the threshold, and for each group what smaller networks reach.

    Error bars are one standard deviation over the runs of a group.

    Args:
        path (str or Path): The picture, ``.png`` or ``.svg``.
        groups (dict): For each value of the setting its runs, each with ``"merged"``, the content
            of a :class:`FeatureComplexity` by preset, and ``"sizes"``, the numbers at each share of
            the parameters by method.
        by (str): The setting.
        shares (sequence of float): Shares of the parameters.
        value (str): What was evaluated.
        title (str): The title.
    """
    figure = row_figure(1 + len(groups), title)
    panels = figure.axes
    for i, (name, runs) in enumerate(groups.items()):
        for preset, style in (("ward", "-"), ("paper", ":")):
            curves = [run["merged"][preset] for run in runs]
            total = sum(curves[0]["classes"].values())
            left = np.array([np.sum(list(c["widths"].values()), axis=0) / total for c in curves])
            label = f"{by} {name}" if preset == "ward" else None
            options = {"color": f"C{i}", "linestyle": style, "label": label, "capsize": 2}
            panels[0].errorbar(curves[0]["betas"], left.mean(axis=0), left.std(axis=0), **options)
    panels[0].set_xlabel("threshold beta (lines: ward, dots: paper)")
    panels[0].set_ylabel("units left, share")
    panels[0].legend(frameon=False, fontsize=8)
    for axes, (name, runs) in zip(panels[1:], groups.items(), strict=True):
        for i, method in enumerate(runs[0]["sizes"]):
            found = np.array([run["sizes"][method] for run in runs], dtype=float)
            options = {"color": f"C{i}", "label": method, "capsize": 2}
            axes.errorbar(shares, found.mean(axis=0), found.std(axis=0), **options)
        axes.set_title(f"{by} {name}", fontsize=9)
        axes.set_xlabel("parameters left, share")
    panels[1].set_ylabel(value)
    panels[-1].legend(frameon=False)
    figure.savefig(path, dpi=110)
