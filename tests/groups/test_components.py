from pyg_symm.groups.components import degree_of_component, order_of_component


def test_components():
    assert degree_of_component(0).tolist() == [0] and order_of_component(0).tolist() == [0]
    assert degree_of_component(2).tolist() == [0, 1, 1, 1, 2, 2, 2, 2, 2]
    assert order_of_component(2).tolist() == [0, -1, 0, 1, -2, -1, 0, 1, 2]
