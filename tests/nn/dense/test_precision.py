import torch
from torch import nn

from pyg_symm.nn.dense import BlockLayout, BlockTransformer, cast_once
from pyg_symm.nn.dense.precision import cast_parameters


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 3))
        self.seen = []

    @cast_once
    def forward(self, x):
        x = x.to(self.layers[1].weight.dtype)
        for layer in self.layers:
            x = layer(x)
            self.seen.append(x.dtype)
        return x


def test_stays_in_half_precision_under_autocast_and_is_unchanged_without():
    torch.manual_seed(0)
    tower, x = Tower(), torch.randn(5, 8)
    plain = tower(x)
    assert set(tower.seen) == {x.dtype} and torch.equal(plain, tower.layers(x))
    tower.seen.clear()
    with torch.autocast("cpu", torch.bfloat16):
        half = tower(x)
    assert set(tower.seen) == {torch.bfloat16}
    torch.testing.assert_close(half.to(x.dtype), plain, rtol=5e-2, atol=5e-2)
    half.float().sum().backward()
    for parameter in tower.parameters():
        assert parameter.grad.dtype == x.dtype and parameter.grad.shape == parameter.shape


def test_gradients_flow_through_cast_parameters():
    lin = nn.Linear(3, 2)
    cast = cast_parameters(lin, torch.double)
    assert set(cast) == {"weight", "bias"} and torch.equal(cast["weight"], lin.weight.double())
    (cast["weight"].sum() + 2 * cast["bias"].sum()).backward()
    assert torch.equal(lin.weight.grad, torch.ones(2, 3)) and (lin.bias.grad == 2).all()


def test_a_trunk_under_autocast_gives_half_precision_and_close_results():
    torch.manual_seed(0)
    model = BlockTransformer(16, 8, num_layers=2, heads=2)
    layout = BlockLayout.of(torch.tensor([[0, 0, 1, 2, -1]]))
    x, e = torch.randn(1, 2, 5, 16), torch.randn(1, 2, 5, 5, 8)
    expected = model(x, e, layout)
    with torch.autocast("cpu", torch.bfloat16):
        actual = model(x, e, layout)
    for a, b in zip(actual, expected, strict=True):
        assert a.dtype == torch.bfloat16
        assert (a.float() - b).norm() < 2e-2 * b.norm()
