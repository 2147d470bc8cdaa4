"""Draws docs/figures/orientation_grids.png: python docs/figures/orientation_grids.py"""

from pathlib import Path

import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from scipy.spatial import ConvexHull

from pyg_symm.groups import OrientationGrid, axis_angle_rotation

FOLDER = Path(__file__).parent
WEIGHTS = Normalize(0.5, 1.5)
COLORS = colormaps["coolwarm"]
# A view along no axis of symmetry.
VIEW = axis_angle_rotation(torch.tensor([1.0, 0.0, 0.0]).double(), -1.2) @ axis_angle_rotation(
    torch.tensor([0.0, 0.0, 1.0]).double(), 0.35
)


def edges(points: torch.Tensor) -> set[tuple[int, int]]:
    """Edges of the convex hull, without those inside of a flat face."""
    hull = ConvexHull(points.numpy())
    normals: dict[tuple[int, int], list[torch.Tensor]] = {}
    for face, plane in zip(hull.simplices.tolist(), hull.equations, strict=True):
        for i, j in zip(face, [*face[1:], face[0]], strict=True):
            pair = (min(i, j), max(i, j))
            normals.setdefault(pair, []).append(torch.from_numpy(plane[:3].copy()))
    return {pair for pair, (a, b) in normals.items() if float(a @ b) < 1 - 1e-9}


def draw(ax: Axes, grid: OrientationGrid, title: str) -> None:
    """One grid, from the front."""
    ax.add_patch(Circle((0, 0), 1, facecolor="#f4f6f7", edgecolor="#aab7b8", lw=1))
    if grid.dim == 3:
        points = grid.points @ VIEW.T
        x, y, depth = points.unbind(1)
        for i, j in sorted(edges(grid.points)):
            front = float(depth[i] + depth[j]) > 0
            style = {"color": "#566573", "lw": 1.0, "alpha": 0.75 if front else 0.15}
            ax.plot([x[i], x[j]], [y[i], y[j]], zorder=2 if front else 1, **style)
        size = 18 + 22 * (depth + 1)
        alpha = 0.25 + 0.75 * (depth > -0.05)
    else:
        x, y = grid.points.unbind(1)
        for a, b in zip(x, y, strict=True):
            ax.plot([0, a], [0, b], color="#566573", lw=1.0, alpha=0.6)
        size, alpha = torch.full_like(x, 50), torch.ones_like(x)
    ax.scatter(
        x,
        y,
        s=size,
        c=grid.weights * grid.num,
        alpha=alpha,
        cmap=COLORS,
        norm=WEIGHTS,
        edgecolors="#1c2833",
        linewidths=0.6,
        zorder=3,
    )
    ax.set_title(f"{title}\nexact to degree {grid.degree}", fontsize=9)
    ax.set_aspect("equal")
    ax.axis("off")


def main() -> None:
    """The grids that are used most, with their weights."""
    figure = Figure(figsize=(11, 6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 4).flatten()
    names = {12: "icosahedron", 20: "dodecahedron", 30: "icosidodecahedron"}
    unions = {32: "12 + 20", 42: "12 + 30", 62: "12 + 20 + 30"}
    for ax, (num, name) in zip(axes, {**names, **unions}.items(), strict=False):
        draw(ax, OrientationGrid(num), f"{num}: {name}")
    draw(axes[6], OrientationGrid(64), "64: repulsion")
    draw(axes[7], OrientationGrid(10, dim=2), "10 in the plane: circle")
    scale = figure.colorbar(axes[0].collections[-1], ax=list(axes), shrink=0.6)
    scale.set_label("weight times number of points")
    figure.suptitle("Grids of orientations (lines: edges of the convex hull; faint: behind)")
    figure.savefig(FOLDER / "orientation_grids.png", dpi=90)


if __name__ == "__main__":
    main()
