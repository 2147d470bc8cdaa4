import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from traffic import COMPILED, CountTraffic, compile_parts

from pyg_symm.nn.dense import BlockLayout, EdgeAttention


class Chain(torch.nn.Module):
    def forward(self, x):
        return (x.sin() + 1).cos()


class Halves(torch.nn.Module):
    def forward(self, x):
        return x[:, 8:].sin() + x[:, 8:].cos() @ x[:8, 8:]


def counted(module, x):
    """The results of a module before and after it is compiled, and the traffic of the latter."""
    expected = module(x)
    compile_parts(module, {type(module).__name__})
    with CountTraffic() as traffic:
        actual = module(x)
    return expected, actual, traffic


def test_what_is_read_and_what_is_written_count_once():
    x, out = torch.randn(4, 8), torch.empty(4, 4)
    with CountTraffic() as traffic:
        torch.mm(x, x.t(), out=out)
        out.view(2, 8).add_(1)
    assert traffic.calls == {"mm": 1, "add_": 1}
    assert traffic.bytes == {"mm": 4 * (32 + 32 + 16), "add_": 4 * (16 + 16)}


@pytest.mark.filterwarnings("ignore")
def test_a_chain_that_is_compiled_reads_and_writes_once():
    x = torch.randn(64, 32)
    expected, actual, traffic = counted(Chain(), x)
    assert torch.equal(actual, expected)
    assert traffic.calls == {COMPILED: 1} and traffic.bytes == {COMPILED: 2 * x.nbytes}
    assert not torch.compiler.config.force_disable_caches


@pytest.mark.filterwarnings("ignore")
def test_kernels_count_the_parts_that_they_read():
    x = torch.randn(16, 16)
    expected, actual, traffic = counted(Halves(), x)
    torch.testing.assert_close(actual, expected)
    # One kernel reads a half and writes two; the product reads these and a quarter, writes a half.
    assert traffic.bytes == {COMPILED: (1.5 + 1.75) * x.nbytes}


@pytest.mark.filterwarnings("ignore")
def test_a_compiled_layer_moves_less_and_gives_the_same(float64):
    layer, layout = EdgeAttention(32, 32, 2), BlockLayout.of(torch.arange(20).unsqueeze(0) // 3)
    x, e = torch.randn(1, 2, 20, 32), torch.randn(1, 2, 20, 20, 32)
    leaves = [x.requires_grad_(), e.requires_grad_(), *layer.parameters()]
    results, traffics = [], []
    for _ in range(2):
        with CountTraffic() as traffic:
            out = layer(x, e, layout)
            grads = torch.autograd.grad(sum(part.square().sum() for part in out), leaves)
        results.append([*out, *grads])
        traffics.append(sum(traffic.bytes.values()))
        compile_parts(layer, {"EdgeAttention"})
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-10)
    assert traffics[1] < 0.9 * traffics[0]
