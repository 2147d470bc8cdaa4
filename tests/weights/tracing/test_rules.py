from pyg_symm.weights.tracing import registry, rules


def test_families_are_registered():
    assert len(registry._RULES) > 200
    assert {"pointwise", "views"} <= set(rules.__all__)
