import pytest
import torch

from pyg_symm.utils import check_limit, evenly_spread
from pyg_symm.utils.spread import some_of


@pytest.mark.parametrize("total", [0, 1, 7, 40])
@pytest.mark.parametrize("count", [0, 1, 3, 7, 39, 40, 100])
def test_as_many_as_asked_for_at_equal_distances(count, total):
    chosen = evenly_spread(count, total)
    assert chosen.dtype == torch.bool and chosen.numel() == total
    assert int(chosen.sum()) == min(count, total)
    gaps = chosen.nonzero().view(-1).diff()
    assert gaps.numel() == 0 or gaps.max() - gaps.min() <= 1


def test_no_rounding_error_in_large_sequences():
    assert int(evenly_spread(1_000_003, 1_584_663).sum()) == 1_000_003


def test_a_stream_is_read_in_part():
    items, number = some_of(lambda: iter(range(10)), 3, 10)
    assert list(items) == [3, 6, 9] and number == 3
    items, number = some_of(lambda: iter(range(2)), None)
    assert list(items) == [0, 1] and number is None
    assert list(some_of(lambda: iter(range(2)), 5)[0]) == [0, 1]


def test_limits_are_positive():
    for limit in (None, 1, 7):
        check_limit(limit)
    with pytest.raises(ValueError, match=r"'val_limit' must be positive \(got 0\)"):
        check_limit(0, "val_limit")


@pytest.mark.parametrize("limit", [1.5, 0.5, float("nan"), "3", True])
def test_limits_are_whole_numbers(limit):
    with pytest.raises(ValueError, match="'val_limit' must be"):
        check_limit(limit, "val_limit")
