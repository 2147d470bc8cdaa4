"""Weight matching beside coordinate descent that solves all classes in every sweep, over width.

Both sides get the same networks, types and numbers of starts. Each row is one process on one
thread; runs of both sides alternate, and times are medians of processor seconds. Results are kept
in ``runs/benchmarks/weights``: started again, it goes on where it was.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from harness import cached, limit_memory, measure_kept, on
from weights_peers import plain_descent, planted, trained
from weights_report import line, report

from pyg_symm.weights import Permutation, frank_wolfe_matching, weight_matching

KINDS = ["planted", "planted, noise 1", "trained"]
WIDTHS = [64, 128, 256, 512, 1024]
STARTS = 4  # As many as weight_matching has by default.


def networks(kind: str, width: int, seed: int, device: str) -> Any:
    if kind == "trained":
        return trained(width, seed, device)
    return planted(width, 1.0 if "noise" in kind else 0.0, seed, device)


def run(kind: str, width: int, starts: int, runs: int, device: str = "cpu") -> dict[str, Any]:
    torch.set_num_threads(1)
    spec, a, b = networks(kind, width, 0, device)

    def ours() -> tuple[Permutation, float]:
        match = weight_matching(spec, a, b, num_starts=starts)
        return match.permutation, match.objective

    def climb() -> tuple[Permutation, float]:
        match = frank_wolfe_matching(spec, a, b)
        return match.permutation, match.objective

    sides: dict[str, Callable[[], tuple[Permutation, float]]] = {
        "ours": ours,
        "plain": lambda: plain_descent(spec, a, b, num_starts=starts),
    }
    if starts == 1:
        sides["frank-wolfe"] = climb
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    found = {name: side() for name, side in sides.items()}  # Warm-up.
    for _ in range(runs):
        for name, side in sides.items():
            begin = _now(device)
            side()
            seconds[name].append(_now(device) - begin)
    out: dict[str, Any] = {}
    for name, (permutation, objective) in found.items():
        out[f"{name} seconds"] = statistics.median(seconds[name])
        out[f"{name} objective"] = objective
        out[f"{name} equal"] = all(
            torch.equal(permutation[n], found["ours"][0][n]) for n in spec.classes
        )
    return out


def _now(device: str) -> float:
    """Processor time of this process; on a GPU the time of a clock, after all work is done."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to width 256, three runs")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--widths", nargs="+", type=int, default=None)
    parser.add_argument("--runs", type=int, default=None, help="of each side (default: 7)")
    parser.add_argument("--seconds", type=float, default=1200, help="limit of each row")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of each row")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/weights)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda; SciPy stays on the CPU")
    parser.add_argument("--work", nargs=3, metavar=("KIND", "WIDTH", "STARTS"))
    args = parser.parse_args()
    runs = args.runs or (3 if args.quick else 7)
    if args.work:
        kind, width, starts = args.work
        limit_memory(args.gigabytes, args.device)
        print(json.dumps(run(kind, int(width), int(starts), runs, args.device)))
        return
    folder = args.folder or Path("runs/benchmarks/weights" + on(args.device))
    folder.mkdir(parents=True, exist_ok=True)
    widths = args.widths or (WIDTHS[:3] if args.quick else WIDTHS)
    rows = []
    for kind in args.kinds:
        for starts in (1, STARTS):
            for width in widths:
                command = [__file__, "--runs", str(runs), "--gigabytes", str(args.gigabytes)]
                command += ["--device", args.device, "--work", kind, str(width), str(starts)]
                found = cached(
                    folder / "results.json",
                    f"{kind}, {width}, {starts}{on(args.device)}",
                    lambda command=command: measure_kept(command, args.seconds, args.device),
                )
                rows.append({"kind": kind, "width": width, "starts": starts, **found})
                print(line(rows[-1]), flush=True)
    report(folder, rows)


if __name__ == "__main__":
    main()
