import pytest

from pyg_symm.causal.protocol import Estimator


class Plain(Estimator):
    def __init__(self, first, second=2):
        self.first, self.second = first, second


def test_parameters():
    plain = Plain(1)
    assert plain.get_params() == {"first": 1, "second": 2}
    assert plain.set_params(second=3) is plain and plain.second == 3
    assert repr(plain) == "Plain(first=1, second=3)"
    with pytest.raises(ValueError, match="Invalid parameter 'third'.*first.*second"):
        plain.set_params(third=1)


def test_before_the_fit():
    with pytest.raises((ValueError, AttributeError), match="not fitted yet; call 'fit' first"):
        Plain(1)._check_fitted()
