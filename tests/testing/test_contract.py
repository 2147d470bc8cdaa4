import pytest
import torch
from torch_geometric.nn import GCNConv, SoftmaxAggregation, SumAggregation
from torch_geometric.nn.aggr import Aggregation

from pyg_symm.testing import assert_layer_contract


def sets():
    torch.manual_seed(0)
    return torch.randn(8, 3, dtype=torch.double), torch.tensor([0, 0, 1, 1, 1, 3, 3, 3])


GRAPH = torch.tensor([[0, 1, 2], [1, 2, 0]])


def test_right_layers_pass():
    assert_layer_contract(SumAggregation(), *sets())
    assert_layer_contract(SoftmaxAggregation(learn=True, channels=3).double(), *sets())

    assert_layer_contract(GCNConv(3, 4).double(), sets()[0], GRAPH)


def test_layer_is_left_as_it_was():
    layer = GCNConv(3, 4).double()
    before = {k: v.clone() for k, v in layer.state_dict().items()}
    assert_layer_contract(layer, sets()[0], torch.tensor([[0, 1], [1, 0]]))
    assert all(torch.equal(v, before[k]) for k, v in layer.state_dict().items())
    assert layer.training and all(p.grad is None for p in layer.parameters())


class Scaled(torch.nn.Module):
    """A right layer, for the wrong ones below to spoil."""

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


class Nameless(Scaled):
    def __repr__(self):
        return "<layer>"


class Noisy(Scaled):
    def forward(self, x):
        return x * self.weight + torch.rand_like(x)


class Overwriting(Scaled):
    def forward(self, x):
        with torch.no_grad():
            x.zero_()
        return x * self.weight


class Unbounded(Scaled):
    def forward(self, x):
        return x * self.weight / 0


class Rounding(Scaled):
    def forward(self, x):
        return (x * self.weight).float()


class Idle(Scaled):
    def __init__(self):
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))


class Detaching(Scaled):
    def forward(self, x):
        return x.detach() * self.weight


class Kinked(Scaled):
    def forward(self, x):  # Finite, with an infinite slope.
        return (0 * x * self.weight).sqrt()


class Hidden(Scaled):
    def __init__(self):
        super().__init__()
        self.scale = 2.0

    def forward(self, x):
        return self.scale * x * self.weight

    def __getstate__(self):
        return {**self.__dict__, "scale": 1.0}


class Unkept(Scaled):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.ones(()), persistent=False)

    def forward(self, x):
        return x * self.weight

    def load_state_dict(self, state, strict=True):
        pass


class Stuck(Scaled):
    reset_parameters = None

    def __init__(self):
        torch.nn.Module.__init__(self)
        self.weight = torch.nn.Parameter(torch.ones(3, dtype=torch.double))


class Cumulative(Scaled):
    def reset_parameters(self):
        with torch.no_grad():
            self.weight.nan_to_num_(0.0).add_(1.0)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (Nameless, "'repr' must start with 'Nameless'"),
        (Noisy, "two calls differ"),
        (Overwriting, "an argument was written to|two calls differ"),
        (Unbounded, "the result is not finite"),
        (Rounding, "torch.float64 became torch.float32"),
        (Idle, "parameter 'unused' gets no gradient"),
        (Detaching, "argument 0 gets no gradient"),
        (Kinked, "the gradient of .* is not finite"),
        (Hidden, "a deep copy differs"),
        (Unkept, "a loaded 'state_dict' differs"),
        (Stuck, "has no 'reset_parameters'"),
        (Cumulative, "'reset_parameters' of one seed differ in 'weight'"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_wrong_layers_are_caught(wrong, message):
    x = sets()[0]
    assert_layer_contract(Scaled(), x)
    with pytest.raises(AssertionError, match=message):
        assert_layer_contract(wrong(), x)


class Runs(Aggregation):
    """Takes each run of equal indices for a set."""

    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        if ptr is not None:
            index = torch.arange(ptr.numel() - 1).repeat_interleave(ptr.diff())
        out = x.new_zeros(dim_size or int(index.max()) + 1, x.size(-1))
        last = torch.cat([index[1:] != index[:-1], torch.tensor([True])])
        start = last.nonzero().view(-1)
        first = torch.cat([start.new_zeros(1), start[:-1] + 1])
        sums = torch.stack([x[i : j + 1].sum(0) for i, j in zip(first, start, strict=True)])
        return out.index_copy(0, index[start], sums)


class NaNForNothing(SumAggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        out = super().forward(x, index, ptr=ptr, dim_size=dim_size, dim=dim)
        return out / (x.size(0) > 0)


class ForgetsPtr(SumAggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        if ptr is not None:
            index, dim_size = torch.zeros(x.size(dim), dtype=torch.long), ptr.numel() - 1
        return super().forward(x, index, dim_size=dim_size, dim=dim)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (Runs, "unsorted 'index'"),
        (NaNForNothing, "the value of an empty set is not finite"),
        (ForgetsPtr, "'ptr' and 'index' differ"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_wrong_aggregations_are_caught(wrong, message):
    with pytest.raises(AssertionError, match=message):
        assert_layer_contract(wrong(), *sets())


class Weighted(SumAggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2, weight=None):
        x = x if weight is None else x * weight.view(-1, 1)
        return super().forward(x, index, ptr=ptr, dim_size=dim_size, dim=dim)


def test_weights_of_elements_move_with_them():
    x, index = sets()
    order = torch.tensor([3, 0, 6, 2, 7, 4, 1, 5])
    assert_layer_contract(Weighted(), x[order], index[order], weight=torch.rand(8).double())
    assert_layer_contract(Weighted(), x, index, dim_size=7)


class Ordered(SumAggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        self.assert_sorted_index(index)
        return super().forward(x, index, ptr=ptr, dim_size=dim_size, dim=dim)


class WithoutPtr(SumAggregation):
    def forward(self, x, index=None, ptr=None, dim_size=None, dim=-2):
        self.assert_index_present(index)
        return super().forward(x, index, ptr=ptr, dim_size=dim_size, dim=dim)


@pytest.mark.parametrize(
    "wrong, message",
    [(Ordered, "an unsorted 'index' is refused: Can not"), (WithoutPtr, "'ptr' is refused: Aggr")],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_refusals_break_the_contract(wrong, message):
    with pytest.raises(AssertionError, match=message):
        assert_layer_contract(wrong(), *sets())
