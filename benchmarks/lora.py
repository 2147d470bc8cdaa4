"""Merging LoRA adapters in factors beside merging dense updates.

``svd``: the best approximation of rank 8 for the sum of three adapters of rank 8. Ours works in
factors and reports on the result; "dense" multiplies the updates out, as peft does, and decomposes
the sum; "dense, randomised" takes ``torch.svd_lowrank`` of it. Results are compared with ours: the
dense one must agree to 1e-4 in float32, the randomised one may be off. ``lego``: the cost of both
presets of ``lego_merge`` over the width of the layer and over the number of units.

Each measurement runs in its own process on one thread, in processor time. Results are kept in
``runs/benchmarks/lora``: started again, it goes on where it was.
"""

import argparse
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from harness import cached, measure_kept, time_and_memory
from reports import growth_line, write_results
from torch import Tensor

from pyg_symm.utils import markdown_table
from pyg_symm.weights.lora import Adapter, lego_merge, svd_merge

RANK = 8
WIDTHS = [512, 1024, 2048, 4096]
LEGO_WIDTHS = [512, 1024, 2048, 4096, 8192]
UNITS = [24, 48, 96, 192, 384]
OURS, DENSE, RANDOMISED = "factors (ours)", "dense", "dense, randomised"
LEGO = ["LEGO, paper", "LEGO, gauge"]
FIELDS = ["part", "name", "width", "units", "seconds", "megabytes", "error", "failed"]


def adapters_of(width: int, units: int) -> list[Adapter]:
    """Adapters of rank 8 for one square weight, with factors that share a common part."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    common = draw(RANK, width), draw(width, RANK)
    made = []
    for _ in range(units // RANK):
        a, b = (part + draw(*part.shape) for part in common)
        made.append(Adapter({"weight": (a, b, 2.0)}))
    return made


def dense_merge(adapters: list[Adapter], randomised: bool = False) -> Tensor:
    """The truncated sum of updates, by way of dense matrices."""
    delta = torch.stack([adapter.delta("weight") for adapter in adapters]).sum(0)
    if randomised:
        u, s, v = torch.svd_lowrank(delta, q=2 * RANK)
        return (u[:, :RANK] * s[:RANK]) @ v[:, :RANK].T
    u, s, vh = torch.linalg.svd(delta, full_matrices=False)
    return (u[:, :RANK] * s[:RANK]) @ vh[:RANK]


def step(name: str, adapters: list[Adapter]) -> Callable[[], Any]:
    """What is measured."""
    if name in LEGO:
        return lambda: lego_merge(adapters, preset=name.removeprefix("LEGO, "))
    if name == OURS:
        return lambda: svd_merge(adapters, RANK)
    return lambda: dense_merge(adapters, name == RANDOMISED)


def assert_equal(found: Tensor, adapters: list[Adapter], limit: float) -> float:
    """How far a dense result is from ours, relative to it."""
    ours = svd_merge(adapters, RANK).delta("weight")
    error = float((found - ours).norm() / ours.norm())
    if not error < limit:
        raise AssertionError(f"results differ by {error:.1e}")
    return error


def work(name: str, width: int, units: int, once: bool) -> dict[str, Any]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    adapters = adapters_of(width, units)
    tiny = adapters_of(64, 3 * RANK)
    if not name.startswith("dense"):
        run, warm_up = step(name, adapters), step(name, tiny)
        return time_and_memory(run, warm_up, once)
    step(name, tiny)()
    begin = time.process_time()
    found = step(name, adapters)()
    seconds = time.process_time() - begin
    error = assert_equal(found, adapters, 1e-4 if name == DENSE else 1.0)
    return {"seconds": seconds, "error": error}


def report(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Writes and prints the tables."""
    table = [["width", "factors (ours), ms", "dense, ms", "ratio", "randomised, ms", "ratio"]]
    by_key = {(row["part"], row["name"], row["width"], row["units"]): row for row in rows}
    for width in sorted({row["width"] for row in rows if row["part"] == "svd"}):
        mine = [by_key.get(("svd", name, width, 24), {}) for name in (OURS, DENSE, RANDOMISED)]
        ours, *others = [row.get("seconds") for row in mine]
        cells = [f"{width:,}", f"{1e3 * ours:.2f}"]
        for row, seconds in zip(mine[1:], others, strict=True):
            if seconds is None:
                cells += [row.get("failed", ""), ""]
            else:
                cells += [f"{1e3 * seconds:,.0f}", f"{seconds / ours:,.0f}"]
        table.append(cells)
    lines = [markdown_table(table), ""]
    for part, size, letter in (("lego, width", "width", "d"), ("lego, units", "units", "M")):
        for name in LEGO:
            mine = [row for row in rows if (row["part"], row["name"]) == (part, name)]
            if mine:
                lines.append(growth_line(f"{name}, over {size}", mine, size, letter))
                times = [f"{1e3 * row['seconds']:.1f}" for row in mine if "seconds" in row]
                lines.append(f"  ({', '.join(times)} ms)")
    text = "\n".join(lines)
    write_results(folder, FIELDS, rows, text)
    print(f"\n{text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="widths up to 1,024, up to 48 units")
    parser.add_argument("--only", default="", help="parts that match a regular expression")
    parser.add_argument("--seconds", type=float, default=400, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/lora"))
    parser.add_argument("--work", nargs=3, metavar=("NAME", "WIDTH", "UNITS"))
    parser.add_argument("--once", action="store_true", help="do not repeat the work")
    args = parser.parse_args()
    if args.work:
        name, width, units = args.work
        print(json.dumps(work(name, int(width), int(units), args.once)))
        return
    args.folder.mkdir(parents=True, exist_ok=True)
    most = 1024 if args.quick else max(LEGO_WIDTHS)
    many = 48 if args.quick else max(UNITS)
    wanted = [("svd", name, w, 24) for w in WIDTHS for name in (OURS, DENSE, RANDOMISED)]
    wanted += [("lego, width", name, w, 24) for name in LEGO for w in LEGO_WIDTHS]
    wanted += [("lego, units", name, min(4096, most), m) for name in LEGO for m in UNITS]
    rows = []
    for part, name, width, units in wanted:
        if width > most or units > many or not re.search(args.only, part):
            continue
        command = [__file__, "--work", name, str(width), str(units)]
        found = cached(
            args.folder / "results.json",
            f"{name}, {width}, {units}",
            lambda command=command: measure_kept(command, args.seconds),
        )
        row = {"part": part, "name": name, "width": width, "units": units, **found}
        shown = found.get("failed") or f"{found['seconds']:9.4f} s"
        print(f"{part:12} {name:18} {width:5} {units:4} {shown}", flush=True)
        rows.append(row)
    report(args.folder, rows)


if __name__ == "__main__":
    main()
