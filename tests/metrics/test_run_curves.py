import matplotlib.figure

from pyg_symm.metrics.run_curves import draw_run_curves


def test_each_run_is_a_line_in_the_colour_of_its_row(tmp_path, monkeypatch):
    drawn = []
    save = matplotlib.figure.Figure.savefig
    monkeypatch.setattr(
        matplotlib.figure.Figure,
        "savefig",
        lambda figure, *args, **kwargs: (drawn.append(figure), save(figure, *args, **kwargs)),
    )
    runs = [
        (
            {"model": model, "seed": str(seed)},
            {"curves": {"seconds": [0.0, 60.0, 120.0], "val/e": [seed + 1.0, 0.5]}},
        )
        for model in ("a", "b")
        for seed in (0, 1)
    ]
    figure = {"kind": "curves", "curve": "val/e", "y": "error", "levels": {"known": 0.1}}
    draw_run_curves(runs, {"title": "T", "rows": "model", "figure": figure}, tmp_path / "f.png")
    (axes,) = drawn[0].axes
    lines, level = axes.lines[:4], axes.lines[4]
    assert [line.get_color() for line in lines] == ["C0", "C0", "C1", "C1"]
    assert list(lines[1].get_xdata()) == [1.0, 2.0] and list(lines[1].get_ydata()) == [2.0, 0.5]
    assert list(level.get_ydata()) == [0.1, 0.1] and axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.get_legend().texts] == ["a", "b"]
    assert (tmp_path / "f.png").stat().st_size > 1000
