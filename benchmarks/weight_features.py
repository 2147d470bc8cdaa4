"""The whole path of merges beside the plain loop that recomputes every distance, over width.

Both merge an MLP with three hidden layers of random weights, 784 inputs and 10 outputs, until every
layer has one unit, by Ward's cost, and must merge the same pairs in the same order. The plain loop
recomputes the Gram matrices of the layers that a merge has changed: that of the layer itself and
those before and behind it.

Each measurement runs in its own process on one thread. Results are kept in
``runs/benchmarks/weight_features``: started again, it goes on where it was.
"""

import argparse
import hashlib
import itertools
import json
import resource
import time
from pathlib import Path
from typing import Any

import torch
from harness import cached, measure_kept
from reports import growth_line, write_results
from torch import Tensor, nn

from pyg_symm.weights import mlp_spec
from pyg_symm.weights.features import Merger

INPUTS, OUTPUTS, LAYERS = 784, 10, 3
WIDTHS = (64, 128, 256, 512, 1024)
OURS, PLAIN = "incremental", "recomputed"
FIELDS = ["width", "name", "seconds", "megabytes", "merges", "digest", "failed"]


def build(width: int) -> nn.Sequential:
    """An MLP of random weights."""
    torch.manual_seed(0)
    sizes = [INPUTS, *[width] * LAYERS, OUTPUTS]
    pairs = itertools.pairwise(sizes)
    layers = [layer for i, o in pairs for layer in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


class PlainPath:
    """The merges of linear layers that follow each other, with every cost computed anew."""

    def __init__(self, model: nn.Sequential) -> None:
        linear = [layer for layer in model if isinstance(layer, nn.Linear)]
        self.weights = [layer.weight.detach().double() for layer in linear]
        self.biases = [layer.bias.detach().double() for layer in linear[:-1]]
        self.units = [list(range(len(b))) for b in self.biases]
        self.counts = [torch.ones(len(b), dtype=torch.double) for b in self.biases]
        self.best = [self.least(k) for k in range(len(self.units))]
        self.reference = [float(self.costs(k).max()) for k in range(len(self.units))]

    def costs(self, k: int) -> Tensor:
        """Ward's cost of all pairs of a layer."""
        columns = self.biases[k][:, None]
        rows = torch.cat([self.weights[k], columns, self.weights[k + 1].T], dim=1)
        gram, c = rows @ rows.T, self.counts[k]
        square = gram.diagonal()
        cross = 2 * (c * c[:, None]).sqrt() * gram
        costs = c * square[:, None] + c[:, None] * square - cross
        return (costs * (2 / (c + c[:, None]))).fill_diagonal_(0.0)

    def least(self, k: int) -> tuple[float, int, int]:
        """The least cost of a layer, and its pair."""
        num = len(self.units[k])
        flat = self.costs(k).fill_diagonal_(torch.inf).view(-1).min(dim=0)
        return float(flat.values), *sorted(divmod(int(flat.indices), num))

    def run(self) -> list[tuple[str, int, int]]:
        """All merges: the layer, and the least units of both groups."""
        merges = []
        while any(len(units) > 1 for units in self.units):
            k = min(range(len(self.best)), key=lambda k: self.best[k][0] / self.reference[k])
            _, first, second = self.best[k]
            merges.append((f"h{k}", self.units[k][first], self.units[k].pop(second)))
            self.merge(k, first, second)
            for other in range(max(k - 1, 0), min(k + 2, len(self.units))):
                self.best[other] = self.least(other)
        return merges

    def merge(self, k: int, first: int, second: int) -> None:
        """Means times the roots of the sizes of groups."""
        c, d = self.counts[k][first], self.counts[k][second]
        a, b = (c / (c + d)).sqrt(), (d / (c + d)).sqrt()
        keep = torch.arange(len(self.counts[k])) != second

        def merged(x: Tensor, dim: int) -> Tensor:
            x = x.clone()
            x.select(dim, first).mul_(a).add_(b * x.select(dim, second))
            return x.index_select(dim, keep.nonzero().view(-1))

        self.weights[k] = merged(self.weights[k], 0)
        self.biases[k] = merged(self.biases[k], 0)
        self.weights[k + 1] = merged(self.weights[k + 1], 1)
        self.counts[k][first] = c + d
        self.counts[k] = self.counts[k][keep]


def merges_of(name: str, model: nn.Sequential, width: int) -> list[tuple[str, int, int]]:
    """The whole path."""
    if name == PLAIN:
        return PlainPath(model).run()
    path = Merger(model, mlp_spec([INPUTS, *[width] * LAYERS, OUTPUTS])).path()
    return [(merge.name, merge.first, merge.second) for merge in path]


def work(name: str, width: int) -> dict[str, Any]:
    """Processor seconds of one path, and what tells its merges from others."""
    torch.set_num_threads(1)
    merges_of(name, build(8), 8)
    model = build(width)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    merges = merges_of(name, model, width)
    seconds = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    digest = hashlib.sha256(json.dumps(merges).encode()).hexdigest()[:16]
    megabytes = max(peak, 1) / 1024
    return {"seconds": seconds, "megabytes": megabytes, "merges": len(merges), "digest": digest}


def table(rows: list[dict[str, Any]]) -> str:
    """Seconds of both, and how many times the plain loop takes."""
    lines = ["| width | merges | incremental | recomputed | ratio | merges equal |"]
    lines.append("|---|---|---|---|---|---|")
    for width in dict.fromkeys(row["width"] for row in rows):
        ours, plain = (
            {r["name"]: r for r in rows if r["width"] == width}[n] for n in (OURS, PLAIN)
        )
        if "failed" in plain:
            cells = [plain["failed"], "", ""]
        else:
            ratio = plain["seconds"] / ours["seconds"]
            equal = "yes" if plain["digest"] == ours["digest"] else "no"
            cells = [f"{plain['seconds']:.2f} s", f"{ratio:.1f}", equal]
        head = f"| {width:,} | {ours['merges']:,} | {ours['seconds']:.2f} s |"
        lines.append(f"{head} {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="to width 256")
    parser.add_argument("--seconds", type=float, default=3600, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/weight_features"))
    parser.add_argument("--work", nargs=2, metavar=("NAME", "WIDTH"))
    args = parser.parse_args()
    if args.work:
        print(json.dumps(work(args.work[0], int(args.work[1]))))
        return
    args.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for width in [w for w in WIDTHS if w <= 256 or not args.quick]:
        for name in (OURS, PLAIN):
            found = cached(
                args.folder / "results.json",
                f"{width}, {name}",
                lambda command=[__file__, "--work", name, str(width)]: measure_kept(
                    command, args.seconds
                ),
            )
            rows.append({"width": width, "name": name, **found})
            print(rows[-1], flush=True)
    lines = [table(rows), "", "Growth with the width w:", ""]
    for name in (OURS, PLAIN):
        mine = [row for row in rows if row["name"] == name]
        lines.append(growth_line(name, mine, "width", "w"))
    write_results(args.folder, FIELDS, rows, "\n".join(lines))
    print("\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
