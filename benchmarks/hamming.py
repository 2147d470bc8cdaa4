"""Hamming distances at all places of a text: time and memory on grids of sizes, and growth.

The methods of a case run in turn in one process on one thread, and memory is that of a process for
each method; times are the best of several runs in processor time. Results are kept in
``runs/benchmarks/hamming``: started again, it goes on where it was.
"""

import argparse
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hamming_peers import EXACT, METHODS, OURS, drawn
from hamming_report import grid_table, growth_table, sketch_table, wide_lines
from harness import (
    cached,
    in_turn,
    limit_memory,
    measure_kept,
    measure_memory,
    on,
    peak_megabytes,
    time_and_memory,
)
from reports import write_results

from pyg_symm.strings import hamming_distances, hamming_plan, hamming_sketch

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
MEMORY = [GRID[-3], GRID[-2], GRID[-1]]
PATTERNS = [256, 512, 1024, 2048, 4096, 8192, 16_384]
TEXTS = [25_000, 50_000, 100_000, 200_000, 400_000]
# How many letters a pattern has: transforms and pairs cost alike, all are rare or frequent, few.
FAMILIES = ["root", "zipf", "four"]
WIDE = [
    (n, m, letters, kind)
    for n in (2000, 20_000, 200_000)
    for m in (10, 100, 1000, 10_000)
    for letters in (2, 4, 20, 64, 300, 3000)
    for kind in (["uniform"] if letters < 20 else ["uniform", "zipf"])
    if m <= n
]
SKETCHES = [4, 16, 64, 256]
FIELDS = ["part", "n", "m", "letters", "kind", "method", "seconds", "megabytes", "operations"]
FEW = 200  # More letters are not transformed one by one.
LONG = 2e8  # Nanoseconds: what is expected to take longer is left out of the wide grid.


Case = tuple[int, int, int, str, list[str]]  # Text, pattern, letters, how drawn, and methods.


def letters_of(family: str, m: int) -> tuple[int, str]:
    """Letters of a pattern, and how they are drawn."""
    return {"root": (round(m**0.5), "uniform"), "zipf": (10_000, "zipf"), "four": (4, "uniform")}[
        family
    ]


def times(args: argparse.Namespace, cases: list[Case]) -> dict[str, Any]:
    """Best seconds of the methods of each case."""
    found = []
    for n, m, letters, kind, names in cases:
        text, pattern = drawn(n, m, letters, kind, args.device)
        works = {name: functools.partial(METHODS[name], text, pattern) for name in names}
        works = {name: work for name, work in works.items() if _fits(work)}
        found.append(in_turn(works, args.rounds, args.round_seconds, args.device))
    return {"times": found}


def _fits(work: Callable[[], object]) -> bool:
    """Whether it runs within the limit of memory."""
    try:
        work()
    except (MemoryError, RuntimeError) as error:
        if "memory" not in f"{type(error)} {error}".lower():
            raise
        return False
    return True


def run_memory(args: argparse.Namespace) -> dict[str, Any]:
    """Growth of the peak by one method, on a GPU of what tensors take."""
    n, m, letters, kind, name = args.memory
    text, pattern = drawn(int(n), int(m), int(letters), kind, args.device)
    short = drawn(1000, 10, int(letters), kind, args.device)
    limit_memory(args.gigabytes, args.device)
    work, warm_up = (functools.partial(METHODS[name], *x) for x in ((text, pattern), short))
    if args.device != "cpu":
        return time_and_memory(work, warm_up, True, args.device)
    warm_up()
    return {"megabytes": peak_megabytes(work)}


def sketch_errors() -> dict[str, float]:
    """Standard deviations of estimates over places, for each number of sketches."""
    text, pattern = drawn(20_000, 1000, 64, "uniform")
    exact = hamming_distances(text, pattern).double()
    generator = torch.Generator().manual_seed(0)
    errors: dict[str, float] = {"distance": float(exact.mean())}
    for num in SKETCHES:
        # The mean of a sketch over places is not zero, but over sketches it is.
        squares = [
            (hamming_sketch(text, pattern, num_sketches=num, generator=generator)[0] - exact)
            .double()
            .square()
            .mean()
            for _ in range(max(4, 256 // num))
        ]
        errors[str(num)] = float(torch.stack(squares).mean().sqrt())
    return errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="limit of each process")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of each process")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each method")
    parser.add_argument("--round-seconds", type=float, default=30, help="after which no more begin")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/hamming)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--times", type=json.loads, metavar="CASES")
    parser.add_argument("--memory", nargs=5, metavar=("N", "M", "LETTERS", "KIND", "METHOD"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.memory:
        print(json.dumps(run_memory(args)))
        return
    if args.times:
        limit_memory(args.gigabytes, args.device)
        print(json.dumps(times(args, args.times)))
        return
    args.folder = args.folder or Path("runs/benchmarks/hamming" + on(args.device))
    args.folder.mkdir(parents=True, exist_ok=True)
    grid = [
        row
        for size in GRID
        for row in _rows(args, f"grid {size}", [(*size, "uniform", _able(args, size))])
    ]
    for row in grid:
        if (row["n"], row["m"], row["letters"]) in MEMORY:
            row.update(_memory(args, row))
    growth = []
    for family in FAMILIES:
        names = [*EXACT, "auto"] if family != "zipf" else ["brute", "hybrid", "auto"]
        by_m = [(TEXTS[-2], m, *letters_of(family, m), names) for m in PATTERNS]
        by_n = [(n, PATTERNS[2], *letters_of(family, PATTERNS[2]), names) for n in TEXTS]
        growth += _rows(args, f"{family}, m", by_m) + _rows(args, f"{family}, n", by_n)
    wide = _rows(args, "wide", [(*size, _short(size)) for size in WIDE])
    errors = cached(args.folder / "results.json", "sketches", sketch_errors)
    parts = [grid_table(grid), growth_table(growth), wide_lines(wide), sketch_table(errors)]
    text = "\n\n".join(parts)
    write_results(args.folder, FIELDS, grid + growth + wide, text)
    print(text)


def _able(args: argparse.Namespace, size: tuple[int, int, int]) -> list[str]:
    """Methods that can run."""
    names = [name for name in METHODS if args.device == "cpu" or name != "numpy, brute"]
    return [name for name in names if size[2] <= FEW or name not in ("fft", "FFT of each letter")]


def _short(size: tuple[int, int, int, str]) -> list[str]:
    """Exact methods that do not take long."""
    text, pattern = drawn(*size)
    short = [name for name in EXACT if hamming_plan(text, pattern, name).cost < LONG]
    return [*short, "auto"]


def _rows(args: argparse.Namespace, part: str, cases: list[Case]) -> list[dict[str, Any]]:
    """The methods of some cases, measured in one process."""
    command = [__file__, *_limits(args), "--times", json.dumps(cases)]
    found = cached(
        args.folder / "results.json",
        part + on(args.device),
        lambda: measure_kept(command, args.seconds, args.device),
    )
    if "failed" in found:
        raise RuntimeError(f"{part}: {found['failed']}")
    rows = []
    for (n, m, letters, kind, _), seconds in zip(cases, found["times"], strict=True):
        text, pattern = drawn(n, m, letters, kind)
        for name in seconds:
            row = {"part": part, "n": n, "m": m, "letters": letters, "kind": kind, "method": name}
            if name in OURS:
                row["operations"] = hamming_plan(text, pattern, name).operations
            rows.append({**row, "seconds": seconds[name]})
            print(rows[-1], flush=True)
    return rows


def _memory(args: argparse.Namespace, row: dict[str, Any]) -> dict[str, float]:
    sizes = [str(row[name]) for name in ("n", "m", "letters", "kind", "method")]
    found = cached(
        args.folder / "results.json",
        f"memory: {', '.join(sizes)}{on(args.device)}",
        lambda: measure_memory(
            [__file__, *_limits(args), "--memory", *sizes], args.seconds, args.device
        ),
    )
    return {"megabytes": found["megabytes"]} if "megabytes" in found else {}


def _limits(args: argparse.Namespace) -> list[str]:
    names = ("gigabytes", "device", "rounds", "round_seconds")
    return [part for n in names for part in ("--" + n.replace("_", "-"), str(getattr(args, n)))]


if __name__ == "__main__":
    main()
