import pytest

from pyg_symm.groups.components import check_degrees, degree_of_component, order_of_component


def test_components():
    assert degree_of_component(0).tolist() == [0] and order_of_component(0).tolist() == [0]
    assert degree_of_component(2).tolist() == [0, 1, 1, 1, 2, 2, 2, 2, 2]
    assert order_of_component(2).tolist() == [0, -1, 0, 1, -2, -1, 0, 1, 2]


@pytest.mark.parametrize("value", [-1, 1.0, "1", None, True])
def test_no_degree(value):
    with pytest.raises(ValueError, match="'lmax2' must be an integer of 0 or more"):
        check_degrees(lmax1=0, lmax2=value)
