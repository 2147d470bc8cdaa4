"""A table and a figure of the runs of a folder."""

import json
import math
from pathlib import Path
from typing import Any

import torch

from pyg_symm.utils import markdown_table, whole_file
from pyg_symm.utils.figures import agg_figure
from pyg_symm.utils.files import write_json

from .run_curves import draw_run_curves

_MARKERS = "osD^vP*X<>"


def read_runs(folder: Path) -> list[tuple[dict[str, str], dict[str, Any]]]:
    r"""The axes and metrics of all finished runs below a folder.

    Axes are read off the names of the folders, ``key=value,key=value``. A value with a slash, such
    as that of ``experiment=lcm/parity``, makes a folder in a folder.

    Args:
        folder (Path): The folder of a benchmark or multirun.

    Raises:
        ValueError: If the metrics of a run are damaged.
    """
    runs = []
    for file in sorted({*folder.glob("*/metrics.json"), *folder.glob("*=*/**/metrics.json")}):
        name = file.parent.relative_to(folder).as_posix()
        pairs = (pair.split("=", 1) for pair in name.split(",") if "=" in pair)
        try:
            metrics = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"'{file}' is damaged: remove it to run it again ({error})") from error
        if not isinstance(metrics, dict):
            raise ValueError(f"'{file}' is damaged: remove it to run it again (got {metrics!r})")
        runs.append(({key: value for key, value in pairs}, metrics))
    return runs


def write_report(folder: Path, suite: dict[str, Any]) -> dict[str, Any]:
    r"""Writes ``table.md``, ``table.json`` and ``figure.png``, and prints the table.

    Args:
        folder (Path): The folder of the runs.
        suite (dict): ``title``, ``rows`` (the axis or axes that make the rows), ``columns`` (an
            axis that makes groups of columns, optional), ``metrics`` (names and headings),
            ``curve`` (an optional curve, of whose average the best value is reported), ``digits``
            (behind the point, three if not given) and ``figure`` (``kind``, axis labels, and
            ``columns`` to draw if not all; for ``curves``, which need one axis of rows, see
            :func:`~pyg_symm.metrics.run_curves.draw_run_curves`).

    Returns:
        dict: ``{row: {column: {"mean", "std", "runs"}}}``
    """
    runs = read_runs(folder)
    table = tabulate(runs, suite)
    text = _markdown(table, suite)
    with whole_file(folder / "table.md") as part:
        Path(part).write_text(text + "\n", encoding="utf-8")
    write_json(folder / "table.json", table)
    if suite["figure"]["kind"] == "curves":
        draw_run_curves(runs, suite, folder / "figure.png")
    else:
        _draw(table, suite, folder / "figure.png")
    print(f"{text}\n\n{folder / 'figure.png'}")
    return table


def tabulate(
    runs: list[tuple[dict[str, str], dict[str, Any]]], suite: dict[str, Any]
) -> dict[str, Any]:
    """Means and standard deviations over all axes but those of rows and columns."""
    table: dict[str, Any] = {}
    names = _names(suite)
    order = [str(v) for v in suite.get("axes", {}).get(", ".join(names), [])]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for axes, metrics in runs:
        row = ", ".join(axes.get(name, "-") for name in names) or "all"
        key = (row, axes.get(suite.get("columns", ""), ""))
        groups.setdefault(key, []).append(metrics)
    for row in sorted(
        {row for row, _ in groups},
        key=lambda r: (order.index(r) if r in order else len(order), _natural(r)),
    ):
        table[row] = {}
        for (other, column), members in groups.items():
            if other == row:
                for metric, heading in suite["metrics"].items():
                    values = torch.tensor([float(m[metric]) for m in members], dtype=torch.double)
                    table[row][column or heading] = _spread(values)
                if suite.get("curve"):
                    curves = torch.tensor(
                        [m["curves"][suite["curve"]] for m in members], dtype=torch.double
                    )
                    best = curves.mean(dim=0).argmax()
                    table[row]["best epoch of the average"] = _spread(curves[:, best])
    return table


def _natural(row: str) -> list[tuple[float, str]]:
    """A key of rows, in which numbers are sorted by value and come before names."""
    key = []
    for value in row.split(", "):
        try:
            key.append((float(value), value))
        except ValueError:
            key.append((math.inf, value))
    return key


def _names(suite: dict[str, Any]) -> list[str]:
    """The axes that make the rows."""
    return [suite["rows"]] if isinstance(suite["rows"], str) else list(suite["rows"])


def _spread(values: torch.Tensor) -> dict[str, float]:
    std = values.std(correction=0).item()
    return {"mean": values.mean().item(), "std": std, "runs": values.numel()}


def _markdown(table: dict[str, Any], suite: dict[str, Any]) -> str:
    columns = list(dict.fromkeys(name for row in table.values() for name in row))
    lines, digits = [[", ".join(_names(suite)), *columns]], suite.get("digits", 3)
    for row, cells in table.items():
        found = [cells.get(name) for name in columns]
        lines.append([row, *(_cell(c, digits) if c else "" for c in found)])
    runs = max((c["runs"] for row in table.values() for c in row.values()), default=0)
    spread = f"mean ± standard deviation of {runs} runs" if runs > 1 else "one run"
    head = f"{suite['title']} ({spread})"
    return f"{head}\n\n{markdown_table(lines)}"


def _cell(cell: dict[str, float], digits: int) -> str:
    mean = f"{cell['mean']:.{digits}f}"
    return f"{mean} ± {cell['std']:.{digits}f}" if cell["runs"] > 1 else mean


def _draw(table: dict[str, Any], suite: dict[str, Any], file: Path) -> None:
    from matplotlib import colormaps

    columns = list(dict.fromkeys(name for row in table.values() for name in row))
    columns = suite["figure"].get("columns", columns)
    figure = agg_figure(9, 4.8)
    axes = figure.add_subplot()
    if suite["figure"]["kind"] == "lines":
        for i, (row, cells) in enumerate(table.items()):
            # Neighbours by number differ in colour, and those of one colour in marker and line.
            style = {"color": colormaps["tab10"](i % 10), "ls": ["-", "--", ":"][i // 10 % 3]}
            values = [cells[column] for column in columns]
            places = [k + 0.02 * (i - len(table) / 2) for k in range(len(columns))]
            _points(axes, places, values, label=row, marker=_MARKERS[i % len(_MARKERS)], **style)
        axes.set_xticks(range(len(columns)), columns)
        axes.set_xlabel(suite["figure"]["x"])
        beside = True
    else:
        shown = columns if suite.get("columns") else columns[:1]
        width = 0.8 / len(shown)
        for i, column in enumerate(shown):
            at = [k + (i - (len(shown) - 1) / 2) * width for k in range(len(table))]
            values = [row.get(column, {"mean": float("nan"), "std": 0.0}) for row in table.values()]
            marker = _MARKERS[i % len(_MARKERS)]
            _points(axes, at, values, label=column, ls="", marker=marker)
        axes.set_xticks(range(len(table)), list(table), rotation=30, ha="right")
        beside = len(shown) > 1
    if beside:
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    axes.set_ylabel(suite["figure"]["y"])
    axes.set_title(suite["title"])
    axes.grid(alpha=0.3)
    runs = max((c["runs"] for row in table.values() for c in row.values()), default=0)
    if runs > 1:
        figure.supxlabel(f"bars: standard deviation of {runs} runs", fontsize=8)
    figure.savefig(file, dpi=150)


def _points(axes: Any, places: list[float], cells: list[dict[str, float]], **style: Any) -> None:
    """Means with their deviations, which do not reach below zero for what cannot be negative."""
    means, stds = [c["mean"] for c in cells], [c["std"] for c in cells]
    signed = any(mean < 0 for mean in means)
    low = stds if signed else [min(s, m) for s, m in zip(stds, means, strict=True)]
    axes.errorbar(places, means, [low, stds], capsize=3, markersize=5, **style)
