import numpy as np
import pytest

from pyg_symm.utils import check_choice, check_sizes


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


def test_choices():
    check_choice("mode", "a", {"a": 1, "b": 2})
    check_choice("mode", None, (None, "a"))
    for wrong in ("c", 1, ["a"]):
        with pytest.raises(ValueError) as caught:
            check_choice("mode", wrong, {"a": 1, "b": 2})
        assert str(caught.value) == f"'mode' must be one of ['a', 'b'] (got {wrong!r})"
