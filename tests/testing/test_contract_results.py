"""The contract of layers whose results are complex, or several tensors."""

import pytest
import torch
from torch_geometric.nn import GCNConv

from pyg_symm.testing import assert_layer_contract

GRAPH = torch.tensor([[0, 1, 2], [1, 2, 0]])


@pytest.fixture
def x():
    return torch.randn(8, 3, dtype=torch.double, generator=torch.Generator().manual_seed(0))


class Scaled(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(3, dtype=torch.double))
        self.reset_parameters()

    def reset_parameters(self):
        torch.nn.init.normal_(self.weight)

    def forward(self, x):
        return x * self.weight

    def __repr__(self):
        return f"{self.__class__.__name__}()"


class Pair(Scaled):
    def forward(self, x):
        return {"a": x * self.weight, "b": (x.sin(), [x.size(0), None])}


class Waves(Scaled):
    def forward(self, x):
        return torch.polar(torch.ones_like(x), x * self.weight)


def test_several_and_complex_results_pass(x):
    assert_layer_contract(Pair(), x)
    assert_layer_contract(Waves(), x)
    assert_layer_contract(Scaled(), torch.polar(x.abs(), x))
    assert_layer_contract(GCNConv(3, 4).double(), x, GRAPH, edge_weight=torch.rand(3).double())


class NoisyPart(Pair):
    def forward(self, x):
        return {**super().forward(x), "c": torch.rand_like(x)}


class UnboundedPart(Pair):
    def forward(self, x):
        return {**super().forward(x), "c": x / 0}


class RoundingPart(Pair):
    def forward(self, x):
        return {**super().forward(x), "c": x.float()}


class RoundingWaves(Waves):
    def forward(self, x):
        return super().forward(x).to(torch.complex64)


class DetachedWaves(Waves):
    def forward(self, x):
        return torch.polar(torch.ones_like(x), x * self.weight.detach())


class Still(Pair):
    def forward(self, x):
        return x.detach() + 0 * self.weight.detach()


@pytest.mark.parametrize(
    "wrong, message",
    [
        (NoisyPart, "two calls differ"),
        (UnboundedPart, "the result is not finite"),
        (RoundingPart, "torch.float64 became torch.float32"),
        (RoundingWaves, "torch.float64 became torch.complex64"),
        (DetachedWaves, "parameter 'weight' gets no gradient"),
        (Still, "the result has no gradient"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_wrong_parts_of_results_are_caught(x, wrong, message):
    with pytest.raises(AssertionError, match=message):
        assert_layer_contract(wrong(), x)


def test_results_that_cannot_be_compared_are_refused(x):
    class Set(Scaled):
        def forward(self, x):
            return {1, 2}

    with pytest.raises(ValueError, match="the result holds a set"):
        assert_layer_contract(Set(), x)
