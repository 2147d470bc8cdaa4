import pytest

from pyg_symm.weights.features.complexity import feature_complexity
from pyg_symm.weights.features.draw import draw_complexity, draw_groups


@pytest.mark.parametrize("evaluated", [False, True])
def test_curves_are_drawn(mlp, tmp_path, evaluated):
    evaluate = (lambda model: 0.5) if evaluated else None
    curve = feature_complexity(*mlp(), [0.0, 0.3], evaluate=evaluate)
    draw_complexity(tmp_path / "a.png", {"one": curve, "two": curve}, title="t", value="accuracy")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_there_must_be_a_curve(tmp_path):
    with pytest.raises(ValueError, match="'curves' must not be empty"):
        draw_complexity(tmp_path / "a.png", {}, title="t")


def test_groups_of_runs_are_drawn(mlp, tmp_path):
    curve = feature_complexity(*mlp(), [0.0, 0.3], evaluate=lambda model: 0.5)
    merged = dict.fromkeys(("ward", "paper"), curve.to_dict())
    run = {"merged": merged, "sizes": {"ward": [0.9, None], "paper": [0.8, 0.1]}}
    options = {"by": "width", "shares": [0.5, 0.1], "value": "accuracy", "title": "t"}
    draw_groups(tmp_path / "a.png", {8: [run, run], 16: [run]}, **options)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
