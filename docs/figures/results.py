"""Draws figures from the tables of docs/results: python docs/figures/results.py"""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DOCS = Path(__file__).parents[1]
MARKERS = "osD^v<>pPXh*d8"


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading of a results page."""
    text = (DOCS / "results" / page).read_text().split(f"\n## {heading}\n")[1]
    lines = text[text.index("\n|") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def axes_of(size: tuple[float, float]) -> tuple[Figure, Axes]:
    """A figure with one plot."""
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def second_minimum() -> None:
    """Accuracy against the number of elements, a line for each aggregation."""
    head, _, *body = rows("lcm.md", "Second minimum")
    figure, axes = axes_of((9.5, 5.2))
    for number, (name, *cells) in enumerate(body):
        pairs = [cell.split(" ± ") for cell in cells[:-1]]
        mean, spread = ([float(pair[i]) for pair in pairs] for i in range(2))
        axes.errorbar(
            head[1:-1],
            mean,
            [spread, [min(s, 1 - m) for m, s in zip(mean, spread, strict=True)]],
            color=f"C{number % 7}",
            linestyle="--" if name.startswith("lcm") else "-",
            marker=MARKERS[number],
            markersize=6,
            capsize=2,
            label=name,
        )
    axes.set_title("Second minimum of a set, trained on 2 to 16 elements (3 seeds)")
    axes.set_xlabel("elements of a test set")
    axes.set_ylabel("share of sets with all bits right")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside center right", frameon=False)
    figure.savefig(DOCS / "figures" / "second_minimum.png", dpi=110)


def blocks_and_one_shot() -> None:
    """Valid samples against training time."""
    body = rows("pard.md", "Block by block against one shot")[3:]
    figure, axes = axes_of((6.5, 4.2))
    for label, time, valid, style in (
        ("block by block", 1, 2, "o-"),
        ("one shot", 5, 6, "s--"),
    ):
        x, y = ([float(row[i]) for row in body] for i in (time, valid))
        error = [(p * (1 - p) / 400) ** 0.5 for p in y]
        axes.errorbar(x, y, error, fmt=style, capsize=3, label=label)
    axes.set_title("QM9, 20,000 molecules: block by block and one shot")
    axes.set_xlabel("training time in minutes, one thread")
    axes.set_ylabel("share of valid samples (± standard error)")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(DOCS / "figures" / "pard_qm9.png", dpi=110)


if __name__ == "__main__":
    second_minimum()
    blocks_and_one_shot()
