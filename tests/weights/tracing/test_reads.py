import pytest
import torch
from torch import nn

from pyg_symm.weights import trace_spec


def copied(table, size):
    return table.clone().double().exp()[:size]


CUTS = {
    "slice": lambda table, size: table[:size],
    "narrow": lambda table, size: table.narrow(0, 0, size),
    "end": lambda table, size: table[-size:],
    "view": lambda table, size: table.unsqueeze(0)[:, :size],
    "split": lambda table, size: table.split([size, len(table) - size])[0],
    "copy": copied,
    "joined": lambda table, size: torch.cat([table[:1], table])[1 : size + 1],
}


class Positions(nn.Module):
    """Adds rows of a table to as many rows of the input."""

    def __init__(self, cut):
        super().__init__()
        self.cut = cut
        self.lin1, self.lin2 = nn.Linear(3, 6), nn.Linear(6, 2)
        self.positions = nn.Parameter(torch.randn(9, 6))

    def forward(self, x):
        return self.lin2((self.lin1(x) + self.cut(self.positions, x.size(1))).relu())


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("cut", CUTS)
def test_positions_that_short_inputs_leave_out_stay(cut):
    """They are read by longer inputs."""
    torch.manual_seed(0)
    model = Positions(CUTS[cut])
    spec = trace_spec(model, torch.randn(2, 5, 3))
    assert dict(spec.classes) == {"lin1": 6}
    x = torch.randn(2, 9, 3)
    expected = model(x).detach()
    moved = spec.apply(model.state_dict(), spec.random(torch.Generator().manual_seed(0)))
    model.load_state_dict(moved)
    torch.testing.assert_close(model(x).detach(), expected)


class LowRank(nn.Module):
    """Parameters meet each other before the input."""

    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Parameter(torch.randn(4, 3)), nn.Parameter(torch.randn(5, 4))
        self.scale = nn.Parameter(torch.rand(4))

    def forward(self, x):
        return x @ (self.up @ (self.scale.exp().unsqueeze(-1) * self.down)).t()


def test_units_between_parameters_are_read():
    assert dict(trace_spec(LowRank(), torch.randn(2, 3)).classes) == {"down": 4}


def test_parts_that_are_read_one_by_one_move():
    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.both, self.out = nn.Linear(3, 10), nn.Linear(4, 2)

        def forward(self, x):
            first = nn.functional.linear(x, self.both.weight[:6], self.both.bias[:6])
            second = nn.functional.linear(x, self.both.weight[6:], self.both.bias[6:])
            return self.out(second.relu()) * first.relu().sum(-1, keepdim=True)

    assert sorted(trace_spec(Parts(), torch.randn(2, 3)).classes.values()) == [4, 6]
