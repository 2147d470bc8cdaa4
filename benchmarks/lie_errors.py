"""How far the image layers are from equivariant: a figure, and a table of its curves.

Functions of the plane are known in closed form, so that moving an image adds no error. The
error is the norm of F(T f) - T F(f) over that of F(f) at the origin, over shifted images and all
output samples, for random elements at a distance from the identity: that of the angle of their
rotation, and of the norm of their symmetric part. The lifting convolution has a kernel network on a
square of fixed size, with more and more pixels; the group convolution a smooth kernel, and samples
that do not move along, so that its sum over samples is an integral only approximately. Results go
to ``runs/benchmarks/lie_errors``.
"""

import argparse
import math
from pathlib import Path
from typing import Any

import torch
from reports import write_results
from torch import Tensor

from pyg_symm.groups import SL, GLPlus, LieGroup
from pyg_symm.nn import GroupConv2d, LiftingConv2d
from pyg_symm.nn.affine import kernel_points
from pyg_symm.utils.figures import row_figure

SIZES = (5, 9, 15, 23, 35, 51)
DISTANCES = (0.02, 0.05, 0.1, 0.2, 0.4)
SAMPLES = (8, 16, 32, 64, 128, 256)
GROUPS = {"SL(2)": SL(2), "GL+(2)": GLPlus(2)}


def image(points: Tensor, shift: Tensor) -> Tensor:
    """A sum of waves at points of the plane, moved by shifts."""
    x, y = (points + shift).unbind(-1)
    return torch.cos(2.0 * x + y + 0.3) + torch.sin(x - 2.5 * y) + 0.5 * torch.cos(4 * y + 1)


def element(group: LieGroup, distance: float, generator: torch.Generator) -> Tensor:
    """A symmetric part of a given norm, and a rotation by that angle, either way."""
    y = torch.randn(2, 2, generator=generator, dtype=torch.double)
    y = y + y.T
    if not group.has_det:
        y = y - torch.eye(2, dtype=torch.double) * y.trace() / 2
    angle = distance if float(torch.rand((), generator=generator)) < 0.5 else -distance
    turn = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return group.from_chart(distance * y / y.norm(), torch.tensor(turn, dtype=torch.double))


def lifting_error(group: LieGroup, size: int, distance: float, draws: int = 8) -> float:
    """The root mean square of the error over random elements."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        options = {"mask": "disk", "radius": 0.6, "bias": False}
        conv = LiftingConv2d(1, 8, size, group, **options).double()
    samples = group.sample(8, dtype=torch.double)
    shift = torch.randn(40, 1, 2, generator=generator, dtype=torch.double)
    points, errors = kernel_points(size), []

    def run(at: Tensor, h: Tensor) -> Tensor:
        with torch.no_grad():
            return conv(image(at, shift).view(40, 1, size, size), samples.translate(h))

    expected = run(points, torch.eye(2, dtype=torch.double))
    for _ in range(draws):
        h = element(group, distance, generator)
        out = run(points @ torch.linalg.inv(h).T, h)
        errors.append(((out - expected).norm() / expected.norm()).square())
    return float(torch.stack(errors).mean().sqrt())


class Smooth(torch.nn.Module):
    """A kernel in closed form."""

    def forward(self, z: Tensor) -> Tensor:
        wave = torch.cos(3 * z[..., 0] + z[..., 1] + 0.5 * z[..., 2:].sum(-1) + 0.4)
        return (wave * torch.exp(-z[..., :2].square().sum(-1) / 0.08)).unsqueeze(-1)


def group_error(
    group: LieGroup, num: int, distance: float, weights: str = "haar", draws: int = 48
) -> float:
    """The same for a function on the group that vanishes far from the rotations.

    Differences and results are averaged apart, as a result of few samples can be close to zero.
    """
    generator = torch.Generator().manual_seed(0)
    conv = GroupConv2d(1, 1, 15, group, kernel=Smooth(), mask="none", bias=False)
    g_out = group.sample(6, dtype=torch.double)
    shift = torch.randn(20, 1, 1, 2, generator=generator, dtype=torch.double)
    points, errors, sizes = kernel_points(15), [], []

    def run(h: Tensor, g_in: Any) -> Tensor:
        inverse = torch.linalg.inv(h)
        relative = inverse @ g_in.elements  # h^-1 B
        y, _ = group.to_chart(relative)
        near = torch.exp(-y.square().sum((-2, -1)) / (2 * 0.2**2)).view(-1, 1)
        turn = group.coordinates(relative)[:, 1:2]
        values = image(points @ inverse.T, shift) * near * (1 + turn)  # [20, N, K^2]
        with torch.no_grad():
            x = values.view(20, 1, num, 15, 15)
            return conv(x, g_in, g_out.translate(h))

    for _ in range(draws):
        h, out = element(group, distance, generator), []
        for move in (torch.eye(2, dtype=torch.double), h):
            g_in = group.sample(num, generator, std=0.7, weights=weights, dtype=torch.double)
            out.append(run(move, g_in))
        errors.append((out[1] - out[0]).square().sum())
        sizes.append(out[0].square().sum())
    return float((torch.stack(errors).sum() / torch.stack(sizes).sum()).sqrt())


def curves() -> list[dict[str, Any]]:
    """All measurements."""
    rows = []
    for name, group in GROUPS.items():
        for size in SIZES:
            row = {"part": "lifting, pixels", "group": name, "at": size}
            rows.append({**row, "error": lifting_error(group, size, 0.2)})
        for size in (5, 15, 51):
            for distance in DISTANCES:
                row = {"part": f"lifting, kernel size {size}", "group": name, "at": distance}
                rows.append({**row, "error": lifting_error(group, size, distance)})
        for num in SAMPLES:
            row = {"part": "group, samples", "group": name, "at": num}
            rows.append({**row, "error": group_error(group, num, 0.2)})
    return rows


def draw(rows: list[dict[str, Any]], file: Path) -> None:
    """Three panels: over pixels, over the distance and over samples."""
    figure = row_figure(3, "Equivariance error of layers on images")
    panels = {
        "lifting, pixels": (0, "side of the kernel, pixels"),
        "lifting, kernel": (1, "distance from the identity"),
        "group, samples": (2, "samples"),
    }
    for part, group in dict.fromkeys((row["part"], row["group"]) for row in rows):
        mine = [row for row in rows if (row["part"], row["group"]) == (part, group)]
        number, label = next(value for key, value in panels.items() if part.startswith(key))
        axes = figure.axes[number]
        name = f"{group}, size {part.split()[-1]}" if number == 1 else group
        style = "-" if group == "SL(2)" else "--"
        axes.loglog(
            [r["at"] for r in mine], [r["error"] for r in mine], style, marker=".", label=name
        )
        axes.set_xlabel(label)
        axes.set_ylabel("relative error")
    titles = ("Lifting convolution", "Lifting convolution", "Group convolution")
    for axes, title in zip(figure.axes, titles, strict=True):
        axes.set_title(title)
        axes.xaxis.set_minor_formatter("")
        axes.legend(fontsize=7)
    figure.savefig(file, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/lie_errors"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.folder.mkdir(parents=True, exist_ok=True)
    rows = curves()
    lines = ["| layer | group | at | error |", "|---|---|---|---|"]
    lines += [f"| {r['part']} | {r['group']} | {r['at']} | {r['error']:.2%} |" for r in rows]
    write_results(args.folder, ["part", "group", "at", "error"], rows, "\n".join(lines))
    draw(rows, args.folder / "figure.png")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
