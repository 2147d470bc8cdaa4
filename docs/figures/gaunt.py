"""Draws time against degree from docs/results/gaunt.md: python docs/figures/gaunt.py"""

import sys
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parent))

from results import DOCS, MARKERS, rows

PLOTS = {
    "Products": "1,024 products L, L → 2 L",
    "Convolutions": "messages on 10,000 edges, 64 channels",
    "Many-body products": "third powers, 1,000 nodes, 64 channels",
}


def draw(axes: Axes, heading: str) -> None:
    """A line for each layer, ours solid."""
    head, _, *body = rows("gaunt.md", heading)
    degrees = [int(cell.removeprefix("L = ")) for cell in head[1:]]
    for number, (name, *cells) in enumerate(body):
        found = {}
        for degree, cell in zip(degrees, cells, strict=True):
            value = cell.split(" ")[0].replace(",", "")
            if value[:1].isdigit():
                found[degree] = float(value)
        style = "--" if name.startswith("e3nn") else ":" if name.startswith("Fourier") else "-"
        axes.semilogy(
            list(found), list(found.values()), style, marker=MARKERS[number], ms=5, label=name
        )
    axes.set_title(PLOTS[heading], fontsize=10)
    axes.set_xlabel("degree L")
    axes.set_ylabel("milliseconds of a forward pass")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)


if __name__ == "__main__":
    figure = Figure(figsize=(13, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, heading in zip(figure.subplots(1, 3), PLOTS, strict=True):
        draw(axes, heading)
    figure.savefig(DOCS / "figures" / "gaunt.png", dpi=110)
