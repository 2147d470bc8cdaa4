import pytest
import torch

from pyg_symm.weights.finite import all_finite


@pytest.mark.parametrize("kind", [torch.half, torch.float, torch.double])
def test_every_number_counts(kind):
    x = torch.randn(30, 40, dtype=kind)
    assert all_finite(x) and all_finite(x[:0])
    for value in (float("nan"), float("inf"), -float("inf")):
        bad = x.clone()
        bad[3, 7] = value
        assert not all_finite(bad)


def test_sums_may_overflow():
    assert all_finite(torch.full((1000,), 60000.0, dtype=torch.half))


def test_infinite_numbers_do_not_cancel():
    assert not all_finite(torch.tensor([float("inf"), -float("inf")]))
