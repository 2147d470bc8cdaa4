import torch
import torch.nn.functional as F

from pyg_symm.nn.bundle import ConvNeXtBlock, Kernels, Pairs

NONE = torch.empty(0, dtype=torch.long)


def kernels():
    return Kernels(Pairs(NONE, NONE, 0, False, loops=True), torch.randn(1, 1, 5))


def test_formula(tol):
    block, shared, x = ConvNeXtBlock(4, 5, mix=False, widening=3), kernels(), torch.randn(7, 1, 4)
    hidden = F.layer_norm(block.conv(x, shared), (4,), block.mlp.norm.weight, block.mlp.norm.bias)
    expected = x + block.mlp.lin2(F.gelu(block.mlp.lin1(hidden)))
    assert block.mlp.lin1.out_features == 12 and block.scale is None
    torch.testing.assert_close(block(x, shared), expected, atol=tol, rtol=tol)


def test_layer_scale(tol):
    torch.manual_seed(0)
    scaled = ConvNeXtBlock(4, 5, mix=False, layer_scale=1e-3)
    torch.manual_seed(0)
    plain, shared, x = ConvNeXtBlock(4, 5, mix=False), kernels(), torch.randn(7, 1, 4)
    expected = x + 1e-3 * (plain(x, shared) - x)
    torch.testing.assert_close(scaled(x, shared), expected, atol=tol, rtol=tol)


def test_reset_parameters():
    block = ConvNeXtBlock(4, 5, layer_scale=0.5)
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.fill_(3.0)
    block.reset_parameters()
    assert block.scale.tolist() == [0.5] * 4 and block.mlp.norm.weight.tolist() == [1.0] * 4
    assert not any(bool((parameter == 3).any()) for parameter in block.parameters())
