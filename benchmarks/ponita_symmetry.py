"""How far PONITA is from equivariant on each grid of orientations, untrained and trained.

Networks of the small size learn the charged particles of ``NBody``, with random rotations of every
graph. The error of a network :math:`f` is the mean of :math:`|f(Rx) - R f(x)| / |f(x)|` over random
rotations of the first 500 test systems, in float64; that of exact rotations is the largest one over
the group of the icosahedron. Results are kept in ``runs/benchmarks/ponita_symmetry``.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from harness import cached
from torch import Tensor
from torch_geometric.data import Batch

from pyg_symm.datasets import NBody
from pyg_symm.groups import icosahedral_group, random_rotations
from pyg_symm.nn import PONITA
from pyg_symm.testing import equivariance_error

KINDS = [6, 8, 12, 16, 20, 30, 32, 42, 62, "edges", 0]
BATCH_SIZE = 100


def build(orientations: int | str) -> PONITA:
    """The small network; its scalar output is not trained."""
    torch.manual_seed(0)
    sizes = {"in_vectors": 1, "out_vectors": 1, "readouts": "all", "layer_scale": 1e-6}
    return PONITA(1, 32, 1, 3, orientations=orientations, **sizes)


def errors(model: PONITA, graphs: list[Any], rotations: Tensor) -> Tensor:
    """Errors of scalars and vectors for each rotation."""
    batch = Batch.from_data_list(graphs)
    exact = [batch.x.double(), batch.pos.double(), batch.vec.double()]
    x, pos, vec = exact
    model = model.double().eval()

    def function(pos: Tensor, vec: Tensor) -> Any:
        with torch.no_grad():
            return model(x, pos, None, batch.batch, vec)

    found = equivariance_error(function, {"pos": pos, "vec": vec}, rotations, ("scalar", "vector"))
    model.float()
    return found


def mean_square(model: PONITA, graphs: list[Any]) -> float:
    """The mean squared error of positions."""
    batch = Batch.from_data_list(graphs)
    with torch.no_grad():
        _, vectors = model.eval()(batch.x, batch.pos, None, batch.batch, batch.vec)
    return float((batch.pos + vectors[:, 0] - batch.y).square().mean())


def train(model: PONITA, graphs: list[Any], epochs: int) -> None:
    """Adam with a cosine schedule."""
    generator = torch.Generator().manual_seed(0)
    batch = Batch.from_data_list(graphs)
    x, pos, vec, y = (
        batch[key].unflatten(0, (len(graphs), -1)) for key in ("x", "pos", "vec", "y")
    )
    index = torch.arange(BATCH_SIZE).repeat_interleave(pos.size(1))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    steps = epochs * (len(graphs) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(epochs):
        order = torch.randperm(len(graphs), generator=generator)
        for part in order[: len(order) // BATCH_SIZE * BATCH_SIZE].view(-1, BATCH_SIZE):
            turn = random_rotations(BATCH_SIZE, generator=generator).mT
            at = (pos[part] @ turn).flatten(0, 1)
            # Vectors are rows, [B, N, 1, 3].
            velocity = (vec[part] @ turn.unsqueeze(1)).flatten(0, 1)
            _, step = model.train()(x[part].flatten(0, 1), at, None, index, velocity)
            loss = (at + step[:, 0] - (y[part] @ turn).flatten(0, 1)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            schedule.step()


def work(orientations: int | str, epochs: int) -> dict[str, Any]:
    torch.set_num_threads(1)
    data, test = list(NBody(split="train")), list(NBody(split="test"))
    rotations = random_rotations(16, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    model = build(orientations)
    first = Batch.from_data_list(data[:BATCH_SIZE])
    model.calibrate(first.x, first.pos, None, first.batch, first.vec)
    with torch.no_grad():  # As if trained: at 1e-6, every block does nothing yet.
        for block in model.stack.blocks:
            block.scale.fill_(1.0)
    found = {"untrained": errors(model, test[:500], rotations).mean(0).tolist()}
    found["exact"] = float(errors(model, test[:50], icosahedral_group()).max())
    if epochs == 0:
        return found
    model = build(orientations)
    train(model, data, epochs)
    found["trained"] = errors(model, test[:500], rotations).mean(0).tolist()
    return {**found, "mse": mean_square(model, test)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=15, help="none are trained for 0")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/ponita_symmetry"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    lines = [
        "| orientations | scalars, untrained | vectors, untrained | icosahedral group, untrained "
        "| vectors, trained | test MSE |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for kind in KINDS:
        key = f"{kind}, {args.epochs} epochs"
        found = cached(args.folder / "results.json", key, lambda kind=kind: work(kind, args.epochs))
        values = [*found["untrained"], found["exact"], *found.get("trained", [])[1:]]
        cells = [f"{v:.1%}" if v > 1e-3 else f"{v:.0e}" for v in values]
        cells += [f"{found['mse']:.4f}"] if "mse" in found else ["", ""]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    (args.folder / "table.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
