"""What the reports of several benchmarks share: files, and exponents of growth."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]


def write_results(folder: Path, fields: Sequence[str], rows: list[Row], text: str) -> None:
    """Writes all measurements as ``results.csv``, and the tables as ``table.md``."""
    with open(folder / "results.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, fields)
        writer.writeheader()
        writer.writerows(rows)
    (folder / "table.md").write_text(text + "\n")


def slope(sizes: Sequence[float], values: Sequence[float], decades: float = 2.0) -> float:
    """The exponent of growth: least squares on logarithms over the upper decades of the sizes."""
    least = max(sizes, default=0.0) / 10**decades * (1 - 1e-9)
    upper = [(math.log(n), math.log(v)) for n, v in zip(sizes, values, strict=True) if n >= least]
    if len(upper) < 2:
        return math.nan
    x, y = np.array(upper).T
    return float(np.polyfit(x, y, deg=1)[0])


def growth_line(name: str, rows: list[Row], size: str, letter: str) -> str:
    """Exponents of time and memory by one size, the largest that ran, and the first that failed."""
    done = [row for row in rows if "seconds" in row]
    sizes = [row[size] for row in done]
    time, memory = (slope(sizes, [row[k] for row in done]) for k in ("seconds", "megabytes"))
    text = f"- {name}: time {letter}^{time:.2f}, memory {letter}^{memory:.2f}"
    if done:
        last = done[-1]
        text += f"; {last[size]:,} {size}: {last['seconds']:.3f} s, {last['megabytes']:.0f} MB"
    if len(done) < len(rows) and size in rows[len(done)]:
        first = rows[len(done)]
        text += f"; {first[size]:,} {size}: {first['failed']}"
    return text
