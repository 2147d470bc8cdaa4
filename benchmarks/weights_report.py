"""Tables and a figure of what ``weights.py`` measured."""

from pathlib import Path

from reports import Row, write_results

from pyg_symm.utils.figures import agg_figure

SIDES = ["ours", "plain", "frank-wolfe"]
FIELDS = [
    *("kind", "width", "starts"),
    *(f"{side} {what}" for side in SIDES for what in ("seconds", "objective", "equal")),
    "failed",
]


def line(row: Row) -> str:
    """One measurement as it is made."""
    head = f"{row['kind']:18} width {row['width']:5} starts {row['starts']}"
    if "failed" in row:
        return f"{head} {row['failed']}"
    ours, plain = row["ours seconds"], row["plain seconds"]
    return f"{head} ours {ours:.4f} s, plain {plain:.4f} s, ratio {ours / plain:.2f}"


def report(folder: Path, rows: list[Row]) -> None:
    """Writes everything, and prints the tables."""
    lines: list[str] = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        for starts in dict.fromkeys(row["starts"] for row in rows):
            mine = [row for row in rows if row["kind"] == kind and row["starts"] == starts]
            if mine:
                lines += [f"{kind}, {_starts(starts)}:", "", *_table(mine), ""]
    text = "\n".join(lines)
    write_results(folder, FIELDS, rows, text)
    print(f"\n{text}")
    draw(folder / "figure.png", rows)


def _starts(num: int) -> str:
    return "one start" if num == 1 else f"up to {num} starts"


def _table(rows: list[Row]) -> list[str]:
    """Seconds and objectives of both sides."""
    climbs = any("frank-wolfe seconds" in row for row in rows)
    names = ["width", "ours, s", "plain, s", "ours / plain", "ours, J", "plain, J", "equal"]
    if climbs:
        names += ["Frank-Wolfe, s", "Frank-Wolfe, J"]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for row in rows:
        if "failed" in row:
            lines.append(f"| {row['width']} | {row['failed']} |" + " |" * (len(names) - 2))
            continue
        ours, plain = row["ours seconds"], row["plain seconds"]
        cells = [f"{row['width']}", f"{ours:.3g}", f"{plain:.3g}", f"{ours / plain:.2f}"]
        cells += [f"{row['ours objective']:.1f}", f"{row['plain objective']:.1f}"]
        cells.append("yes" if row["plain equal"] else "no")
        if climbs:
            cells += [f"{row['frank-wolfe seconds']:.3g}", f"{row['frank-wolfe objective']:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def draw(file: Path, rows: list[Row]) -> None:
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    figure = agg_figure(4.2 * len(kinds), 4.2)
    figure.suptitle("Weight matching: time against width")
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        for starts in dict.fromkeys(row["starts"] for row in rows):
            done = [
                row
                for row in rows
                if row["kind"] == kind and row["starts"] == starts and "failed" not in row
            ]
            for side, style in (("ours", "-"), ("plain", "--")):
                widths = [row["width"] for row in done]
                seconds = [row[f"{side} seconds"] for row in done]
                label = f"{side}, {_starts(starts)}"
                axes.loglog(widths, seconds, style, marker="o", ms=4, label=label)
        axes.set_title(kind)
        axes.set_xlabel("width of three hidden layers")
        axes.set_ylabel("seconds")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, fontsize=7)
    figure.savefig(file, dpi=110)
