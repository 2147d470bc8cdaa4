"""Operator calls and memory traffic of one training step of PARD: forward, backward, optimiser.

Every tensor that an operator reads or writes counts; views and empty tensors are free. On a GPU, a
step bound by launches takes time in proportion to calls, and a step bound by memory in proportion
to bytes. Counts do not depend on the machine, so they are taken on the CPU. With ``--against``,
another checkout of the package is counted in the same run; loss and gradient norm are printed
beside.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from pyg_symm.datasets import MOSES
from pyg_symm.diffusion import BlockGraphs
from pyg_symm.generation import PARD, GraphStatistics, PARDConfig

FREE = {
    "_reshape_alias",
    "_unsafe_view",
    "alias",
    "as_strided",
    "detach",
    "diagonal",
    "empty",
    "empty_like",
    "expand",
    "lift_fresh",
    "new_empty",
    "new_empty_strided",
    "permute",
    "select",
    "slice",
    "split",
    "split_with_sizes",
    "squeeze",
    "t",
    "transpose",
    "unbind",
    "unfold",
    "unsqueeze",
    "view",
}
CASTS = {"_to_copy", "copy_", "clone"}


class CountTraffic(TorchDispatchMode):
    """Counts calls of operators, and the bytes of the tensors that they read and write."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name not in FREE:
            # What is only written comes back as the result.
            read = {k: v for k, v in (kwargs or {}).items() if k not in ("out", "grad_input")}
            leaves = tree_leaves((args[1:] if name == "copy_" else args, read, out))
            tensors = [t for t in leaves if isinstance(t, torch.Tensor)]
            self.calls[name] += 1
            self.bytes[name] += sum(t.numel() * t.element_size() for t in tensors)
        return out


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


def count(args: argparse.Namespace, half: bool) -> dict[str, Any]:
    """Counts one step, and times some."""
    model, graphs = workload(args)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def step() -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = model.loss(graphs, torch.Generator().manual_seed(0))["loss"]
        optimizer.zero_grad()
        loss.backward()
        return loss

    for group in optimizer.param_groups:
        group["lr"] = 0.0  # Averages of gradients are made by the first step.
    step()
    optimizer.step()
    with CountTraffic() as traffic:
        loss = step()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1e9)
        optimizer.step()
    times = []
    for _ in range(args.repeats):
        begin = time.process_time()
        step()
        optimizer.step()
        times.append(time.process_time() - begin)
    share = 2**20 * graphs.num_graphs
    return {
        "calls": sum(traffic.calls.values()),
        "megabytes": sum(traffic.bytes.values()) / share,
        "casts": sum(traffic.calls[name] for name in CASTS),
        "operators": {
            name: (traffic.calls[name], size / share)
            for name, size in traffic.bytes.most_common(args.top)
        },
        "seconds": min(times, default=float("nan")),
        "loss": float(loss.detach()),
        "gradient": float(norm),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", nargs=3, type=int, default=None, help="256 64 8, for example")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3, help="steps that are timed")
    parser.add_argument("--top", type=int, default=0, help="operators to list")
    parser.add_argument("--against", default=None, help="the folder of another checkout")
    parser.add_argument("--root", default=None, help="where datasets are kept")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    networks = [(256, 64, 8), (128, 32, 4)] if args.network is None else [tuple(args.network)]
    if args.json:
        args.network = networks[0]
        print(json.dumps([count(args, half) for half in (False, True)]))
        return
    print("| network | precision | checkout | calls | of these copies | MiB a graph | ms a graph |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for network in networks:
        checkouts = (
            {"this": None} if args.against is None else {"other": args.against, "this": None}
        )
        for name, folder in checkouts.items():
            for half, row in zip((False, True), run(args, network, folder), strict=True):
                precision = "bfloat16 autocast" if half else "float32"
                print(
                    f"| {'/'.join(map(str, network))} | {precision} | {name} | {row['calls']} | "
                    f"{row['casts']} | {row['megabytes']:.0f} | "
                    f"{1e3 * row['seconds'] / args.batch_size:.1f} |",
                    flush=True,
                )
                print(
                    f"  loss {row['loss']:.6f}, gradient norm {row['gradient']:.6f}",
                    file=sys.stderr,
                )
                for operator, (calls, size) in row["operators"].items():
                    print(f"  {operator:36s} {calls:5d} calls {size:8.1f} MiB", file=sys.stderr)


def run(args: argparse.Namespace, network: tuple[int, ...], folder: str | None) -> list[dict]:
    """Both precisions, in a process of its own that imports the package from some checkout."""
    command = [sys.executable, os.path.abspath(__file__), "--json", "--network", *map(str, network)]
    command += ["--batch-size", str(args.batch_size), "--repeats", str(args.repeats)]
    command += ["--top", str(args.top)]
    command += [] if args.root is None else ["--root", args.root]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    if folder is not None:
        env["PYTHONPATH"] = os.path.abspath(folder)
    out = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


if __name__ == "__main__":
    main()
