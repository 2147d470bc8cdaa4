import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from traffic import COMPILED, CountTraffic, compile_parts


class Chain(torch.nn.Module):
    def forward(self, x):
        return (x.sin() + 1).cos()


def test_what_is_read_and_what_is_written_count_once():
    x, out = torch.randn(4, 8), torch.empty(4, 4)
    with CountTraffic() as traffic:
        torch.mm(x, x.t(), out=out)
        out.view(2, 8).add_(1)
    assert traffic.calls == {"mm": 1, "add_": 1}
    assert traffic.bytes == {"mm": 4 * (32 + 32 + 16), "add_": 4 * (16 + 16)}


@pytest.mark.filterwarnings("ignore")
def test_a_chain_that_is_compiled_reads_and_writes_once():
    x, chain = torch.randn(64, 32), Chain()
    expected = chain(x)
    compile_parts(chain, {"Chain"})
    with CountTraffic() as traffic:
        actual = chain(x)
    assert torch.equal(actual, expected)
    assert traffic.calls == {COMPILED: 1} and traffic.bytes == {COMPILED: 2 * x.nbytes}
    assert not torch.compiler.config.force_disable_caches
