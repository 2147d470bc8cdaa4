import torch

from pyg_symm.utils.plain import needs_plain_functions


def test_in_transforms_and_compiled_code_only():
    assert not needs_plain_functions()
    seen = []

    def square(x):
        seen.append(needs_plain_functions())
        return x.square()

    torch.func.grad(square)(torch.tensor(2.0))
    torch.func.vmap(square)(torch.ones(3))
    torch.func.jvp(square, (torch.tensor(2.0),), (torch.tensor(1.0),))
    assert seen == [True] * 3 and not needs_plain_functions()
    torch._dynamo.reset()
    compiled = torch.compile(lambda x: x + int(needs_plain_functions()), backend="eager")
    assert compiled(torch.zeros(1)) == 1
