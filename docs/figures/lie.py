"""Draws docs/figures/lie_maps.png and lie_kernels.png: python docs/figures/lie.py"""

import math
from pathlib import Path

import torch

from pyg_symm.datasets import AffineDigits, HomographyDigits
from pyg_symm.groups import GLPlus
from pyg_symm.nn import LiftingConv2d
from pyg_symm.nn.models.baselines.whitened_cnn import whiten_images
from pyg_symm.utils.figures import agg_figure

FOLDER = Path(__file__).parent
DIGITS, ELEMENTS, PIXELS = 10, 6, 61


def draw_maps() -> None:
    """Digits as they were, under maps, and whitened."""
    upright, affine, homography = (
        kind(split=split, limit=DIGITS).x
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
    figure.suptitle("Test digits: one draw of maps (40 x 40 pixels)")
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


if __name__ == "__main__":
    draw_maps()
    draw_kernels()
