import pytest
import torch

from pyg_symm.nn.bundle import BlockStack, ConvNeXtBlock, Kernels, Pairs


def build(readouts, num=3):
    blocks = [ConvNeXtBlock(4, 5, mix=False) for _ in range(num)]
    return BlockStack(blocks, 4, 2, readouts)


def inputs():
    pairs = Pairs(torch.tensor([0, 1]), torch.tensor([1, 2]), 2, False, loops=True)
    return torch.randn(3, 1, 4), Kernels(pairs, torch.randn(3, 1, 5))


@pytest.mark.parametrize("readouts", ["last", "all"])
def test_readouts(tol, readouts):
    stack, (x, kernels) = build(readouts), inputs()
    out, reads = stack(x, kernels), []
    for i, block in enumerate(stack.blocks):
        x = block(x, kernels)
        if readouts == "all":
            reads.append(stack.readouts[i](x))
    expected = torch.stack(reads).mean(0) if reads else stack.readouts[0](x)
    torch.testing.assert_close(out, expected, atol=tol, rtol=tol)


def test_calibration_reaches_every_block(tol):
    stack, (x, kernels) = build("last"), inputs()
    with torch.no_grad():
        for block in stack.blocks:
            block.conv.lin_space.weight.mul_(30)
    stack.calibrate(x, kernels)
    for block in stack.blocks:
        out = kernels.sum(block.conv.lin_space, x)
        deviations = out.std(correction=0), x.std(correction=0)
        torch.testing.assert_close(*deviations, atol=20 * tol, rtol=20 * tol)
        x = block(x, kernels)


@pytest.mark.parametrize("readouts", ["last", "all"])
def test_compiles_without_a_graph_break(readouts):
    torch._dynamo.reset()
    stack, (x, kernels) = build(readouts), inputs()
    compiled = torch.compile(stack, fullgraph=True, backend="aot_eager")
    out, expected = compiled(x, kernels), stack(x, kernels)
    torch.testing.assert_close(out, expected)
    grads = [
        torch.autograd.grad(o.square().sum(), list(stack.parameters())) for o in (out, expected)
    ]
    torch.testing.assert_close(*grads)


def test_wrong_readouts():
    with pytest.raises(ValueError, match="'readouts' must be 'last' or 'all' .got 'first'"):
        build("first")
