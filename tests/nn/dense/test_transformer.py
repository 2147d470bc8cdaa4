import pytest
import torch

from pyg_symm.nn.dense import BlockTransformer, CausalProduct, EdgeAttention


def test_one_plane_is_the_first_of_two(inputs):
    x, e, layout = inputs
    model = BlockTransformer(8, 4, num_layers=2, heads=2)
    both, first = model(x, e, layout), model(x[:, :1], e[:, :1], layout)
    torch.testing.assert_close(both[0][:, :1], first[0])
    torch.testing.assert_close(both[1][:, :1], first[1])


def test_repr_and_bad_input():
    assert repr(BlockTransformer(8, 4, 2)) == "BlockTransformer(8, 4, num_layers=2, heads=8)"
    for arguments, match in [
        ({"norm_residual": "both"}, "'norm_residual' must be"),
        ({"attention": False, "products": False}, "must not both be False"),
        ({"num_layers": 0}, "'num_layers' must be positive"),
        ({"heads": 3}, "'heads' must divide 8 'channels' .got 3"),
        ({"norm": "group"}, "'norm' must be"),
    ]:
        with pytest.raises(ValueError, match=match):
            BlockTransformer(**({"channels": 8, "edge_channels": 4, "num_layers": 1} | arguments))


# torch.compile looks at gradients of tensors that are no leaves, and warns of itself.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("norm", ["rms", "batch"])
def test_compiled_layers_of_other_norms_give_the_same(inputs, norm, tol):
    *_, layout = inputs
    model = BlockTransformer(8, 4, 2, heads=2, norm=norm, norm_residual="normed")
    x, e = (part.requires_grad_() for part in inputs[:2])
    results = []
    for _ in range(2):
        outs = model(x, e, layout)
        grads = torch.autograd.grad(sum(out.sin().sum() for out in outs), (x, e))
        results.append((*outs, *grads))
        for part in model.modules():
            if isinstance(part, EdgeAttention | CausalProduct):
                part.compile(fullgraph=True, dynamic=False, backend="aot_eager")
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=100 * tol)
