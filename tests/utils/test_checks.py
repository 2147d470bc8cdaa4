import numpy as np
import pytest

from pyg_symm.utils import check_sizes


def test_integers_that_are_large_enough_pass():
    check_sizes(0, a=0, b=3)
    check_sizes(-1, a=-1, b=np.int64(0))


def test_the_first_wrong_size_is_named():
    with pytest.raises(ValueError, match="'depth' must be an integer of 1 or more .got 0"):
        check_sizes(1, width=1, depth=0, height=-1)


@pytest.mark.parametrize("value", [-1, 1.0, True, None])
def test_wrong_sizes(value):
    with pytest.raises(ValueError, match=f"'width' must be an integer of 0 or more .got {value}"):
        check_sizes(0, width=value)
