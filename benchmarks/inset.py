"""INSET with random subsets shared by all elements of a set, beside separate ones for each element.

Both are a training step, forward and backward, of the same network on the same sets of two moons.
The second is the published form. It evaluates all elements, although the loss compares only members
and as many others, and it sums up elements before the first layer. Sets are of one size,
so that nothing is lost by padding. Results are kept in ``runs/benchmarks/inset``: started again, it
goes on where it was.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from harness import cached, limit_memory, measure, on, time_and_memory
from inset_peers import ESTIMATORS, step
from reports import growth_line, write_results

SIZES = [50, 100, 200, 500, 1000, 2000, 5000]
SETS = 1000  # Of an epoch.
FIELDS = ["estimator", "size", "sets", "seconds", "plain_seconds", "megabytes", "failed"]


def run(args: argparse.Namespace, estimator: str, size: int) -> dict[str, float]:
    work = step(estimator, size, args.sets, args.device, args.hidden_channels, args.num_samples)
    small = step(estimator, 10, 2, args.device, args.hidden_channels, args.num_samples)
    limit_memory(args.gigabytes, args.device)
    return time_and_memory(work, small, args.once, args.device)


def table(rows: list[dict[str, Any]], sets: int) -> str:
    """Seconds of an epoch, memory of a step, and ratios."""
    lines = [
        "| elements of a set | shared: s an epoch | MB | independent: s an epoch | MB | ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for size in dict.fromkeys(row["size"] for row in rows):
        shared, other = (
            next(r for r in rows if r["size"] == size and r["estimator"] == name)
            for name in ESTIMATORS
        )
        cells = [str(size)]
        for row in (shared, other):
            if "failed" in row:
                cells += [row["failed"], ""]
            else:
                epoch = row["seconds"] * SETS / sets
                cells += [f"{epoch:.2f}", f"{row['megabytes']:.0f}"]
        both = "seconds" in shared and "seconds" in other
        cells.append(f"{other['seconds'] / shared['seconds']:.1f}" if both else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--sets", type=int, default=16, help="sets of a batch")
    parser.add_argument("--hidden-channels", type=int, default=256)
    parser.add_argument("--num-samples", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=240, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/inset)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--work", nargs=2, metavar=("ESTIMATOR", "SIZE"))
    parser.add_argument("--once", action="store_true", help="a single run, for --work")
    args = parser.parse_args()
    if args.work:
        print(json.dumps(run(args, args.work[0], int(args.work[1]))))
        return
    args.folder = args.folder or Path("runs/benchmarks/inset" + on(args.device))
    args.folder.mkdir(parents=True, exist_ok=True)
    rows = [_row(args, name, size) for size in args.sizes for name in ESTIMATORS]
    text = table(rows, args.sets)
    growth = [
        growth_line(name, [r for r in rows if r["estimator"] == name], "size", "n")
        for name in ESTIMATORS
    ]
    text += "\n\n" + "\n".join(growth)
    write_results(args.folder, FIELDS, rows, text)
    print(text)


def _row(args: argparse.Namespace, estimator: str, size: int) -> dict[str, Any]:
    command = [__file__, "--work", estimator, str(size)]
    for name in ("sets", "hidden_channels", "num_samples", "gigabytes", "device"):
        command += ["--" + name.replace("_", "-"), str(getattr(args, name))]
    found = cached(
        args.folder / "results.json",
        f"{estimator}, {size}, {args.sets}{on(args.device)}",
        lambda: measure(command, args.seconds, device=args.device),
    )
    row = {"estimator": estimator, "size": size, "sets": args.sets, **found}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
