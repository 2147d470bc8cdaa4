"""Products on the sphere beside e3nn's tensor products: time against degree, forward and backward.

Each layer runs in its own process on one thread, with warm-up; times are medians. Results are
kept in ``runs/benchmarks/gaunt``: started again, it goes on where it was.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from gaunt_peers import (
    CONVOLUTIONS,
    MANY_BODY,
    PRODUCTS,
    Work,
    convolution,
    installed,
    many_body,
    product,
)
from gaunt_report import line, report
from harness import cached, limit_memory, measure_kept, median_seconds, on
from torch.utils.flop_counter import FlopCounterMode

from pyg_symm.nn import GauntProduct

DEGREES = list(range(1, 9))
# Degrees at which operations are counted; time is not measured there.
COUNTED = [8, 12, 16, 24, 32]
EDGES = [10_000, 100_000]


def work(part: str, name: str, degree: int, device: str) -> Work:
    if part.startswith("product"):
        return product(name, degree, degree if "truncated" in part else 2 * degree, device)
    if part.startswith("convolution"):
        return convolution(name, degree, int(part.split()[1]), device)
    return many_body(name, degree, device)


def run(part: str, name: str, degree: int, gigabytes: float, device: str) -> dict[str, Any]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    module, inputs, function = work(part, name, degree, device)
    limit_memory(gigabytes, device)

    def forward() -> None:
        with torch.no_grad():
            function(*inputs)

    leaves = [value.requires_grad_() for value in inputs]
    with torch.no_grad():
        grad = torch.randn_like(function(*inputs))

    def both() -> None:
        module.zero_grad()
        torch.autograd.grad(function(*leaves), leaves, grad)

    return {"seconds": median_seconds(forward, device), "both": median_seconds(both, device)}


def count(method: str, degree: int) -> int:
    """Multiply-adds of matrix products for one pair, full output."""
    layer = GauntProduct(degree, degree, 2 * degree, normalization="none", method=method)
    x = torch.randn(1, 1, (degree + 1) ** 2)
    with FlopCounterMode(display=False) as counter:
        layer(x, x)
    return counter.get_total_flops() // 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to degree 4, 10,000 edges")
    parser.add_argument("--parts", nargs="+", default=["product", "convolution", "many-body"])
    parser.add_argument("--seconds", type=float, default=240, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=12, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/gaunt)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--work", nargs=3, metavar=("PART", "LAYER", "DEGREE"))
    args = parser.parse_args()
    if args.work:
        part, name, degree = args.work
        print(json.dumps(run(part, name, int(degree), args.gigabytes, args.device)))
        return
    args.folder = args.folder or Path("runs/benchmarks/gaunt" + on(args.device))
    args.folder.mkdir(parents=True, exist_ok=True)
    rows = [
        row for part, names in _parts(args) for name in names for row in _rows(part, name, args)
    ]
    counts = [
        {"method": method, "degree": degree, "operations": count(method, degree)}
        for method in ("grid", "halved", "separable")
        for degree in COUNTED
    ]
    report(args.folder, rows, counts)


def _parts(args: Any) -> list[tuple[str, list[str]]]:
    peers = list(PRODUCTS)
    if args.device != "cpu" and installed("cuequivariance_torch"):
        peers.append("cuequivariance")
    edges = EDGES[:1] if args.quick else EDGES
    parts = {
        "product": [("product, truncated", peers), ("product, full", peers)],
        "convolution": [
            (f"convolution, {num} edges", CONVOLUTIONS if num == EDGES[0] else ["ours", "e3nn"])
            for num in edges
        ],
        "many-body": [("many-body", MANY_BODY)],
    }
    return [part for name in args.parts for part in parts[name]]


def _rows(part: str, name: str, args: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for degree in DEGREES[:4] if args.quick else DEGREES:
        if name == "direct" and degree > 5:  # The matrix of coefficients outgrows the caches.
            continue
        row = {"part": part, "layer": name, "degree": degree}
        if rows and "failed" in rows[-1]:
            found: dict[str, Any] = {"failed": "lower degree failed"}
        else:
            command = [__file__, "--gigabytes", str(args.gigabytes), "--device", args.device]
            command += ["--work", part, name, str(degree)]
            found = cached(
                args.folder / "results.json",
                f"{part}, {name}, {degree}{on(args.device)}",
                lambda command=command: measure_kept(command, args.seconds, args.device),
            )
        rows.append({**row, **found})
        print(line(rows[-1]), flush=True)
    return rows


if __name__ == "__main__":
    main()
