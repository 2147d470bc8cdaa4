import torch
from torch import nn

from pyg_symm.nn.dense import BlockLayout, BlockTransformer, cast_once, look_up
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


def test_parameters_without_gradient_get_zeros_as_before():
    lin = nn.Linear(3, 2)
    cast_parameters(lin, torch.double)["weight"].sum().backward()
    assert torch.equal(lin.bias.grad, torch.zeros(2))


def test_a_looked_up_row_sums_many_gradients_without_loss():
    table = torch.randn(3, 4, dtype=torch.float, requires_grad=True)
    index = torch.zeros(2, 4096, dtype=torch.long)
    index[1, :5] = 2
    assert torch.equal(look_up(table, index), table[index])
    with torch.autocast("cpu", torch.bfloat16):
        rows = look_up(table, index)
    assert torch.equal(rows, table[index].bfloat16())
    rows.sum().backward()  # In half precision, a sum of ones ends at 256.
    assert table.grad[:, 0].tolist() == [2 * 4096 - 5, 0, 5]


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
