"""Forward and backward of learned aggregations on sets of power-law sizes, ours beside PyG's.

Set sizes are floor(u^(-2/3)) for uniform u, up to a largest one. Each layer runs in a process of
its own on one thread; a peer that runs out of time or memory is not tried on larger inputs. Results
are kept in ``runs/benchmarks/aggregators``: started again, it goes on where it was.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from harness import cached, limit_memory, measure, on, time_and_memory
from reports import write_results

from pyg_symm.utils.figures import agg_figure

CHANNELS = 32
# Sets, elements, largest set.
CASES = {"20k sets": (20_000, 50_367, 300), "4k sets": (4_000, 10_691, 539)}
GROWTH = [10_000, 20_000, 100_000, 200_000, 1_000_000, 2_000_000]
LARGEST = 300

OURS = ["lcm", "lcm checkpointed", "lcm mlp", "lcm lse", "lcm topk", "recurrent gru"]
PEERS = ["PyG LCM", "PyG LSTM", "PyG GRU", "PyG SetTransformer", "PyG max", "PyG sum"]


def build(name: str) -> torch.nn.Module:
    import torch_geometric.nn as pyg

    from pyg_symm.nn import LCMAggregation, RecurrentAggregation

    f = CHANNELS
    makers = {
        "lcm": lambda: LCMAggregation(f, f),
        "lcm checkpointed": lambda: LCMAggregation(f, f, checkpoint_levels=True),
        "lcm mlp": lambda: LCMAggregation(f, f, op="mlp"),
        "lcm lse": lambda: LCMAggregation(f, f, op="lse"),
        "lcm topk": lambda: LCMAggregation(f, f, op="topk"),
        "recurrent gru": lambda: RecurrentAggregation("gru", f, f),
        "recurrent lstm": lambda: RecurrentAggregation("lstm", f, f),
        "PyG LCM": lambda: pyg.LCMAggregation(f, f),
        "PyG LSTM": lambda: pyg.LSTMAggregation(f, f),
        "PyG GRU": lambda: pyg.GRUAggregation(f, f),
        "PyG SetTransformer": lambda: pyg.SetTransformerAggregation(f, heads=4),
        "PyG max": pyg.MaxAggregation,
        "PyG sum": pyg.SumAggregation,
    }
    return makers[name]()


def power_law(num_sets: int, num_elements: int, largest: int) -> torch.Tensor:
    """Set sizes of the heavy-tailed distribution, corrected to add up exactly."""
    generator = torch.Generator().manual_seed(0)
    # Quantiles rather than draws: the tail is the same however many sets there are.
    u = (torch.randperm(num_sets, generator=generator).double() + 0.5) / num_sets
    sizes = u.pow(-1 / 1.5).floor().clamp(max=largest).long()
    sizes[0] = largest
    while (missing := num_elements - int(sizes.sum())) != 0:
        free = (sizes < largest) if missing > 0 else (sizes > 1) & (sizes < largest)
        pick = free.nonzero().view(-1)
        pick = pick[torch.randperm(pick.numel(), generator=generator)][: abs(missing)]
        sizes[pick] += 1 if missing > 0 else -1
    return sizes


def sets_of(num_elements: int) -> int:
    """As many sets as give about that many elements at the growth's distribution."""
    k = torch.arange(1, LARGEST + 1, dtype=torch.double)
    mean = k.pow(-1.5).sum().item()  # P(size >= k) = k^-1.5
    return round(num_elements / mean)


def work(
    name: str, sizes: torch.Tensor, gigabytes: float, once: bool, device: str = "cpu"
) -> dict[str, float]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    layer = build(name).to(device)

    def step(sizes: torch.Tensor) -> Any:
        index = torch.arange(sizes.numel()).repeat_interleave(sizes).to(device)
        x = torch.randn(index.numel(), CHANNELS).to(device).requires_grad_()

        def run() -> None:
            layer.zero_grad()
            layer(x, index, dim_size=sizes.numel()).sum().backward()

        return run

    run = step(sizes)
    limit_memory(gigabytes, device)
    return time_and_memory(run, step(torch.tensor([3, 1, 2])), once, device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 100,000 elements, one case")
    parser.add_argument("--seconds", type=float, default=180, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=16, help="limit of each measurement")
    parser.add_argument("--layers", nargs="+", default=OURS + PEERS, choices=OURS + PEERS)
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/aggregators)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--work", nargs=4, metavar=("LAYER", "SETS", "ELEMENTS", "LARGEST"))
    parser.add_argument("--once", action="store_true", help="do not repeat the work")
    args = parser.parse_args()
    if args.work:
        name, *shape = args.work
        sizes = power_law(*map(int, shape))
        print(json.dumps(work(name, sizes, args.gigabytes, args.once, args.device)))
        return
    args.folder = args.folder or Path("runs/benchmarks/aggregators" + on(args.device))
    args.folder.mkdir(parents=True, exist_ok=True)
    cases = {"4k sets": CASES["4k sets"]} if args.quick else CASES
    inputs = {
        **cases,
        **{f"{n:,}": (sets_of(n), n, LARGEST) for n in GROWTH if not args.quick or n <= 100_000},
    }
    rows = [row for name in args.layers for row in _rows(name, inputs, args)]
    _report(args.folder, rows, cases)


def _rows(name: str, inputs: dict[str, tuple[int, int, int]], args: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    gave_up = False
    for case, shape in inputs.items():
        row = {"layer": name, "case": case, "sets": shape[0], "elements": shape[1]}
        if gave_up and case not in CASES:
            found: dict[str, Any] = {"failed": "smaller input failed"}
        else:
            command = [__file__, "--gigabytes", str(args.gigabytes), "--device", args.device]
            command += ["--work", name]
            found = cached(
                args.folder / "results.json",
                f"{name}, {case}{on(args.device)}",
                lambda command=command, shape=shape: measure(
                    [*command, *map(str, shape)], args.seconds, device=args.device
                ),
            )
        gave_up |= "failed" in found and case not in CASES
        rows.append({**row, **found})
        print(_line(rows[-1]), flush=True)
    return rows


def _line(row: dict[str, Any]) -> str:
    value = row.get("failed") or f"{row['seconds']:10.4f} s {row['megabytes']:9.1f} MB"
    return f"{row['layer']:20} {row['case']:>10} {value}"


def _report(folder: Path, rows: list[dict[str, Any]], cases: dict[str, Any]) -> None:
    fields = ["layer", "case", "sets", "elements", "seconds", "plain_seconds"]
    fields += ["megabytes", "failed"]
    lines = []
    for case, (sets, elements, largest) in cases.items():
        mine = {row["layer"]: row for row in rows if row["case"] == case}
        ours = mine.get("lcm", {})
        head = f"{sets:,} sets, {elements:,} elements, largest {largest}, {CHANNELS} channels"
        lines += ["", head, "", "| layer | seconds | x lcm | MB | x lcm |", "|---|---|---|---|---|"]
        for name, row in mine.items():
            if "failed" in row or "seconds" not in ours:
                lines.append(f"| {name} | {row.get('failed', '')} | | | |")
            else:
                slower = row["seconds"] / ours["seconds"]
                larger = row["megabytes"] / ours["megabytes"]
                lines.append(
                    f"| {name} | {row['seconds']:.4f} | {slower:.2f} "
                    f"| {row['megabytes']:.1f} | {larger:.2f} |"
                )
    lines += ["", "Growth from n to 10 n elements (time, memory):", ""]
    found = {(row["layer"], row["elements"]): row for row in rows if row["case"] not in CASES}
    for (name, elements), row in found.items():
        more = found.get((name, 10 * elements), {})
        if "seconds" in row and "seconds" in more:
            growth = [more[k] / row[k] for k in ("seconds", "megabytes")]
            lines.append(f"- {name}, {elements:,}: {growth[0]:.1f}, {growth[1]:.1f}")
    text = "\n".join(lines)
    write_results(folder, fields, rows, text)
    print(text)
    _draw(folder / "figure.png", [row for row in found.values() if "seconds" in row])


def _draw(file: Path, rows: list[dict[str, Any]]) -> None:
    figure = agg_figure(10, 4.4)
    figure.suptitle("Aggregations: forward and backward pass")
    left, right = figure.subplots(1, 2)
    plots = (left, "seconds", "processor seconds"), (right, "megabytes", "peak MB")
    for axes, key, label in plots:
        for name in dict.fromkeys(row["layer"] for row in rows):
            mine = [row for row in rows if row["layer"] == name]
            x, y = [row["elements"] for row in mine], [row[key] for row in mine]
            axes.loglog(x, y, "--" if name.startswith("PyG") else "-", marker="o", ms=4, label=name)
        axes.set_xlabel("elements")
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
    right.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(file, dpi=110)


if __name__ == "__main__":
    main()
