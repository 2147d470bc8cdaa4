"""PONITA beside the published layer written down plainly, EGNN and SchNet.

A network of the published width and depth, which takes and gives scalars and vectors, on batches
of fully connected graphs; and a smaller one on random points of constant density with a cutoff, for
its growth. "Plain" has the weights of ours; its results are
compared with ours and must agree to 1e-5. A training step is forward and backward; one with forces
differentiates the energy by the positions first. Inference takes no gradients; in chunks, it keeps
the basis functions of 1,000 pairs of nodes at a time.

Each measurement runs in its own process on one thread. Results are kept in
``runs/benchmarks/ponita``: started again, it goes on where it was.
"""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from harness import cached, limit_memory, measure, on, time_and_memory
from ponita_peers import PlainPONITA, PlainSchNet
from ponita_report import line, report
from torch import Tensor
from torch_geometric.utils import to_undirected

from pyg_symm.nn import PONITA
from pyg_symm.nn.models import EGNN

CHUNK = 1000
DEGREE, DENSITY = 14, 0.1  # Of random points: neighbours within the cutoff, points a unit volume.


class Case(NamedTuple):
    """A batch of random graphs, fully connected if there is no cutoff, and a size of networks."""

    graphs: int
    nodes: int
    orientations: int
    channels: int = 128
    basis: int = 256
    layers: int = 5
    cutoff: float | None = None


RADIUS = (3 * DEGREE / (4 * torch.pi * DENSITY)) ** (1 / 3)
CASES = {
    "N-body, 100 x 5 nodes, 16 orientations": Case(100, 5, 16),
    "molecules, 8 x 18 nodes, 12 orientations": Case(8, 18, 12),
    "molecules, 8 x 18 nodes, 32 orientations": Case(8, 18, 32),
    "small N-body, 100 x 5 nodes, 12 orientations": Case(100, 5, 12, 32, 32, 3),
}
GROWTH = {f"{n:,} nodes": Case(1, n, 12, 64, 64, 3, RADIUS) for n in (250, 500, 1000, 2000, 4000)}
OURS, CHUNKS, PLAIN = "PONITA", "PONITA, chunks", "PONITA, plain"
# What is measured, and of which networks.
MODES = {
    "training step": [OURS, PLAIN, "EGNN", "SchNet"],
    "training step with forces": [OURS, PLAIN],
    "inference": [OURS, CHUNKS, PLAIN, "EGNN", "SchNet"],
}
GROWTH_MODES = {"training step": [OURS, PLAIN], "inference": [OURS, CHUNKS]}


def batch_of(case: Case) -> dict[str, Tensor]:
    """Random points, scalars and vectors."""
    generator = torch.Generator().manual_seed(0)
    num = case.graphs * case.nodes
    batch = torch.arange(case.graphs).repeat_interleave(case.nodes)
    side = (case.nodes / DENSITY) ** (1 / 3)
    pos = torch.rand(num, 3, generator=generator) * side
    joined = (batch.unsqueeze(1) == batch).triu(1)
    if case.cutoff is not None:
        joined &= torch.cdist(pos, pos) < case.cutoff
    x, vec = torch.randn(num, 2, generator=generator), torch.randn(num, 1, 3, generator=generator)
    edge_index = to_undirected(joined.nonzero().T, num_nodes=num)
    return {"x": x, "pos": pos, "edge_index": edge_index, "batch": batch, "vec": vec}


def build(name: str, case: Case) -> torch.nn.Module:
    """A network by name."""
    torch.manual_seed(0)
    sizes = {"in_vectors": 1, "out_vectors": 1, "pool": "sum"}
    if name == "EGNN":
        return EGNN(2, case.channels, 1, case.layers, **sizes)
    if name == "SchNet":
        return PlainSchNet(case.channels, case.layers, case.cutoff or 10.0)
    model = PONITA(
        2,
        case.channels,
        1,
        case.layers,
        orientations=case.orientations,
        basis_channels=case.basis,
        distinct=False,
        cutoff=case.cutoff,
        readouts="all",
        **sizes,
    )
    model.calibrate(**batch_of(case._replace(graphs=1, nodes=20)))
    return PlainPONITA(model) if name == PLAIN else model


def step(
    name: str, mode: str, net: torch.nn.Module, given: dict[str, Tensor]
) -> Callable[[], None]:
    """What is measured."""
    more = {"chunk_size": CHUNK} if name == CHUNKS else {}

    def infer() -> None:
        with torch.no_grad():
            net(**given, **more)

    def train() -> None:
        net.zero_grad()
        scalars, vectors = net(**given)
        (scalars.square().mean() + vectors.square().sum()).backward()

    def train_forces() -> None:
        net.zero_grad()
        pos = given["pos"].detach().requires_grad_()
        energy, _ = net(**{**given, "pos": pos})
        (force,) = torch.autograd.grad(energy.sum(), pos, create_graph=True)
        (energy.square().mean() + force.square().mean()).backward()

    return {"inference": infer, "training step": train}.get(mode, train_forces)


def assert_equal(plain: PlainPONITA, given: dict[str, Tensor]) -> None:
    """Ours gives the results of the plain network."""
    with torch.no_grad():
        for a, b in zip(plain.model(**given), plain(**given), strict=True):
            error = float((a - b).norm() / b.norm())
            if not error < 1e-5:
                raise AssertionError(f"results differ by {error:.1e}")


def work(
    name: str, mode: str, key: str, gigabytes: float, once: bool, device: str
) -> dict[str, Any]:
    torch.set_num_threads(1)
    case = {**CASES, **GROWTH}[key]
    given = {k: value.to(device) for k, value in batch_of(case).items()}
    tiny = {k: v.to(device) for k, v in batch_of(case._replace(graphs=1, nodes=3)).items()}
    net = build(name, case).to(device)
    limit_memory(gigabytes, device)
    run, warm_up = step(name, mode, net, given), step(name, mode, net, tiny)
    measured = time_and_memory(run, warm_up, once, device)
    if isinstance(net, PlainPONITA):
        assert_equal(net, given)
    return {**measured, "edges": given["edge_index"].size(1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the small network, to 500 nodes")
    parser.add_argument("--only", default="", help="cases that match a regular expression")
    parser.add_argument("--seconds", type=float, default=180, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=8, help="limit of each measurement")
    parser.add_argument("--folder", type=Path, help="(default: runs/benchmarks/ponita)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--work", nargs=3, metavar=("NAME", "MODE", "CASE"))
    parser.add_argument("--once", action="store_true", help="do not repeat the work")
    args = parser.parse_args()
    if args.work:
        print(json.dumps(work(*args.work, args.gigabytes, args.once, args.device)))
        return
    folder = args.folder or Path("runs/benchmarks/ponita" + on(args.device))
    folder.mkdir(parents=True, exist_ok=True)
    cases, growth = CASES, GROWTH
    if args.quick:
        cases = {key: case for key, case in CASES.items() if case.channels < 64}
        growth = {key: case for key, case in GROWTH.items() if case.nodes <= 500}
    wanted = [
        (part, key, mode, name)
        for part, chosen, modes in (("cases", cases, MODES), ("growth", growth, GROWTH_MODES))
        for mode, names in modes.items()
        for key in chosen
        for name in names
        if re.search(args.only, key)
    ]
    rows = []
    for part, key, mode, name in wanted:
        command = [__file__, "--work", name, mode, key, "--device", args.device]
        command += ["--gigabytes", str(args.gigabytes)]
        found = cached(
            folder / "results.json",
            f"{key}, {mode}, {name}",
            lambda command=command: measure(command, args.seconds, device=args.device),
        )
        row = {"part": part, "case": key, "mode": mode, "name": name, **found}
        print(line(row), flush=True)
        rows.append(row)
    report(folder, rows)


if __name__ == "__main__":
    main()
