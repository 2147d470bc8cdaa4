import torch

from pyg_symm.nn.dense.mlp import mlp


def test_equals_the_formula():
    net, x = mlp(3, 5, 2), torch.randn(4, 3)
    first, last = net[0], net[2]
    hidden = x @ first.weight.T + first.bias
    expected = (hidden * hidden.sigmoid()) @ last.weight.T + last.bias
    torch.testing.assert_close(net(x), expected)
