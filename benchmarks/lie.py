"""AffineResNet beside the published network written down plainly: a training step of each in turn.

Both have the same parameters and samples, and their logits must agree to 1e-5 of the largest.
The small case is one for a CPU; the others have the published width and number of samples. Ours
and the plain network take turns in one process, in processor time, so that a busy machine slows
both alike; the best of the runs of each counts. Memory is the growth of the resident peak in a
process of its own. Results are kept in ``runs/benchmarks/lie``: started again, it goes on where it
was. ``lie_errors.py`` measures the symmetry.
"""

import argparse
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from harness import cached, limit_memory, measure_kept, time_and_memory
from lie_peers import PlainAffineResNet
from reports import write_results
from torch import Tensor

from pyg_symm.groups import SL, GLPlus, LieGroup
from pyg_symm.nn.models import AffineResNet

FIELDS = ["case", "threads", "ours", "plain", "ratio", "error", "ours_mb", "plain_mb", "failed"]


class Case(NamedTuple):
    """A group, a size of networks and a batch of square images."""

    group: LieGroup
    channels: int
    samples: int
    batch: int
    side: int = 40


CASES = {
    "SL(2), 12 channels, 4 samples, batch 32": Case(SL(2), 12, 4, 32),
    "SL(2), 16 channels, 6 samples, batch 32": Case(SL(2), 16, 6, 32),
    "SL(2), 40 channels, 10 samples, batch 4": Case(SL(2), 40, 10, 4),
    "SL(2), 40 channels, 10 samples, batch 8": Case(SL(2), 40, 10, 8),
    "SL(2), 40 channels, 10 samples, batch 16": Case(SL(2), 40, 10, 16),
    "GL+(2), 40 channels, 10 samples, batch 8": Case(GLPlus(2), 40, 10, 8),
}
TINY = Case(SL(2), 2, 2, 1, 14)


def build(case: Case, name: str) -> tuple[Callable[[], None], Callable[[], Tensor]]:
    """A training step, and the logits."""
    torch.manual_seed(0)
    model = AffineResNet(
        case.group, hidden_channels=case.channels, num_samples=case.samples, dropout=0.0
    )
    net = PlainAffineResNet(model) if name == "plain" else model
    x = torch.randn(case.batch, 1, case.side, case.side)
    y = torch.arange(case.batch) % 10
    samples = model.draw(torch.Generator().manual_seed(0))

    def step() -> None:
        net.zero_grad()
        torch.nn.functional.cross_entropy(net(x, samples=samples), y).backward()

    def logits() -> Tensor:
        with torch.no_grad():
            return net(x, samples=samples)

    return step, logits


def compare(case: Case, runs: int) -> dict[str, float]:
    """The best time of a step of each, and how far logits are apart."""
    steps, outs = zip(*(build(case, name) for name in ("ours", "plain")), strict=True)
    ours, plain = (out() for out in outs)
    error = float((ours - plain).abs().max() / plain.abs().max())
    if not error < 1e-5:
        raise AssertionError(f"results differ by {error:.1e}")
    best = [float("inf")] * 2
    for run in range(runs + 1):  # The first one warms up.
        for i, step in enumerate(steps):
            start = time.process_time()
            step()
            best[i] = min(best[i], time.process_time() - start) if run else best[i]
    return {"ours": best[0], "plain": best[1], "ratio": best[1] / best[0], "error": error}


def work(key: str, threads: int, runs: int, memory: str, gigabytes: float) -> dict[str, Any]:
    torch.set_num_threads(threads)
    if not memory:
        return compare(CASES[key], runs)
    run, warm_up = build(CASES[key], memory)[0], build(TINY, memory)[0]
    limit_memory(gigabytes)
    return time_and_memory(run, warm_up, once=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases that match a regular expression")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--runs", type=int, default=3, help="steps of each that are measured")
    parser.add_argument("--seconds", type=float, default=600, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/lie"))
    parser.add_argument("--work", metavar="CASE")
    parser.add_argument("--memory", default="", metavar="NAME", help="of ours or plain, for --work")
    args = parser.parse_args()
    if args.work:
        found = work(args.work, args.threads[0], args.runs, args.memory, args.gigabytes)
        print(json.dumps(found))
        return
    args.folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "| training step | threads | ours, s | plain, s | ratio | ours, MB | plain, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    rows = []
    for key in (key for key in CASES if re.search(args.only, key)):
        command = [__file__, "--work", key, "--gigabytes", str(args.gigabytes)]
        memory = {
            f"{name}_mb": cached(
                args.folder / "results.json",
                f"{key}, memory, {name}",
                lambda more=[*command, "--memory", name]: measure_kept(more, args.seconds),
            ).get("megabytes")
            for name in ("ours", "plain")
        }
        for threads in args.threads:
            more = [*command, "--threads", str(threads), "--runs", str(args.runs)]
            found = cached(
                args.folder / "results.json",
                f"{key}, {threads} threads",
                lambda more=more: measure_kept(more, args.seconds),
            )
            row = {"case": key, "threads": threads, **found, **memory}
            rows.append(row)
            lines.append(line(row))
            print(lines[-1], flush=True)
    write_results(args.folder, FIELDS, rows, "\n".join(lines))


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    cells = [f"| {row['case']} | {row['threads']}"]
    if "failed" in row:
        return " | ".join([*cells, row["failed"], "", "", "", ""]) + " |"
    cells += [f"{row['ours']:.3f}", f"{row['plain']:.3f}", f"{row['ratio']:.2f}"]
    cells += ["" if row[k] is None else f"{row[k]:.0f}" for k in ("ours_mb", "plain_mb")]
    return " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
