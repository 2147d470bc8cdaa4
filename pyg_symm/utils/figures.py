"""Figures that need no screen."""

from typing import Any


def agg_figure(width: float, height: float) -> Any:
    r"""An empty figure of a size in inches, drawn without a window system and laid out by itself.

    Examples:
        >>> agg_figure(4, 3).get_size_inches().tolist()
        [4.0, 3.0]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def row_figure(columns: int, title: str) -> Any:
    r"""A figure with a title above a row of panels with grids, which are its ``axes``.

    Examples:
        >>> len(row_figure(2, "Two panels").axes)
        2
    """
    figure = agg_figure(4.6 * columns, 3.6)
    figure.subplots(1, columns)
    for axes in figure.axes:
        axes.grid(alpha=0.3)
    figure.suptitle(title)
    return figure
