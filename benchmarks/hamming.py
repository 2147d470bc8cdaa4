"""Hamming distances at all places of a text: time on a grid of sizes, and growth.

Every method runs in its own process on one thread; times are medians. Results are kept in
``runs/benchmarks/hamming``: started again, it goes on where it was.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hamming_peers import METHODS
from harness import cached, limit_memory, measure_kept, median_seconds, on
from reports import write_results

from pyg_symm.strings import hamming_plan

EXACT = ["brute", "fft", "hybrid"]
# Text, pattern, letters.
GRID = [
    (100_000, 100, 4),
    (100_000, 1000, 4),
    (100_000, 1000, 64),
    (100_000, 1000, 1000),
    (100_000, 1000, 100_000),
    (100_000, 10_000, 4),
    (100_000, 10_000, 1000),
    (1_000_000, 1000, 64),
]
# On the hard family, with as many letters as the root of the pattern.
PATTERNS = [256, 1024, 4096, 16_384]
TEXTS = [25_000, 50_000, 100_000, 200_000, 400_000]
FIELDS = ["n", "m", "letters", "method", "seconds", "failed"]
FEW = 200  # More letters are not transformed one by one.


def drawn(n: int, m: int, letters: int, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.randint(letters, (size,), generator=generator) for size in (n, m))
    return text.to(device), pattern.to(device)


def run(args: argparse.Namespace) -> dict[str, float]:
    method, n, m, letters = args.work[0], *map(int, args.work[1:])
    torch.set_num_threads(1)
    text, pattern = drawn(n, m, letters, args.device)
    limit_memory(args.gigabytes, args.device)
    return {"seconds": median_seconds(lambda: METHODS[method](text, pattern), args.device)}


def exponent(sizes: list[int], values: list[float]) -> str:
    """A slope of logarithms, with the 95 % interval of 1,000 bootstrap samples of its residuals."""
    x, y = np.log(sizes), np.log(values)
    slope, start = np.polyfit(x, y, 1)
    residuals = y - slope * x - start
    random = np.random.RandomState(0)
    drawn = [
        np.polyfit(x, y - residuals + random.choice(residuals, len(x)), 1)[0] for _ in range(1000)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{slope:.2f} ({low:.2f} to {high:.2f})"


def grid_table(rows: list[dict[str, Any]]) -> str:
    """Milliseconds, and how far `auto` is from the best exact method."""
    lines = [
        "| n | m | letters | " + " | ".join(METHODS) + " | auto chose | auto / best |",
        "| --- " * (len(METHODS) + 5) + "|",
    ]
    for n, m, letters in GRID:
        mine = {r["method"]: r for r in rows if (r["n"], r["m"], r["letters"]) == (n, m, letters)}
        seconds = {name: row["seconds"] for name, row in mine.items() if "seconds" in row}
        cells = [f"{n:,}", f"{m:,}", f"{letters:,}"]
        cells += [f"{1e3 * seconds[name]:.3g}" if name in seconds else "" for name in METHODS]
        best = min(seconds[name] for name in EXACT if name in seconds)
        plan = hamming_plan(*drawn(n, m, letters, "cpu"))
        lines.append(
            "| " + " | ".join([*cells, plan.method, f"{seconds['auto'] / best:.2f}"]) + " |"
        )
    return "\n".join(lines)


def growth_table(rows: list[dict[str, Any]]) -> str:
    """Exponents of time and operations on the hard family."""
    lines = ["| method | time in m | operations in m | time in n |", "| --- | --- | --- | --- |"]
    n, m = TEXTS[-2], 1024

    def times(method: str, sizes: list[tuple[int, int]]) -> list[float]:
        wanted = {(a, b, round(math.sqrt(b))) for a, b in sizes}
        found = {(r["n"], r["m"], r["letters"]): r for r in rows if r["method"] == method}
        return [found[key].get("seconds", math.nan) for key in sorted(wanted)]

    for method in EXACT:
        by_m = times(method, [(n, size) for size in PATTERNS])
        by_n = times(method, [(size, m) for size in TEXTS])
        plans = [
            hamming_plan(*drawn(n, size, round(math.sqrt(size)), "cpu"), method)
            for size in PATTERNS
        ]
        operations = [plan.operations for plan in plans]
        cells = [method, exponent(PATTERNS, by_m), exponent(PATTERNS, operations)]
        lines.append("| " + " | ".join([*cells, exponent(TEXTS, by_n)]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/hamming)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--work", nargs=4, metavar=("METHOD", "N", "M", "LETTERS"))
    args = parser.parse_args()
    if args.work:
        print(json.dumps(run(args)))
        return
    args.folder = args.folder or Path("runs/benchmarks/hamming" + on(args.device))
    args.folder.mkdir(parents=True, exist_ok=True)
    rows = [
        _row(args, name, *size)
        for size in GRID
        for name in METHODS
        if size[2] <= FEW or name not in ("fft", "FFT of each letter")
        if args.device == "cpu" or name != "numpy, brute"
    ]
    hard = {(TEXTS[-2], m) for m in PATTERNS} | {(n, 1024) for n in TEXTS}
    growth = [
        _row(args, name, n, m, round(math.sqrt(m))) for n, m in sorted(hard) for name in EXACT
    ]
    text = grid_table(rows) + "\n\n" + growth_table(growth)
    write_results(args.folder, FIELDS, rows + growth, text)
    print(text)


def _row(args: argparse.Namespace, method: str, n: int, m: int, letters: int) -> dict[str, Any]:
    command = [__file__, "--gigabytes", str(args.gigabytes), "--device", args.device]
    command += ["--work", method, str(n), str(m), str(letters)]
    found = cached(
        args.folder / "results.json",
        f"{method}, {n}, {m}, {letters}{on(args.device)}",
        lambda: measure_kept(command, args.seconds, args.device),
    )
    row = {"n": n, "m": m, "letters": letters, "method": method, **found}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
