import matplotlib.figure
import pytest

from pyg_symm.weights.connectivity import Barrier, draw_barriers, draw_curves


@pytest.fixture
def drawn(monkeypatch):
    figures = []
    save = matplotlib.figure.Figure.savefig
    monkeypatch.setattr(
        matplotlib.figure.Figure,
        "savefig",
        lambda figure, *args, **kwargs: (figures.append(figure), save(figure, *args, **kwargs)),
    )
    return figures


def test_a_panel_for_each_figure_and_a_colour_for_each_name(drawn, tmp_path):
    path = Barrier([0, 0.5, 1], {"loss": [1, 3, 1], "acc": [0.9, 0.5, 0.9]})
    draw_barriers(
        tmp_path / "f.png", {"naive": [path, path], "matched": path}, title="T", labels={"acc": "A"}
    )
    loss, acc = drawn[0].axes
    assert [line.get_color() for line in loss.lines] == ["C0", "C0", "C1"]
    assert list(loss.lines[0].get_ydata()) == [1, 3, 1] and acc.get_ylabel() == "A"
    assert [text.get_text() for text in loss.get_legend().texts] == ["naive", "matched"]
    assert (tmp_path / "f.png").stat().st_size > 1000
    with pytest.raises(ValueError, match="the same figures"):
        draw_barriers(
            tmp_path / "g.png", {"a": path, "b": Barrier([0, 1], {"x": [0, 0]})}, title="T"
        )
    with pytest.raises(ValueError, match="the same figures"):
        draw_barriers(tmp_path / "g.png", {}, title="T")


def test_a_panel_for_each_layer(drawn, tmp_path):
    panels = {
        "0.weight": {"naive": [0.1, 0.2], "matched": [0.9, 0.8]},
        "2.weight": {"naive": [0.3]},
    }
    draw_curves(tmp_path / "f.svg", panels, title="T", x="rank", y="alignment", log=True)
    first, second = drawn[0].axes
    assert list(first.lines[1].get_xdata()) == [1, 2] and first.get_yscale() == "log"
    assert first.get_title() == "0.weight" and first.get_ylabel() == "alignment"
    assert len(second.lines) == 1
    with pytest.raises(ValueError, match="'panels' must not be empty"):
        draw_curves(tmp_path / "g.png", {}, title="T", x="rank", y="alignment")
