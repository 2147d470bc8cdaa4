"""Operator calls and memory traffic of one training step of PARD: forward, backward, optimiser.

Every tensor that an operator reads or writes counts; views and empty tensors are free. On a GPU, a
step bound by launches takes time in proportion to calls, and a step bound by memory in proportion
to bytes. Counts do not depend on the machine, so they are taken on the CPU. With ``--against``,
another checkout of the package is counted in the same run, and the steps that are timed alternate
between both; loss and gradient norm are printed beside. With ``--compiled``, steps with compiled
layers and head are counted too: what the compiler has merged into one kernel counts once.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any, NamedTuple

import torch
from traffic import CountTraffic, compile_parts

from pyg_symm.datasets import MOSES
from pyg_symm.diffusion import BlockGraphs
from pyg_symm.generation import PARD, GraphStatistics, PARDConfig

CASTS = {"_to_copy", "copy_", "_foreach_copy_", "clone"}
PARTS = {"EdgeAttention", "CausalProduct", "DenoisingHead"}  # What is compiled.
PRECISIONS = "float32", "bfloat16 autocast"


def workload(args: argparse.Namespace) -> tuple[PARD, BlockGraphs]:
    """A generator with random weights, and molecules of about the median size."""
    data = MOSES(args.root, split="test", limit=3000)
    order = data.sizes.argsort(stable=True)
    first = (len(order) - args.batch_size) // 2
    batch = data.batch(order[first : first + args.batch_size])
    classes = data.vocabulary.num_atom_classes, data.vocabulary.num_bond_classes
    statistics = GraphStatistics.of([batch], *classes)
    hidden, edge, layers = args.network
    network = {"hidden_channels": hidden, "edge_channels": edge, "num_layers": layers}
    torch.manual_seed(0)
    model = PARD(PARDConfig(statistics, 50, shared_trunk=True, network=network))
    return model, BlockGraphs.from_data(batch)


class Step:
    """A training step of a new network."""

    def __init__(self, args: argparse.Namespace, half: bool, compiled: bool = False) -> None:
        self.model, self.graphs = workload(args)
        self.half = half
        self.top = args.top
        if compiled:
            compile_parts(self.model, PARTS)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=True)
        for group in self.optimizer.param_groups:
            group["lr"] = 0.0  # Averages of gradients are made by the first step.
        self()
        self.optimizer.step()

    def __call__(self) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            loss = self.model.loss(self.graphs, torch.Generator().manual_seed(0))["loss"]
        self.optimizer.zero_grad()
        loss.backward()
        return loss

    def count(self) -> dict[str, Any]:
        """Calls and bytes, with loss and gradient norm."""
        with CountTraffic() as traffic:
            loss = self()
            norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1e9)
            self.optimizer.step()
        share = 2**20 * self.graphs.num_graphs
        return {
            "calls": sum(traffic.calls.values()),
            "megabytes": sum(traffic.bytes.values()) / share,
            "casts": sum(traffic.calls[name] for name in CASTS),
            "operators": {
                name: (traffic.calls[name], size / share)
                for name, size in traffic.bytes.most_common(self.top)
            },
            "loss": float(loss.detach()),
            "gradient": float(norm),
        }

    def seconds(self) -> float:
        """Processor time of one step."""
        begin = time.process_time()
        self()
        self.optimizer.step()
        return time.process_time() - begin


def work(args: argparse.Namespace) -> None:
    """Prints the counts of this checkout, then times a step for each line that it reads."""
    steps = [Step(args, half) for half in (False, True)]
    counts = [step.count() for step in steps]
    if args.compiled:
        counts.append(Step(args, True, compiled=True).count())
    print(json.dumps(counts), flush=True)
    for line in sys.stdin:
        print(steps[int(line)].seconds(), flush=True)


class Worker(NamedTuple):
    """A separate process that imports the package from a given checkout."""

    process: subprocess.Popen

    @classmethod
    def start(
        cls, args: argparse.Namespace, network: tuple[int, ...], folder: str | None
    ) -> "Worker":
        command = [sys.executable, os.path.abspath(__file__), "--work"]
        command += ["--network", *map(str, network), "--batch-size", str(args.batch_size)]
        command += ["--top", str(args.top), *["--compiled"] * args.compiled]
        command += [] if args.root is None else ["--root", args.root]
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        if folder is not None:
            env["PYTHONPATH"] = os.path.abspath(folder)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return cls(subprocess.Popen(command, env=env, text=True, **pipes))

    def read(self) -> Any:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"A worker has ended with {self.process.wait()}")
        return json.loads(line)

    def seconds(self, half: bool) -> float:
        print(int(half), file=self.process.stdin, flush=True)
        return self.read()


def measure(args: argparse.Namespace, network: tuple[int, ...]) -> dict[str, list[dict[str, Any]]]:
    """Counts of each checkout, and the shortest of steps that alternate between them."""
    folders = {"this": None} if args.against is None else {"other": args.against, "this": None}
    workers = {name: Worker.start(args, network, folder) for name, folder in folders.items()}
    rows = {name: worker.read() for name, worker in workers.items()}
    for _ in range(args.repeats):
        for half in (False, True):
            for name, worker in workers.items():
                row = rows[name][half]
                row["seconds"] = min(worker.seconds(half), row.get("seconds", float("inf")))
    for worker in workers.values():
        worker.process.communicate()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", nargs=3, type=int, default=None, help="256 64 8, for example")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3, help="steps that are timed")
    parser.add_argument("--top", type=int, default=0, help="operators to list")
    parser.add_argument("--against", default=None, help="the folder of another checkout")
    parser.add_argument("--compiled", action="store_true", help="count compiled layers too")
    parser.add_argument("--root", default=None, help="where datasets are kept")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    networks = [(256, 64, 8), (128, 32, 4)] if args.network is None else [tuple(args.network)]
    if args.work:
        args.network = networks[0]
        return work(args)
    print("| network | step | checkout | calls | of these copies | MiB a graph | ms a graph |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for network in networks:
        for name, rows in measure(args, network).items():
            steps = *PRECISIONS, f"{PRECISIONS[1]}, compiled"
            for step, row in zip(steps[: len(rows)], rows, strict=True):
                time = 1e3 * row["seconds"] / args.batch_size if "seconds" in row else None
                print(
                    f"| {'/'.join(map(str, network))} | {step} | {name} | {row['calls']} | "
                    f"{row['casts']} | {row['megabytes']:.0f} | "
                    f"{'' if time is None else f'{time:.1f}'} |",
                    flush=True,
                )
                report(row)


def report(row: dict[str, Any]) -> None:
    """Prints what does not fit into the table."""
    print(f"  loss {row['loss']:.6f}, gradient norm {row['gradient']:.6f}", file=sys.stderr)
    for operator, (calls, size) in row["operators"].items():
        print(f"  {operator:36s} {calls:5d} calls {size:8.1f} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
