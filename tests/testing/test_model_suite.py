import inspect

import pytest
import torch
from torch_geometric.nn import GraphConv, global_add_pool

from pyg_symm.testing import ModelSuite


class Net(torch.nn.Module):
    """A right model, for the wrong ones below to spoil."""

    def __init__(self):
        super().__init__()
        self.conv = GraphConv(5, 8)
        self.lin = torch.nn.Linear(8, 3)

    def reset_parameters(self):
        self.conv.reset_parameters()
        self.lin.reset_parameters()

    def forward(self, x, edge_index, batch, batch_size):
        return self.lin(global_add_pool(self.conv(x, edge_index).tanh(), batch, size=batch_size))


class TestNet(ModelSuite):
    model = Net
    compiles = True

    def build(self):
        return self.model()


class NodesAndEdges(Net):
    def forward(self, x, edge_index, batch, batch_size):
        h = self.conv(x, edge_index).tanh()
        pairs = (h[edge_index[0]] - h[edge_index[1]]).sin()
        return self.lin(h), {"edges": self.lin(pairs), "none": None}


class TestNodesAndEdges(TestNet):
    model = NodesAndEdges


class Renamed(Net):
    def __repr__(self):
        return "Net"


class Noisy(Net):
    def forward(self, x, *args, **kwargs):
        return super().forward(x + torch.rand_like(x), *args, **kwargs)


class Overwriting(Net):
    def forward(self, x, *args, **kwargs):
        return super().forward(x.clamp_(min=0), *args, **kwargs)


class Unkept(Net):
    def __init__(self):
        super().__init__()
        self.scale = torch.rand(3)

    def forward(self, *args, **kwargs):
        out = super().forward(*args, **kwargs)
        return out * self.scale.to(out.dtype)


class Forgetful(Net):
    def __getstate__(self):
        return {**self.__dict__, "forgotten": True}

    def forward(self, *args, **kwargs):
        return super().forward(*args, **kwargs) * (1 + hasattr(self, "forgotten"))


class Unreset(Net):
    def reset_parameters(self):
        self.conv.reset_parameters()


class Fixed(Net):
    def forward(self, x, *args, **kwargs):
        return super().forward(x.float(), *args, **kwargs)


class Rounding(Net):
    def forward(self, *args, **kwargs):
        return super().forward(*args, **kwargs).float()


class ByType(Net):
    def forward(self, x, *args, **kwargs):
        return super().forward(x, *args, **kwargs) * (1 + (x.dtype == torch.double))


class Numbered(Net):
    def forward(self, x, *args, **kwargs):
        return super().forward(x * torch.arange(x.size(0)).view(-1, 1), *args, **kwargs)


class Ordered(Net):
    def forward(self, x, edge_index, *args, **kwargs):
        return super().forward(x, edge_index[:, 1:], *args, **kwargs)


class Leaky(Net):
    def forward(self, x, *args, **kwargs):
        return super().forward(x - x.mean(dim=0), *args, **kwargs)


class Growing(Net):
    def forward(self, x, edge_index, batch, batch_size):
        return super().forward(x, edge_index, batch, max(batch_size, 1))


class Idle(Net):
    def __init__(self):
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(2))


class Detached(Net):
    def forward(self, x, edge_index, batch, batch_size):
        h = self.conv(x, edge_index).tanh().detach()
        return self.lin(global_add_pool(h, batch, size=batch_size))


class Stuck(Net):
    def forward(self, *args, **kwargs):
        out = super().forward(*args, **kwargs)
        return out.detach() - out + out.detach()  # Its slope points the wrong way.


class Breaking(Net):
    def forward(self, x, *args, **kwargs):
        return super().forward(x * float(x.sum() > -1e9), *args, **kwargs)


@pytest.mark.parametrize(
    "wrong, test",
    [
        (Renamed, "name_and_type"),
        (Rounding, "name_and_type"),
        (Noisy, "runs_are_equal_and_leave_their_input"),
        (Overwriting, "runs_are_equal_and_leave_their_input"),
        (Unkept, "state_dict"),
        (Forgetful, "copies"),
        (Unreset, "reset_parameters"),
        (Fixed, "change_of_dtype"),
        (ByType, "change_of_dtype"),
        (Numbered, "relabelled_nodes"),
        (Ordered, "relabelled_nodes"),
        (Leaky, "batch_independence"),
        (Growing, "no_graphs"),
        (Idle, "gradients_reach_all_parameters"),
        (Detached, "gradients_reach_all_parameters"),
        (Stuck, "training_lowers_the_loss"),
        (Breaking, "compiles"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_wrong_models_are_caught(wrong, test):
    class Suite(TestNet):
        model = wrong

    if wrong is Renamed:
        Suite.model = type("Other", (Renamed,), {})
    with pytest.raises((AssertionError, RuntimeError)):
        getattr(Suite(), f"test_{test}")(torch.double)


def test_wrong_models_are_otherwise_right():
    class Suite(TestNet):
        model = Leaky

    names = [name for name, _ in inspect.getmembers(Suite, inspect.isfunction)]
    tests = {name for name in names if name.startswith("test_")} - {"test_batch_independence"}
    assert len(tests) >= 11
    for name in tests:
        getattr(Suite(), name)(torch.double)


def test_default_graphs():
    suite = ModelSuite()
    graphs = suite.graphs(torch.float)
    assert all(set(data.keys()) == {"x", "edge_index"} for data in graphs)
    assert [data.num_nodes for data in graphs] == [3, 5, 1, 2, 6]
    assert [data.is_undirected() for data in graphs] == [True] * 5
    with pytest.raises(NotImplementedError):
        suite.build()
