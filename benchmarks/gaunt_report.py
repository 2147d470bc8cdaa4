"""Tables, exponents of growth and a figure of what ``gaunt.py`` measured."""

from pathlib import Path

from gaunt_peers import num_outputs
from reports import Row, slope, write_results

from pyg_symm.utils.figures import agg_figure

FIELDS = ["part", "layer", "degree", "seconds", "both", "failed"]
PHASES = {"seconds": "forward", "both": "forward and backward"}


def line(row: Row) -> str:
    """One measurement as it is made."""
    value = row.get("failed") or f"{1e3 * row['seconds']:10.3f} ms {1e3 * row['both']:10.3f} ms"
    return f"{row['part']:28} {row['layer']:14} {row['degree']} {value}"


def report(folder: Path, rows: list[Row], counts: list[Row]) -> None:
    """Writes everything, and prints the tables."""
    lines: list[str] = []
    for part in dict.fromkeys(row["part"] for row in rows):
        mine = [row for row in rows if row["part"] == part]
        for key, phase in PHASES.items():
            lines += [f"{part}, {phase}, milliseconds:", "", *_table(mine, key), ""]
        if part.startswith("product"):
            lines += [f"{part}, forward, microseconds per output irrep of 1,024 pairs:", ""]
            lines += [*_per_output(mine), ""]
    lines += ["Growth with the degree L, fitted exponents of L + 1:", "", *_growth(rows, counts)]
    text = "\n".join(lines)
    write_results(folder, FIELDS, rows, text)
    print(f"\n{text}")
    draw(folder / "figure.png", rows)


def _cells(rows: list[Row], key: str) -> tuple[list[int], dict[str, dict[int, Row]]]:
    degrees = sorted({row["degree"] for row in rows})
    layers: dict[str, dict[int, Row]] = {}
    for row in rows:
        layers.setdefault(row["layer"], {})[row["degree"]] = row
    return degrees, layers


def _table(rows: list[Row], key: str) -> list[str]:
    """Times of each layer, and their ratio to ours."""
    degrees, layers = _cells(rows, key)
    lines = ["| layer | " + " | ".join(f"L = {degree}" for degree in degrees) + " |"]
    lines.append("|---" * (len(degrees) + 1) + "|")
    for name, cells in layers.items():
        values = []
        for degree in degrees:
            row, ours = cells.get(degree, {}), layers["ours"].get(degree, {})
            if key not in row:
                values.append(row.get("failed", ""))
                continue
            text = f"{1e3 * row[key]:.3g}"
            if name != "ours" and key in ours:
                text += f" ({row[key] / ours[key]:.1f} x)"
            values.append(text)
        lines.append(f"| {name} | " + " | ".join(values) + " |")
    return lines


def _per_output(rows: list[Row]) -> list[str]:
    degrees, layers = _cells(rows, "seconds")
    lines = ["| layer | " + " | ".join(f"L = {degree}" for degree in degrees) + " |"]
    lines.append("|---" * (len(degrees) + 1) + "|")
    for name in ("ours", "ours, both", "e3nn", "e3nn full"):
        values = []
        for degree in degrees:
            row = layers.get(name, {}).get(degree, {})
            out = degree if "truncated" in rows[0]["part"] else 2 * degree
            num = num_outputs(name, degree, out)
            values.append(f"{1e6 * row['seconds'] / num:.3g} ({num})" if "seconds" in row else "")
        lines.append(f"| {name} | " + " | ".join(values) + " |")
    return lines


def _growth(rows: list[Row], counts: list[Row]) -> list[str]:
    lines = ["| | range of L | exponent |", "|---|---|---|"]
    for method in dict.fromkeys(row["method"] for row in counts):
        mine = [row for row in counts if row["method"] == method]
        sizes = [row["degree"] + 1 for row in mine]
        exponent = slope(sizes, [row["operations"] for row in mine])
        span = f"{mine[0]['degree']} to {mine[-1]['degree']}"
        lines.append(f"| operations, {method} | {span} | {exponent:.2f} |")
    for part in dict.fromkeys(row["part"] for row in rows):
        _, layers = _cells([row for row in rows if row["part"] == part], "seconds")
        for name, cells in layers.items():
            found = {d: row["seconds"] for d, row in cells.items() if d >= 3 and "seconds" in row}
            if len(found) > 2:
                exponent = slope([d + 1 for d in found], list(found.values()))
                span = f"{min(found)} to {max(found)}"
                lines.append(f"| time, {part}, {name} | {span} | {exponent:.2f} |")
    return lines


def draw(file: Path, rows: list[Row]) -> None:
    parts = list(dict.fromkeys(row["part"] for row in rows))
    figure = agg_figure(4.2 * len(parts), 4.2)
    figure.suptitle("Products of functions on the sphere: time of a forward pass")
    for axes, part in zip(figure.subplots(1, len(parts), squeeze=False)[0], parts, strict=True):
        _, layers = _cells([row for row in rows if row["part"] == part], "seconds")
        for name, cells in layers.items():
            found = {d: 1e3 * row["seconds"] for d, row in cells.items() if "seconds" in row}
            style = "--" if name.startswith("e3nn") else "-"
            axes.semilogy(list(found), list(found.values()), style, marker="o", ms=4, label=name)
        axes.set_title(part)
        axes.set_xlabel("degree L")
        axes.set_ylabel("milliseconds")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, fontsize=7)
    figure.savefig(file, dpi=110)
