"""Which hard pairs of graphs GIN, LCM-GIN and variants of SPEN tell apart.

Random weights in float64, three seeds; "k=1, mean" and the like are the exchange of the paper, the
other columns of SPEN its defaults here. ``--exp FILE`` adds graphs in graph6 format, one a line,
pairs one behind the other, with node colours in ``--colors``.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import torch
from harness import on
from torch_geometric.data import Data

from pyg_symm.metrics import (
    GraphPair,
    OnData,
    expressivity_markdown,
    expressivity_suite,
    expressivity_table,
)
from pyg_symm.metrics.expressivity import from_graph6
from pyg_symm.nn import SPEN, LCMAggregation
from pyg_symm.nn.models import AggregatorGIN

PAPER = {"keep_local": False, "count": False}
SPENS = {
    "k=1, mean": {"num_hops": 1, "merge": "mean", **PAPER},
    "k=1, sum": {"num_hops": 1, "merge": "sum", **PAPER},
    "k=1, order 1": {"num_hops": 1, "merge": "mean", "order": 1, **PAPER},
    "k=2, mean": {"num_hops": 2, "merge": "mean", **PAPER},
    "k=2, order 1": {"num_hops": 2, "merge": "mean", "order": 1, **PAPER},
    "k=1": {"num_hops": 1},
    "k=2": {"num_hops": 2},
    "k=1, matmul": {"num_hops": 1, "matmul": True},
}


class OnDevice(torch.nn.Module):
    """A network on a device, called with data that is elsewhere."""

    def __init__(self, model: torch.nn.Module, device: str) -> None:
        super().__init__()
        self.model = model.to(device)
        self.device = device

    def forward(self, data: Data) -> torch.Tensor:
        return self.model(data.clone().to(self.device)).cpu()


def models(device: str = "cpu") -> dict:
    def lcm() -> LCMAggregation:
        return LCMAggregation(16, 16, op="lse")

    peers = {
        "GIN": lambda: OnData(AggregatorGIN(1, 16, 3, 16)),
        "LCM-GIN": lambda: OnData(AggregatorGIN(1, 16, 3, 16, aggr=lcm())),
    }
    ours = {
        name: lambda options=options: OnData(SPEN(1, 8, 3, 8, act="elu", **options))
        for name, options in SPENS.items()
    }
    return {
        name: (lambda build=build: OnDevice(build(), device), None)
        for name, build in {**peers, **ours}.items()
    }


def read_pairs(graphs: Path, colors: Path, limit: int) -> list[GraphPair]:
    data = []
    lines = zip(graphs.read_text().split(), colors.read_text().split(), strict=True)
    for line, color in list(lines)[: 2 * limit]:
        data.append(from_graph6(line))
        data[-1].x = torch.tensor([[float(c)] for c in color])
    return [GraphPair(f"pair {i}", *data[2 * i : 2 * i + 2]) for i in range(len(data) // 2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exp", type=Path, help="graphs in graph6 format, pair by pair")
    parser.add_argument("--colors", type=Path, help="their node colours, a digit a node")
    parser.add_argument("--limit", type=int, default=30, help="pairs of --exp to look at")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/expressivity)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.folder = args.folder or Path("runs/benchmarks/expressivity" + on(args.device))
    rows = expressivity_suite()
    if args.exp:
        rows["EXP"] = read_pairs(args.exp, args.colors, args.limit)
    table = expressivity_table(models(args.device), rows)
    args.folder.mkdir(parents=True, exist_ok=True)
    numbers = {
        row: {name: [asdict(one) for one in found] for name, found in cells.items()}
        for row, cells in table.items()
    }
    (args.folder / "results.json").write_text(json.dumps(numbers, indent=2) + "\n")
    text = expressivity_markdown(table)
    (args.folder / "table.md").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
