"""Tables, exponents of growth and a figure of what ``spen.py`` measured."""

from pathlib import Path

from reports import Row, growth_line, write_results

from pyg_symm.utils.figures import agg_figure

FIELDS = [
    "part",
    "case",
    "name",
    "nodes",
    "rows",
    "seconds",
    "plain_seconds",
    "megabytes",
    "failed",
]


def line(row: Row) -> str:
    """One measurement as it is made."""
    value = row.get("failed") or f"{row['seconds']:10.4f} s {row['megabytes']:9.1f} MB"
    return f"{row['case']:40} {row['name']:20} {value}"


def report(folder: Path, rows: list[Row]) -> None:
    """Writes everything, and prints the tables."""
    batches, growth, extraction = (
        [row for row in rows if row["part"] == part] for part in ("batches", "growth", "extraction")
    )
    lines = ["Forward and backward on batches of 32 graphs:", "", *_table(batches)]
    lines += ["", "Growth on random graphs of mean degree 4, ego-networks of 1 hop:", ""]
    lines += [growth_line(n, mine, "nodes", "n") for n, mine in _by("name", growth).items()]
    lines += ["", "Search for ego-networks in random graphs of mean degree 4:", ""]
    lines += _table(extraction)
    text = "\n".join(lines)
    write_results(folder, FIELDS, rows, text)
    print(f"\n{text}")
    _draw(folder / "figure.png", [row for row in growth if "seconds" in row])


def _by(key: str, rows: list[Row]) -> dict[str, list[Row]]:
    return {
        value: [r for r in rows if r[key] == value]
        for value in dict.fromkeys(row[key] for row in rows)
    }


def _table(rows: list[Row]) -> list[str]:
    """Ratios are to the first of each case, which is ours."""
    columns = (("seconds", 4), ("plain_seconds", 4), ("megabytes", 1))
    lines = [
        "| | | rows | seconds | ratio | seconds, plain allocator | ratio | MB | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for case, mine in _by("case", rows).items():
        ours = mine[0]
        for row in mine:
            head = f"| {case} | {row['name']} |"
            if "failed" in row:
                lines.append(f"{head} | {row['failed']} | | | | | |")
                continue
            cells = [f"{row['rows']:,}"]
            for key, digits in columns:
                # Results that were kept from an older version lack a column.
                ratio = f"{row[key] / ours[key]:.2f}" if key in row and key in ours else ""
                cells += [f"{row[key]:.{digits}f}" if key in row else "", ratio]
            lines.append(f"{head} {' | '.join(cells)} |")
    return lines


def _draw(file: Path, rows: list[Row]) -> None:
    figure = agg_figure(10, 4.4)
    figure.suptitle("SPEN and networks on all pairs, forward and backward")
    left, right = figure.subplots(1, 2)
    plots = (left, "seconds", "processor seconds"), (right, "megabytes", "peak MB")
    for axes, key, label in plots:
        for name, mine in _by("name", rows).items():
            x, y = [row["nodes"] for row in mine], [row[key] for row in mine]
            axes.loglog(x, y, "--" if "padded" in name else "-", marker="o", ms=4, label=name)
        axes.set_xlabel("nodes")
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
    right.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(file, dpi=110)
