"""PARD's training and sampling, beside forms of the same network that compute more.

Sampling: finished blocks are cached, or computed anew at every step, also with the whole batch in
step, as in the published code. All samplers follow the blocks of real molecules, sizes and degrees,
so that they do the same work; those with the same weights draw the same random numbers and make the
same graphs, which is asserted in float64 before anything is measured. One shot is the same network
without blocks: all of a graph at once, in as many steps as its blocks take together on average.
Training: real molecules in batches of about the same size, two planes of N x N pairs, also in
bfloat16, beside random batches and 2N x 2N pairs, as published. Weights are random: they do not
matter for time. One thread, processor time; memory is the growth of the resident peak. With
``--device cuda`` it is time and memory of the device. Results are kept in
``runs/benchmarks/pard``.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import networkx
import torch
from doubled import DoubledDenoiser
from harness import cached, measure, on, time_and_memory
from pard_peers import SAMPLERS
from torch_geometric.utils import from_networkx

from pyg_symm.datasets import MOSES, QM9Graphs, SmilesGraphs
from pyg_symm.diffusion import Noise
from pyg_symm.generation import PARD, GraphStatistics, PARDConfig
from pyg_symm.generation.sampler import BlockSampler
from pyg_symm.graphs import BlockGraphs
from pyg_symm.tasks import GenerationData

# The rows of a table: a form, and options that are changed.
Rows = dict[str, tuple[str, dict[str, int]]]

SETS = {
    "NCI": lambda root: SmilesGraphs.nci5k(root=root),
    "QM9": lambda root: QM9Graphs(root, split="val"),
    "MOSES": lambda root: MOSES(root, split="test"),
}
TRAINED = ["ours", "ours in bfloat16", "doubled form"]
STEPS = {"NCI": 20, "QM9": 20, "MOSES": 50}
SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2}
PAPER = {"hidden_channels": 256, "edge_channels": 64, "num_layers": 8}
GROWTH = {"hidden_channels": 64, "edge_channels": 16, "num_layers": 4}


def workload(
    name: str,
    count: int,
    steps: int,
    network: dict[str, Any],
    root: str | None,
    max_hops: int = 3,
) -> tuple[PARD, BlockGraphs]:
    """A generator with random weights, and real molecules whose blocks samples are to follow."""
    data = SETS[name](root)
    vocabulary = data.vocabulary
    batch = data.batch(torch.linspace(0, len(data) - 1, count).long())
    batch.pop("block_id", None)  # Of the usual order.
    classes = vocabulary.num_atom_classes, vocabulary.num_bond_classes
    torch.manual_seed(0)
    statistics = GraphStatistics.of([batch], *classes, max_hops)
    model = PARD(PARDConfig(statistics, steps, shared_trunk=True, network=network)).eval()
    return model, BlockGraphs.from_data(batch, max_hops)


def trees(num_nodes: int, steps: int) -> tuple[PARD, BlockGraphs]:
    """A small generator with random weights, and random trees."""
    data = []
    for seed in range(4):
        tree = from_networkx(networkx.random_labeled_tree(num_nodes, seed=seed))
        tree.x = torch.zeros(num_nodes, 1, dtype=torch.long)
        tree.edge_attr = torch.ones(tree.num_edges, dtype=torch.long)
        data.append(tree)
    statistics = GraphStatistics.of(data, 1, 2)
    torch.manual_seed(0)
    model = PARD(PARDConfig(statistics, steps, shared_trunk=True, network=GROWTH)).eval()
    return model, BlockGraphs.from_data(data)


def plain_form(model: PARD, network: dict[str, Any]) -> DoubledDenoiser:
    """The network of the paper, of the size of a generator's."""
    config = model.config
    known = config.statistics
    torch.manual_seed(0)
    return DoubledDenoiser(
        config.num_node_states,
        config.num_edge_states,
        known.max_degree,
        max_blocks=known.max_blocks,
        **network,
    )


def sampler(
    kind: str,
    model: PARD,
    graphs: BlockGraphs,
    batch_size: int,
    steps: int,
    device: str = "cpu",
) -> BlockSampler:
    """A sampler that follows the blocks of graphs."""
    model, graphs = model.to(device), graphs.to(device)
    grid = list(range(steps, -1, -1))
    result = SAMPLERS[kind](
        model, Noise(0), batch_size, graphs.node.size(1), graphs.block_size.size(1), grid
    )
    result.given = graphs
    if kind == "doubled form":
        result.peer = plain_form(model, model.config.network).eval().to(device)
    return result


def check(name: str, root: str | None) -> None:
    """Asserts that all samplers of one network make the same graphs."""
    model, graphs = workload(name, 12, 3, SMALL, root)
    model = model.double()
    kinds = [kind for kind in SAMPLERS if kind not in ("doubled form", "one shot")]
    made = [sampler(kind, model, graphs, 5, 3).sample(range(12)) for kind in kinds]
    for other in made[1:]:
        for a, b in zip(made[0], other, strict=True):
            assert all(torch.equal(a[key], b[key]) for key in ("x", "edge_index", "edge_attr"))


def sampling(args: argparse.Namespace) -> dict[str, float]:
    """Measures one sampler."""
    if args.set.isdigit():
        model, graphs = trees(int(args.set), args.steps)
    else:
        model, graphs = workload(args.set, args.count, args.steps, PAPER, args.root)
    if args.only == "one shot":
        args.steps = round(args.steps * float(graphs.num_blocks.double().mean()))
        model, graphs = workload(args.set, args.count, args.steps, PAPER, args.root, max_hops=0)
    reports = []

    def work(numbers: range) -> None:
        run = sampler(args.only, model, graphs, args.batch_size, args.steps, args.device)
        run.sample(numbers)
        reports.append(run.report)

    numbers = range(graphs.num_graphs)
    result = time_and_memory(lambda: work(numbers), lambda: work(range(1)), True, args.device)
    calls = reports[-1].steps / len(numbers)
    return {**result, "count": len(numbers), "steps": calls}


def training(args: argparse.Namespace) -> dict[str, float]:
    """Measures the training of a denoiser on some batches of its loader."""
    data = SETS[args.set](args.root)
    ours = args.only != "doubled form"
    device = torch.device(args.device)
    half = torch.autocast(device.type, torch.bfloat16, enabled="bfloat16" in args.only)
    loader = GenerationData(data, data, batch_size=args.batch_size, limit=10_000)
    statistics = loader.describe()["statistics"]
    torch.manual_seed(0)
    model = PARD(PARDConfig(statistics, STEPS[args.set], shared_trunk=True, network=PAPER))
    denoiser = model.denoiser if ours else plain_form(model, PAPER)
    model.to(device)
    denoiser.to(device).train()
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=1e-4, fused=ours)
    if ours:
        batches = iter(loader.train_dataloader())
    else:
        order = torch.randperm(len(loader.train), generator=torch.Generator().manual_seed(0))
        batches = (loader.train[part.tolist()] for part in order.split(args.batch_size))

    def work(count: int) -> None:
        for _ in range(count):
            graphs = next(batches).to(device)
            t = torch.randint(1, model.num_steps + 1, (graphs.num_graphs,), device=device)
            uniform = torch.rand_like(graphs.edge, dtype=torch.float).triu(1)
            edge = model.edges.noise(graphs.edge, t.view(-1, 1, 1), uniform + uniform.mT)
            node = model.nodes.noise(
                graphs.node, t.view(-1, 1), torch.rand(graphs.node.shape, device=device)
            )
            with half:
                logits = denoiser(graphs, node, edge, t / model.num_steps)
            loss = _entropy(logits[0], graphs.node, graphs.mask)
            loss = loss + _entropy(logits[1], graphs.edge, graphs.pairs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    result = time_and_memory(lambda: work(args.batches), lambda: work(1), True, args.device)
    return {**result, "count": args.batches * args.batch_size}


def _entropy(logits: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean cross entropy of what is there."""
    logits = logits.float().movedim(-1, 1)
    loss = torch.nn.functional.cross_entropy(logits, target, reduction="none")
    return (loss * mask).sum() / mask.sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=["QM9", "MOSES"], choices=list(SETS))
    parser.add_argument("--count", type=int, default=32, help="molecules to sample")
    parser.add_argument("--batch-size", type=int, default=32, help="graphs at a time")
    parser.add_argument("--batches", type=int, default=10, help="batches to train on")
    parser.add_argument("--steps", type=int, default=None, help="steps of a block, if not as told")
    parser.add_argument("--nodes", nargs="*", default=["16", "32", "64", "128", "256", "500"])
    parser.add_argument(
        "--growth", nargs="*", type=int, default=[1, 4, 16, 32], help="graphs at a time"
    )
    parser.add_argument("--root", default=None, help="where datasets are kept")
    parser.add_argument("--seconds", type=float, default=3600, help="the most for one measurement")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--work", default=None, help=argparse.SUPPRESS)
    parser.add_argument("--set", help=argparse.SUPPRESS)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        torch.set_num_threads(1)
        work: Callable = sampling if args.work == "sampling" else training
        print(json.dumps(work(args)))
        return
    args.out = args.out or Path("runs/benchmarks/pard" + on(args.device))
    args.out.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for name in args.sets:
        check(name, args.root)
        steps = STEPS[name] if args.steps is None else args.steps
        lines += table(args, "sampling", name, alone(SAMPLERS), steps)
        lines += table(args, "training", name, alone(TRAINED), steps)
        batches = {f"{n} at a time": ("cached", {"batch-size": n}) for n in args.growth}
        lines += table(args, "sampling", name, batches, steps)
    for nodes in args.nodes:
        lines += table(args, "sampling", nodes, alone(["cached", "parallel form"]), 1)
    (args.out / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def alone(kinds: Iterable[str]) -> Rows:
    """Forms by their own names, with no other options."""
    return {kind: (kind, {}) for kind in kinds}


def table(args: argparse.Namespace, work: str, name: str, rows: Rows, steps: int) -> list[str]:
    """Measures some forms of one piece of work."""
    lines = [
        f"| {work}, {name} | graphs/s | times the first | plain | times | MB | calls a graph |"
    ]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    first: dict[str, float] = {}
    for label, (kind, changed) in rows.items():
        options = {"work": work, "set": name, "only": kind, "batch-size": args.batch_size}
        if work == "sampling":
            options |= {"count": args.count, "steps": steps, **changed}
        else:
            options["batches"] = args.batches
        command = [str(Path(__file__).resolve())]
        command += [part for key, value in options.items() for part in (f"--{key}", str(value))]
        command += [] if args.root is None else ["--root", args.root]
        command += ["--device", args.device]
        key = " ".join(map(str, options.values())) + on(args.device)
        result = cached(
            args.out / "results.json",
            key,
            lambda c=command: measure(c, args.seconds, thrice=False, device=args.device),
        )
        if "failed" in result:
            lines.append(f"| {label} | {result['failed']} | | | | | |")
            continue
        first = first or result
        speeds = " | ".join(
            f"{result['count'] / result[what]:.3f} | "
            f"{result[what] / result['count'] * first['count'] / first[what]:.1f}"
            for what in ("seconds", "plain_seconds")
        )
        # The warm-up of training is a whole batch: nothing grows after it.
        memory = f"{result['megabytes']:.0f}" if work == "sampling" else ""
        lines.append(f"| {label} | {speeds} | {memory} | {result.get('steps', 1):.0f} |")
        print(work, name, lines[-1], file=sys.stderr, flush=True)
    return [*lines, ""]


if __name__ == "__main__":
    main()
