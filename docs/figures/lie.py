"""Draws the figures lie_maps.png, lie_kernels.png, lie_errors.png: python docs/figures/lie.py"""

import math
from pathlib import Path

import torch

from pyg_symm.datasets import AffineDigits, HomographyDigits
from pyg_symm.datasets.image_warps import pixel_centres
from pyg_symm.groups import SL, GLPlus
from pyg_symm.nn import GroupConv2d, LiftingConv2d
from pyg_symm.nn.models.baselines.whitened_cnn import whiten_images
from pyg_symm.utils.figures import agg_figure, row_figure

FOLDER = Path(__file__).parent
DIGITS, ELEMENTS, PIXELS = 10, 6, 61


def draw_maps() -> None:
    """Digits as they were, under maps, and whitened."""
    upright, affine, homography = (
        kind(split=split).x[:DIGITS]
        for kind, split in (
            (AffineDigits, "upright"),
            (AffineDigits, "test"),
            (HomographyDigits, "test"),
        )
    )
    rows = {
        "upright": upright,
        "affine": affine,
        "homography": homography,
        "affine,\nwhitened": whiten_images(affine),
    }
    figure = agg_figure(DIGITS, len(rows) + 0.5)
    panels = figure.subplots(len(rows), DIGITS)
    for line, (name, images) in zip(panels, rows.items(), strict=True):
        for axes, image in zip(line, images, strict=True):
            axes.imshow(image[0], cmap="gray_r")
            axes.set_xticks([])
            axes.set_yticks([])
        line[0].set_ylabel(name)
    figure.suptitle("Test digits, one draw of maps (40 x 40 pixels)")
    figure.savefig(FOLDER / "lie_maps.png", dpi=90)


def draw_kernels() -> None:
    """Two kernels of a lifting convolution at a few elements of the group."""
    torch.manual_seed(0)
    group = GLPlus(2)
    generator = torch.Generator().manual_seed(3)
    conv = LiftingConv2d(1, 2, PIXELS, group, mask="disk", radius=0.6)
    samples = group.sample(ELEMENTS, generator, std=0.6)
    samples = group.as_samples(torch.cat([torch.eye(2).unsqueeze(0), samples.elements[1:]]))
    with torch.no_grad():
        kernels = conv.kernel(samples)[..., 0, 0].unflatten(-1, (PIXELS, PIXELS))
    # The factor 1 / |det A| changes the height, and not the shape.
    kernels = kernels * samples.log_abs_det.exp().view(-1, 1, 1, 1)
    figure = agg_figure(1.7 * ELEMENTS, 4.2)
    panels = figure.subplots(2, ELEMENTS)
    angle = torch.linspace(0, 2 * math.pi, 100)
    circle = 0.6 * torch.stack([angle.cos(), angle.sin()])
    for i, matrix in enumerate(samples.elements):
        ring = matrix @ circle
        for axes, kernel in zip(panels[:, i], kernels[i], strict=True):
            top = float(kernels.abs().max())
            extent = (-1, 1, 1, -1)
            axes.imshow(kernel, cmap="coolwarm", vmin=-top, vmax=top, extent=extent)
            axes.plot(*ring, color="black", lw=0.8)
            axes.set_xlim(-1, 1)
            axes.set_ylim(1, -1)
            axes.set_xticks([])
            axes.set_yticks([])
        rows = [" ".join(f"{v:+.1f}" for v in row) for row in matrix.tolist()]
        panels[0, i].set_title("\n".join(rows), fontsize=8, family="monospace")
    figure.suptitle("Two kernels of a lifting convolution at the identity and other elements A")
    figure.savefig(FOLDER / "lie_kernels.png", dpi=90)


class Bump(torch.nn.Module):
    """Smooth kernels that end inside their square, whichever element moves them."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x, y = z.unbind(-1)
        window = torch.exp(-14 * (x.square() + y.square()))
        return torch.stack([window, 4 * x * window, 4 * y * window, 12 * x * y * window], dim=-1)


def smooth_image(points: torch.Tensor) -> torch.Tensor:
    """A sum of round blobs, known everywhere."""
    generator = torch.Generator().manual_seed(0)
    centres = 0.7 * torch.rand(12, 2, generator=generator).double() - 0.35
    heights = torch.randn(12, generator=generator).double()
    apart = (points.unsqueeze(-2) - centres).square().sum(dim=-1)
    return (torch.exp(-apart / 0.01) * heights).sum(dim=-1)


def lifting_error(size: int, element: torch.Tensor) -> float:
    """Of the lifted image that moved and the lift of the moved image, relative to their norm."""
    group, side = GLPlus(2), 8 * size
    conv = LiftingConv2d(
        1, 4, size, group, kernel=Bump(), mask="none", bias=False, padding=size // 2
    )
    points = pixel_centres(side, side)
    samples = group.as_samples(torch.eye(2).double().unsqueeze(0))
    moved = samples.translate(element)
    back = points @ torch.linalg.inv(element).T
    images = torch.stack([smooth_image(points), smooth_image(back)]).view(2, 1, 1, side, side)
    before, after = conv(images[0], samples)[:, :, 0], conv(images[1], moved)[:, :, 0]
    grid = back.view(1, side, side, 2)
    expected = torch.nn.functional.grid_sample(before, grid, "bicubic", align_corners=False)
    return float((after - expected).norm() / expected.norm())


def sampling_error(num: int, draws: int = 24) -> float:
    """The deviation of a group convolution at the identity between draws, relative to its norm."""
    group = SL(2)
    torch.manual_seed(0)
    lifting = LiftingConv2d(1, 8, 7, group, padding=3)
    conv = GroupConv2d(8, 8, 5, group, padding=2)
    image = smooth_image(pixel_centres(40, 40)).view(1, 1, 40, 40).float()
    here, outs = group.as_samples(torch.eye(2).unsqueeze(0)), []
    for seed in range(draws):
        samples = group.sample(num, torch.Generator().manual_seed(seed))
        outs.append(conv(lifting(image, samples).tanh(), samples, here))
    out = torch.stack(outs)
    return float((out - out.mean(dim=0)).square().mean().sqrt() / out.square().mean().sqrt())


@torch.no_grad()
def draw_errors() -> None:
    """Errors against the distance of a map, for finer grids, and against the number of samples."""
    figure = row_figure(2, "Errors of equivariance")
    left, right = figure.axes
    generator = torch.Generator().manual_seed(1)
    directions = torch.randn(6, 2, 2, generator=generator).double()
    directions /= directions.norm(dim=(1, 2), keepdim=True)
    distances = [0.1, 0.2, 0.3, 0.4, 0.6, 0.8]
    for size in (5, 7, 9, 13, 17):
        errors = [
            sum(lifting_error(size, torch.linalg.matrix_exp(t * x)) for x in directions) / 6
            for t in distances
        ]
        left.plot(distances, [100 * e for e in errors], marker=".", label=f"K = {size}")
        print(f"K = {size}", [f"{e:.4f}" for e in errors])
    left.set_title("lifting convolution, image of 8 K x 8 K", fontsize=10)
    left.set_xlabel("distance of the map from the identity")
    nums = [2, 4, 8, 16, 32, 64, 128]
    errors = [sampling_error(num) for num in nums]
    print(dict(zip(nums, errors, strict=True)))
    right.plot(nums, [100 * e for e in errors], marker=".")
    right.set_xscale("log", base=2)
    right.set_title("group convolution, all of SL(2)", fontsize=10)
    right.set_xlabel("number of samples")
    for axes in figure.axes:
        axes.set_yscale("log")
        axes.set_ylabel("relative error (%)")
    left.legend(frameon=False)
    figure.savefig(FOLDER / "lie_errors.png", dpi=90)


if __name__ == "__main__":
    draw_maps()
    draw_kernels()
    draw_errors()
