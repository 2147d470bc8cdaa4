from pyg_symm.nn.tensor_product import methods


def test_every_method_can_be_chosen():
    classes = [getattr(methods, name) for name in methods.__all__]
    found = {c for c in classes if isinstance(c, type) and issubclass(c, methods.ProductMethod)}
    assert found - {methods.ProductMethod} == set(methods.METHODS.values())
