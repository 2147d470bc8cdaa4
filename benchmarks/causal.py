"""Classes of equivalent sets of variables: classes per second, by the number of variables.

Every method finds the classes of the same random graphs, in its own process on one thread.
Results are kept in ``runs/benchmarks/causal``: started again, it goes on where it was.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from causal_peers import METHODS, ours, random_graph
from harness import cached, limit_memory, measure_kept, time_and_memory
from reports import write_results

from pyg_symm.utils import markdown_table

# Variables, and seeds of random graphs with 40 to 200, 150 to 600, and 1,000 to 3,000 classes: the
# first three of each.
SEEDS = {15: (4, 6, 11), 25: (4, 6, 59), 40: (6, 20, 32)}
# More variables have too many subsets.
MOST = {"all subsets, bitsets": 25, "all subsets, networkx": 15}
FIELDS = ["variables", "method", "classes", "classes_per_second", "seconds", "megabytes", "failed"]


def run(method: str, num: int, gigabytes: float) -> dict[str, float]:
    """Seconds for all graphs of a size, and the number of classes that were found."""
    drawn = [random_graph(num, seed) for seed in SEEDS[num]]
    limit_memory(gigabytes)
    found: list[int] = []

    def work() -> None:
        found[:] = [len(METHODS[method](graph)) for graph in drawn]

    measured = time_and_memory(work, lambda: ours(drawn[0]), once=False)
    classes = sum(found)
    return {**measured, "classes": classes, "classes_per_second": classes / measured["seconds"]}


def table(rows: list[dict[str, Any]]) -> str:
    """Classes per second, and how many times as fast ours is."""
    lines = [["variables", "classes", "method", "classes/s", "ours / this"]]
    best = {row["variables"]: row for row in rows if row["method"] == "ours"}
    for row in rows:
        size = row["variables"]
        if "failed" in row:
            lines.append([f"{size}", "", row["method"], row["failed"], ""])
            continue
        rate = row["classes_per_second"]
        ratio = best[size].get("classes_per_second", float("nan")) / rate
        classes = f"{row['classes']:,}"
        lines.append([f"{size}", classes, row["method"], f"{rate:,.3g}", f"{ratio:,.3g}"])
    return markdown_table(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1200, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=4, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/causal"))
    parser.add_argument("--work", nargs=2, metavar=("METHOD", "VARIABLES"))
    args = parser.parse_args()
    if args.work:
        print(json.dumps(run(args.work[0], int(args.work[1]), args.gigabytes)))
        return
    args.folder.mkdir(parents=True, exist_ok=True)
    rows = [
        _row(args, method, num)
        for num in SEEDS
        for method in METHODS
        if num <= MOST.get(method, num)
    ]
    text = table(rows)
    write_results(args.folder, FIELDS, rows, text)
    print(text)


def _row(args: argparse.Namespace, method: str, num: int) -> dict[str, Any]:
    command = [__file__, "--gigabytes", str(args.gigabytes), "--work", method, str(num)]
    found = cached(
        args.folder / "results.json",
        f"{method}, {num}",
        lambda: measure_kept(command, args.seconds),
    )
    row = {"variables": num, "method": method, **found}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
