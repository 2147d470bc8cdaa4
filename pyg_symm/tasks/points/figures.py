"""Figures of a run: predictions beside true values, and errors against time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from pyg_symm.utils import evenly_spread, whole_file
from pyg_symm.utils.figures import agg_figure

_MOST = 4000  # Points of one set in one panel.

Pair = tuple[Tensor, Tensor]


def draw_parity(file: Path, pairs: Mapping[str, Mapping[str, Pair]]) -> None:
    r"""Draws predictions against true values, one panel for each quantity.

    Args:
        file (Path): The picture to write.
        pairs (dict): For each quantity and each test set the predictions and the true values.
    """
    figure, panels = _figure(max(1, len(pairs)))
    for axes, (name, sets) in zip(panels, pairs.items(), strict=False):
        low, high = float("inf"), float("-inf")
        for part, (predicted, true) in sets.items():
            chosen = evenly_spread(_MOST, true.numel())
            x, y = true.reshape(-1)[chosen], predicted.reshape(-1)[chosen]
            axes.plot(x.tolist(), y.tolist(), ".", ms=2, alpha=0.5, label=part)
            low, high = min(low, float(x.min())), max(high, float(x.max()))
        axes.plot([low, high], [low, high], color="black", lw=0.8)
        axes.set_xlabel(f"true {name}")
        axes.set_ylabel(f"predicted {name}")
        if len(sets) > 1:
            axes.legend(frameon=False, markerscale=4)
    figure.suptitle("Predictions of the test set")
    _save(figure, file)


def draw_curves(file: Path, curves: Mapping[str, Sequence[float]], prefix: str = "val/") -> None:
    r"""Draws the validation errors against the time of training, on a logarithmic scale.

    Args:
        file (Path): The picture to write.
        curves (dict): Curves by name, ``"seconds"`` among them.
        prefix (str, optional): Which curves to draw. (default: ``"val/"``)
    """
    shown = {name: values for name, values in curves.items() if name.startswith(prefix)}
    figure, panels = _figure(max(1, len(shown)))
    for axes, (name, values) in zip(panels, shown.items(), strict=False):
        seconds = curves["seconds"][-len(values) :]
        axes.plot([s / 60 for s in seconds], values, marker=".", ms=3)
        if min(values) > 0:
            axes.set_yscale("log")
        axes.set_xlabel("minutes of training")
        axes.set_ylabel(name.removeprefix(prefix).replace("_", " "))
        axes.grid(alpha=0.3, which="both")
    figure.suptitle("Validation against time")
    _save(figure, file)


def draw_lines(
    file: Path,
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    x_label: str,
    y_label: str,
    title: str,
) -> None:
    """Draws named lines over the same points."""
    figure, (axes,) = _figure(1)
    for name, values in lines.items():
        axes.plot(x, values, lw=1, label=name)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(lines))
    axes.grid(alpha=0.3)
    figure.suptitle(title)
    _save(figure, file)


def _figure(panels: int) -> tuple[Any, list[Any]]:
    columns = min(panels, 4)
    rows = -(-panels // columns)
    figure = agg_figure(4.2 * columns, 3.6 * rows)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for unused in axes[panels:]:
        unused.set_axis_off()
    return figure, axes[:panels]


def _save(figure: Any, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as part:
        figure.savefig(part, dpi=120, format=file.suffix[1:])
