"""Tables and exponents of growth of what ``ponita.py`` measured."""

from pathlib import Path

from reports import Row, growth_line, write_results

FIELDS = [
    "part",
    "case",
    "mode",
    "name",
    "edges",
    "seconds",
    "plain_seconds",
    "megabytes",
    "failed",
]


def line(row: Row) -> str:
    """One measurement as it is made."""
    value = row.get("failed") or f"{row['seconds']:9.4f} s {row['megabytes']:8.1f} MB"
    return f"{row['case']:45} {row['mode']:26} {row['name']:15} {value}"


def report(folder: Path, rows: list[Row]) -> None:
    """Writes everything, and prints the tables."""
    cases = [row for row in rows if row["part"] == "cases"]
    growth = [row for row in rows if row["part"] == "growth"]
    lines = [*_table(cases), "", "Growth with the number of edges:", ""]
    for mode, name in dict.fromkeys((row["mode"], row["name"]) for row in growth):
        mine = [row for row in growth if (row["mode"], row["name"]) == (mode, name)]
        lines.append(growth_line(f"{name}, {mode}", mine, "edges", "E"))
    text = "\n".join(lines)
    write_results(folder, FIELDS, rows, text)
    print(f"\n{text}")


def _table(rows: list[Row]) -> list[str]:
    """Ratios are to the first of each case and mode, which is ours."""
    lines = [
        "| | | | seconds | ratio | seconds, plain allocator | ratio | MB | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        ours = first.setdefault((row["case"], row["mode"]), row)
        head = f"| {row['case']} | {row['mode']} | {row['name']} |"
        if "failed" in row or "failed" in ours:
            lines.append(f"{head} {row.get('failed', '')} | | | | | |")
            continue
        cells = []
        for key, digits in (("seconds", 4), ("plain_seconds", 4), ("megabytes", 1)):
            cells += [f"{row[key]:.{digits}f}", f"{row[key] / ours[key]:.2f}"]
        lines.append(f"{head} {' | '.join(cells)} |")
    return lines
