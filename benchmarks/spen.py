"""SPENConv beside padded and global layers, EgoNets beside PyG's RootedEgoNets.

Networks are three layers of order 1 and 2, forward and backward: on batches of 32 graphs of the TU
collection, and on random graphs of mean degree 4. A step begins with the batch as a loader gives
it, so that plans and padding are part of it; ego-networks are found before, as a transform does,
and what that takes is measured apart. Node features are random: only the structure counts.

Each measurement runs in a process of its own on one thread; what ran out of time or memory is not
tried on larger inputs. Results are kept in ``runs/benchmarks/spen``: started again, it goes on
where it was. Of the TU sets, MUTAG comes from the package index; others are read below ``--data``.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from dense_peers import PaddedEgos, PaddedGraphs
from harness import cached, limit_memory, measure, on, time_and_memory
from spen_report import line, report
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import RootedEgoNets
from torch_geometric.utils import remove_self_loops, to_undirected

from pyg_symm.datasets import MUTAG, TUGraphs
from pyg_symm.nn import EgoPlan, MixedOrderLinear, SPENConv
from pyg_symm.transforms import EgoNets
from pyg_symm.utils import TuplePlan, load_tensors, save_tensors

CHANNELS = 16
LAYERS = [(CHANNELS, 1), (CHANNELS, CHANNELS), (CHANNELS, CHANNELS)]  # Inputs of order 1 and 2.
BATCH_SIZE = 32
ON_EGOS = ["SPENConv", "padded ego-networks"]
ON_GRAPHS = ["ragged whole graphs", "padded whole graphs"]
TRANSFORMS = ["EgoNets", "RootedEgoNets"]

# Where the graphs are from, hops, and whether nodes with the same ego-network share it.
BATCHES = {
    "MUTAG, 1 hop": ("MUTAG", 1, False),
    "MUTAG, 2 hops": ("MUTAG", 2, False),
    "NCI1, 1 hop": ("NCI1", 1, False),
    "NCI1, 2 hops": ("NCI1", 2, False),
    "PROTEINS, 1 hop": ("PROTEINS", 1, False),
    "PROTEINS with the largest graph, 1 hop": ("PROTEINS largest", 1, False),
    "IMDB-BINARY, 1 hop": ("IMDB-BINARY", 1, False),
    "IMDB-BINARY, 1 hop, shared": ("IMDB-BINARY", 1, True),
}
GROWTH = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000]
# Hops and nodes.
EXTRACTION = {2: [1_000, 3_000, 10_000, 30_000, 100_000, 300_000], 1: [500_000]}


class Egos(torch.nn.Module):
    """Our layers on ego-networks."""

    def __init__(self, num_hops: int) -> None:
        super().__init__()
        width = (0, CHANNELS, CHANNELS)
        self.layers = torch.nn.ModuleList(
            SPENConv(CHANNELS if c2 == 1 else width, width, num_hops, act="elu") for _, c2 in LAYERS
        )

    def forward(self, batch: Data) -> tuple[Tensor, Tensor]:
        ego = EgoPlan.from_data(batch)
        state = batch.x
        for layer in self.layers:
            state = layer(state, ego=ego)
        return state[1], state[2]


class Graphs(torch.nn.Module):
    """Our linear maps on whole graphs."""

    def __init__(self) -> None:
        super().__init__()
        width = (0, CHANNELS, CHANNELS)
        self.layers = torch.nn.ModuleList(MixedOrderLinear((0, c1, c2), width) for c1, c2 in LAYERS)

    def forward(self, batch: Data) -> tuple[Tensor, Tensor]:
        plan = TuplePlan.from_ptr(batch.ptr)
        source, target = batch.edge_index
        edge = plan.rows.ptr[source] + target - plan.ptr[batch.batch[source]]
        one, two = batch.x, batch.x.new_zeros(plan.num_pairs, 1).index_fill_(0, edge, 1.0)
        for layer in self.layers:
            _, one, two = layer((None, one, two), plan)
            one, two = F.elu(one), F.elu(two)
        return one, two


def build(name: str, num_hops: int) -> torch.nn.Module:
    """A network by name."""
    torch.manual_seed(0)
    if name in ON_EGOS:
        egos = Egos(num_hops)
        return egos if name == "SPENConv" else PaddedEgos(egos.layers)
    graphs = Graphs()
    return graphs if name == "ragged whole graphs" else PaddedGraphs(graphs.layers)


def random_graph(num_nodes: int) -> Data:
    """About twice as many random edges as nodes, each in both directions."""
    generator = torch.Generator().manual_seed(num_nodes)
    ends = torch.randint(num_nodes, (2, 2 * num_nodes), generator=generator)
    edge_index = to_undirected(remove_self_loops(ends)[0], num_nodes=num_nodes)
    return Data(edge_index=edge_index, num_nodes=num_nodes)


def load(source: str, data: Path | None) -> list[Data]:
    """The graphs of one batch.

    Of all batches of a set it is the median one by their largest graphs, or that with the largest.
    """
    name, _, which = source.partition(" ")
    if name == "random":
        return [random_graph(int(which))]
    graphs = MUTAG() if name == "MUTAG" else TUGraphs(name, root=str(data))
    sizes = torch.tensor([graph.num_nodes for graph in graphs])
    order = torch.randperm(sizes.numel(), generator=torch.Generator().manual_seed(0))
    batches = order[: -(sizes.numel() % BATCH_SIZE) or None].view(-1, BATCH_SIZE)
    ranked = batches[sizes[batches].amax(dim=1).argsort(stable=True)]
    chosen = ranked[-1 if which == "largest" else len(ranked) // 2]
    return [graphs[int(i)] for i in chosen]


def collate(graphs: list[Data], num_hops: int, shared: bool) -> Batch:
    """A batch with random node features, and ego-networks if there are hops."""
    transform = EgoNets(num_hops, dedup=shared, pairs=True) if num_hops > 0 else lambda data: data
    graphs = [Data(edge_index=g.edge_index, num_nodes=g.num_nodes) for g in graphs]
    batch = Batch.from_data_list([transform(graph) for graph in graphs])
    generator = torch.Generator().manual_seed(0)
    batch.x = torch.randn(batch.num_nodes, CHANNELS, generator=generator)
    return batch


def write(batch: Batch, file: Path) -> None:
    """Saves the tensors of a batch."""
    save_tensors({**batch.to_dict(), "num_nodes": batch.num_nodes}, file)


def read(file: Path) -> Data:
    """What :func:`write` saved. No code from the file is run."""
    return Data.from_dict(load_tensors(file, "remove it to make it again"))


def step(name: str, num_hops: int, batch: Data) -> Callable[[], int]:
    """What is measured: it returns the number of rows of order 2, padding included."""
    if name == "EgoNets":
        return lambda: EgoNets(num_hops)(batch).n_id.numel()
    if name == "RootedEgoNets":
        return lambda: RootedEgoNets(num_hops)(batch).n_id.numel()
    network = build(name, num_hops).to(batch.edge_index.device)

    def run() -> int:
        network.zero_grad()
        one, two = network(batch)
        (one.square().sum() + two.square().sum()).backward()
        return two.numel() // CHANNELS

    return run


def work(
    name: str, num_hops: int, file: Path, gigabytes: float, once: bool, device: str = "cpu"
) -> dict[str, float]:
    torch.set_num_threads(1)
    batch = read(file).to(device)
    run = step(name, num_hops, batch)
    path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
    tiny = collate([path], num_hops if name in ON_EGOS else 0, shared="ego_id" in batch)
    rows = 0

    def counted() -> None:
        nonlocal rows
        rows = run()

    limit_memory(gigabytes, device)
    measured = time_and_memory(counted, step(name, num_hops, tiny.to(device)), once, device)
    return {**measured, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="MUTAG and up to 3,000 nodes")
    parser.add_argument("--data", type=Path, help="folder of TU sets, each in a folder NAME/raw")
    parser.add_argument("--seconds", type=float, default=180, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=12, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/spen)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda; transforms run on the CPU")
    parser.add_argument("--prepare", nargs=4, metavar=("SOURCE", "HOPS", "SHARED", "FILE"))
    parser.add_argument("--work", nargs=3, metavar=("NAME", "HOPS", "FILE"))
    parser.add_argument("--once", action="store_true", help="do not repeat the work")
    args = parser.parse_args()
    if args.prepare:
        source, hops, shared, file = args.prepare
        write(collate(load(source, args.data), int(hops), shared == "True"), Path(file))
    elif args.work:
        name, hops, file = args.work
        print(json.dumps(work(name, int(hops), Path(file), args.gigabytes, args.once, args.device)))
    else:
        args.folder = args.folder or Path("runs/benchmarks/spen" + on(args.device))
        args.folder.mkdir(parents=True, exist_ok=True)
        rows = _batches(args) + _on_random_graphs(args, "growth", ON_EGOS + ON_GRAPHS, 1, GROWTH)
        for hops, sizes in EXTRACTION.items() if args.device == "cpu" else ():
            rows += _on_random_graphs(args, "extraction", TRANSFORMS, hops, sizes)
        report(args.folder, rows)


def _batches(args: Any) -> list[dict[str, Any]]:
    rows = []
    for case, (source, hops, shared) in BATCHES.items():
        name = source.split()[0]
        if args.quick and case != "MUTAG, 1 hop":
            continue
        if name != "MUTAG" and not (args.data and (args.data / name / "raw").is_dir()):
            print(f"{case}: left out, there is no {name}/raw below --data")
            continue
        for network in ON_EGOS + ON_GRAPHS:
            found = _measured(args, network, source, hops, shared)
            rows.append({"part": "batches", "case": case, "name": network, **found})
            print(line(rows[-1]), flush=True)
    return rows


def _on_random_graphs(
    args: Any, part: str, names: list[str], hops: int, sizes: list[int]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in names:
        gave_up = False
        for n in sizes:
            if args.quick and n > 3_000:
                continue
            found: dict[str, Any] = {"failed": "smaller input failed"}
            if not gave_up:
                found = _measured(args, name, f"random {n}", hops)
            gave_up = "failed" in found
            case = f"{n:,} nodes, {hops} hop{'s' * (hops > 1)}"
            rows.append({"part": part, "case": case, "name": name, "nodes": n, **found})
            print(line(rows[-1]), flush=True)
    return rows


def _measured(args: Any, name: str, source: str, hops: int, shared: bool = False) -> dict[str, Any]:
    """A measurement of a batch that another process has made, both at most once."""
    if name in ON_GRAPHS:
        hops, shared = 0, False
    in_batch = hops if name in ON_EGOS else 0
    file = args.folder / "batches" / f"{source}, {in_batch} hops{', shared' * shared}.pt"

    def found() -> dict[str, Any]:
        if not file.exists():
            # Not in the process that measures: memory that it had once would hide what is used.
            file.parent.mkdir(exist_ok=True)
            part = file.with_suffix(".part")
            data = ["--data", str(args.data)] if args.data else []
            make = ["--prepare", source, str(in_batch), str(shared), str(part)]
            subprocess.run([sys.executable, __file__, *data, *make], check=True)
            part.replace(file)
        limits = ["--gigabytes", str(args.gigabytes), "--device", args.device]
        command = [__file__, *limits, "--work", name, str(hops), str(file)]
        return measure(command, args.seconds, device=args.device)

    key = f"{name}, {source}, {hops} hops{', shared' * shared}{on(args.device)}"
    return cached(args.folder / "results.json", key, found)


if __name__ == "__main__":
    main()
