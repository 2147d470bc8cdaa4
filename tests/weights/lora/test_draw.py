import pytest

from pyg_symm.weights.lora import lego_merge, svd_merge
from pyg_symm.weights.lora.draw import draw_report


@pytest.mark.parametrize("merge", [lego_merge, svd_merge])
def test_figures_of_few_and_many_modules(make, tmp_path, merge):
    for num in (2, 50):
        shapes = {f"layers.{i}.q": (6, 5) for i in range(num)}
        merged = merge([make(0, shapes=shapes), make(1, shapes=shapes)])
        draw_report(tmp_path / "report.png", merged.report, title="a merge")
        assert (tmp_path / "report.png").stat().st_size > 5000
