"""PARD's sampling with finished blocks cached, beside the same network computed anew at every step.

All samplers follow the blocks of real molecules, sizes and degrees, and draw the same random
numbers, so that they do the same work and make the same graphs: this is asserted in float64 before
anything is measured. Weights are random: they do not matter for time. One thread, processor time;
memory is the growth of the resident peak. Results are kept in ``runs/benchmarks/pard``.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from harness import cached, measure, time_and_memory
from pard_peers import SAMPLERS

from pyg_symm.datasets import MOSES, QM9Graphs, SmilesGraphs
from pyg_symm.diffusion import BlockGraphs, Noise
from pyg_symm.generation import PARD, GraphStatistics, PARDConfig
from pyg_symm.generation.sampler import BlockSampler

SETS = {
    "NCI": lambda root: SmilesGraphs.nci5k(root=root),
    "QM9": lambda root: QM9Graphs(root, split="val"),
    "MOSES": lambda root: MOSES(root, split="test"),
}
STEPS = {"NCI": 20, "QM9": 20, "MOSES": 50}
SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2}
PAPER = {"hidden_channels": 256, "edge_channels": 64, "num_layers": 8}


def workload(name: str, count: int, steps: int, network: dict[str, Any], root: str | None):
    """A generator with random weights, and real molecules whose blocks samples are to follow."""
    data = SETS[name](root)
    vocabulary = data.vocabulary
    chosen = torch.linspace(0, len(data) - 1, count).long()
    batch = data.batch(chosen)
    classes = vocabulary.num_atom_classes, vocabulary.num_bond_classes
    statistics = GraphStatistics.of([batch], *classes)
    torch.manual_seed(0)
    model = PARD(PARDConfig(statistics, steps, shared_trunk=True, network=network)).eval()
    return model, BlockGraphs.from_data(batch)


def sampler(
    kind: str, model: PARD, graphs: BlockGraphs, batch_size: int, steps: int
) -> BlockSampler:
    """A sampler that follows the blocks of graphs."""
    grid = list(range(steps, -1, -1))
    result = SAMPLERS[kind](
        model, Noise(0), batch_size, graphs.node.size(1), graphs.block_size.size(1), grid
    )
    result.given = graphs
    return result


def check(name: str, root: str | None) -> None:
    """Asserts that all samplers make the same graphs."""
    model, graphs = workload(name, 12, 3, SMALL, root)
    model = model.double()
    made = [sampler(kind, model, graphs, 5, 3).sample(range(12)) for kind in SAMPLERS]
    for other in made[1:]:
        for a, b in zip(made[0], other, strict=True):
            assert all(torch.equal(a[key], b[key]) for key in ("x", "edge_index", "edge_attr"))


def run(args: argparse.Namespace) -> dict[str, float]:
    """Measures one sampler; in a process of its own."""
    torch.set_num_threads(1)
    model, graphs = workload(args.set, args.count, args.steps, PAPER, args.root)

    def work() -> None:
        sampler(args.only, model, graphs, args.batch_size, args.steps).sample(range(args.count))

    def warm_up() -> None:
        sampler(args.only, model, graphs, 1, args.steps).sample(range(1))

    return time_and_memory(work, warm_up, once=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=["QM9", "MOSES"], choices=list(SETS))
    parser.add_argument("--count", type=int, default=16, help="molecules")
    parser.add_argument("--batch-size", type=int, default=16, help="molecules at a time")
    parser.add_argument("--steps", type=int, default=10, help="steps of diffusion of a block")
    parser.add_argument("--root", default=None, help="where datasets are kept")
    parser.add_argument("--seconds", type=float, default=1200, help="the most for one measurement")
    parser.add_argument("--out", type=Path, default=Path("runs/benchmarks/pard"))
    parser.add_argument("--set", help=argparse.SUPPRESS)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        print(json.dumps(run(args)))
        return
    args.out.mkdir(parents=True, exist_ok=True)
    lines = ["| set | sampler | molecules/s | x cached | MB |", "| --- | --- | --- | --- | --- |"]
    for name in args.sets:
        check(name, args.root)
        base = None
        for kind in SAMPLERS:
            options = ["--set", name, "--only", kind, "--count", str(args.count)]
            options += ["--batch-size", str(args.batch_size), "--steps", str(args.steps)]
            options += [] if args.root is None else ["--root", args.root]
            key = f"{name} {kind} {args.count} {args.batch_size} {args.steps}"
            command = [str(Path(__file__).resolve()), *options]
            result = cached(
                args.out / "results.json", key, lambda c=command: measure(c, args.seconds)
            )
            if "failed" in result:
                lines.append(f"| {name} | {kind} | {result['failed']} | | |")
                continue
            base = base or result["seconds"]
            rate = args.count / result["seconds"]
            lines.append(
                f"| {name} | {kind} | {rate:.3f} | {result['seconds'] / base:.1f} | "
                f"{result['megabytes']:.0f} |"
            )
            print(lines[-1], file=sys.stderr, flush=True)
    (args.out / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
