import torch
from PIL import Image

from pyg_symm.tasks.points.figures import draw_curves, draw_parity


def size(file):
    with Image.open(file) as image:
        return image.size


def test_figures_have_a_panel_for_each_quantity(tmp_path):
    pair = torch.arange(9000.0), torch.arange(9000.0) + 1
    draw_parity(tmp_path / "new" / "parity.png", {"a": {"test": pair}})
    draw_parity(tmp_path / "five.png", {name: {"test": pair, "far": pair} for name in "abcde"})
    one, five = (size(tmp_path / name) for name in ("new/parity.png", "five.png"))
    assert five[0] > 3 * one[0] and five[1] > 1.5 * one[1]


def test_curves_follow_the_time(tmp_path):
    curves = {"seconds": [60.0, 120.0], "val/a": [1.0, 0.1], "val/b": [-1.0, 1.0], "other": [0.0]}
    draw_curves(tmp_path / "error.png", curves)
    assert size(tmp_path / "error.png")[0] > 900
