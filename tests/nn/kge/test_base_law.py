import pytest
import torch

from pyg_symm.nn.kge.base_law import MEAN_ABSOLUTE, check_base, log_density


@pytest.mark.parametrize("base", list(MEAN_ABSOLUTE))
def test_moments(base, float64):
    x = torch.linspace(-12, 12, 2_400_001)
    weight = log_density(x, base).exp() * (x[1] - x[0])
    assert weight.sum() == pytest.approx(1, abs=1e-5)
    assert (weight * x).sum() == pytest.approx(0, abs=1e-9)
    assert (weight * x.square()).sum() == pytest.approx(1, abs=1e-4)
    assert (weight * x.abs()).sum() == pytest.approx(MEAN_ABSOLUTE[base], abs=1e-5)


def test_unknown_base():
    with pytest.raises(ValueError, match=r"'base' must be one of .* \(got 'cauchy'\)"):
        check_base("cauchy")
