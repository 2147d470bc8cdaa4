"""Pictures of paths between networks, and of how far their weights agree."""

import os
from collections.abc import Mapping, Sequence

from pyg_symm.utils.figures import row_figure

from .barrier import Barrier


def draw_barriers(
    path: str | os.PathLike,
    barriers: Mapping[str, Barrier | Sequence[Barrier]],
    *,
    title: str,
    labels: Mapping[str, str] | None = None,
) -> None:
    r"""Draws figures along the straight path between networks, one panel for each figure.

    Args:
        path (str or Path): The picture, ``.png`` or ``.svg``.
        barriers (dict): Paths by name, of the same figures. The lines of several paths of one name,
            such as those of several seeds, have one colour.
        title (str): The title.
        labels (dict, optional): Axis labels of figures. (default: their names)

    Raises:
        ValueError: If there is none, or if they have different figures.
    """
    paths = {k: [v] if isinstance(v, Barrier) else list(v) for k, v in barriers.items()}
    kinds = list(dict.fromkeys(tuple(b.figures) for members in paths.values() for b in members))
    if len(kinds) != 1:
        raise ValueError(f"'barriers' must have the same figures (got {kinds})")
    figure = row_figure(len(kinds[0]), title)
    for axes, name in zip(figure.axes, kinds[0], strict=True):
        for i, (label, members) in enumerate(paths.items()):
            for j, member in enumerate(members):
                shown = label if j == 0 else None
                axes.plot(member.points, member.figures[name], color=f"C{i % 10}", label=shown)
        axes.set_xlabel("position λ on the path from a to b")
        axes.set_ylabel((labels or {}).get(name, name))
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, dpi=150)


def draw_curves(
    path: str | os.PathLike,
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    title: str,
    x: str,
    y: str,
    log: bool = False,
) -> None:
    r"""Draws curves over the ranks of singular values, one panel for each layer.

    Args:
        path (str or Path): The picture, ``.png`` or ``.svg``.
        panels (dict): For each layer, values of rank 1, 2, ... by the name of the curve.
        title (str): The title.
        x (str): The label of the horizontal axes.
        y (str): The label of the first vertical axis.
        log (bool, optional): Whether the vertical axes are logarithmic. (default: :obj:`False`)

    Raises:
        ValueError: If there is none.
    """
    if not panels:
        raise ValueError("'panels' must not be empty")
    figure = row_figure(len(panels), title)
    for axes, (layer, curves) in zip(figure.axes, panels.items(), strict=True):
        for i, (name, values) in enumerate(curves.items()):
            ranks = range(1, len(values) + 1)
            axes.plot(ranks, [float(v) for v in values], color=f"C{i % 10}", label=name)
        axes.set_title(layer, fontsize=9)
        axes.set_xlabel(x)
        if log:
            axes.set_yscale("log")
    figure.axes[0].set_ylabel(y)
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, dpi=150)
