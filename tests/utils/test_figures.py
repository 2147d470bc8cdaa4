import pytest

from pyg_symm.utils.figures import agg_figure, row_figure


@pytest.mark.parametrize("figure", [agg_figure(3, 2), row_figure(2, "title")])
def test_figures_are_saved_without_a_screen(figure, tmp_path):
    figure.savefig(tmp_path / "figure.png", dpi=50)
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_rows():
    figure = row_figure(3, "title")
    assert len(figure.axes) == 3 and figure.get_suptitle() == "title"
    assert figure.get_size_inches().tolist() == pytest.approx([13.8, 3.6])
