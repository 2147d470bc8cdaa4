import torch

from pyg_symm.weights.tracing.registry import find_rule, register_rule


def test_rules_are_found_by_name_also_for_operations_in_place():
    @register_rule("test::one", "test::two")
    def rule(call):
        return ()

    class Func:
        def __init__(self, name):
            self._schema = type("Schema", (), {"name": name})

    assert find_rule(Func("test::one")) is rule is find_rule(Func("test::two_"))
    assert find_rule(Func("test::three")) is None
    register_rule("test::one")(print)
    assert find_rule(Func("test::one")) is print


def test_operations_of_pytorch_have_rules():
    assert find_rule(torch.ops.aten.mm.default) is not None
    assert find_rule(torch.ops.aten.scatter_add_.default) is not None
