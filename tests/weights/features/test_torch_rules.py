import pytest
import torch
from torch import nn

from pyg_symm.weights import declare_spec
from pyg_symm.weights.features.layout import unmergeable
from pyg_symm.weights.features.merging import merge_features


def images(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(2))


class Last(nn.Module):
    """The last output of a recurrent network, read by a linear layer."""

    def __init__(self, rnn, width):
        super().__init__()
        self.rnn, self.lin = rnn, nn.Linear(width, 2)

    def forward(self, x):
        return self.lin(self.rnn(x)[0][-1])


class Cell(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell, self.lin = cell, nn.Linear(4, 2)

    def forward(self, x):
        state = None
        for step in x:
            state = self.cell(step, state)
        return self.lin(state[0] if isinstance(state, tuple) else state)


FOUR = ["h | h | h | h"]
CASES = {
    "conv1d": (
        nn.Sequential(nn.Conv1d(2, 5, 3), nn.ReLU(), nn.Conv1d(5, 2, 2)),
        {"0.weight": ["h", None, None], "0.bias": ["h"], "2.weight": [None, "h", None]},
        {"h": [0, 1, 2, 3, 4, 1, 1]},
        (3, 2, 9),
    ),
    "depthwise": (
        nn.Sequential(
            nn.Conv2d(2, 5, 1), nn.Tanh(), nn.Conv2d(5, 5, 3, groups=5), nn.Conv2d(5, 2, 1)
        ),
        {
            "0.weight": ["h", None, None, None],
            "[02].bias": ["h"],
            "2.weight": ["h", None, None, None],
            "3.weight": [None, "h", None, None],
        },
        {"h": [0, 1, 2, 3, 4, 1, 4]},
        (3, 2, 5, 5),
    ),
    "transposed": (
        nn.Sequential(nn.ConvTranspose2d(2, 5, 3), nn.Tanh(), nn.ConvTranspose2d(5, 2, 2)),
        {
            "0.weight": [None, "h", None, None],
            "0.bias": ["h"],
            "2.weight": ["h", None, None, None],
        },
        {"h": [0, 1, 2, 3, 4, 1]},
        (3, 2, 5, 5),
    ),
    "instance norm, prelu": (
        nn.Sequential(
            nn.Conv1d(2, 5, 3), nn.InstanceNorm1d(5, affine=True), nn.PReLU(5), nn.Conv1d(5, 2, 2)
        ),
        {"0.weight": ["h", None, None], "[012].*": ["h"], "3.weight": [None, "h", None]},
        {"h": [0, 1, 2, 3, 4, 0]},
        (3, 2, 9),
    ),
    "gru": (
        Last(nn.GRU(3, 4), 4),
        {
            "rnn.weight_ih_l0": ["h | h | h", None],
            "rnn.weight_hh_l0": ["h | h | h", "h"],
            "rnn.bias*": ["h | h | h"],
            "lin.weight": [None, "h"],
        },
        {"h": [0, 1, 2, 3, 2, 0]},
        (6, 2, 3),
    ),
    "lstm": (
        Last(nn.LSTM(3, 4, 2), 4),
        {
            "rnn.weight_ih_l0": [*FOUR, None],
            "rnn.weight_hh_l0": [*FOUR, "h"],
            "rnn.bias_??_l0": FOUR,
            "rnn.weight_ih_l1": ["i | i | i | i", "h"],
            "rnn.weight_hh_l1": ["i | i | i | i", "i"],
            "rnn.bias_??_l1": ["i | i | i | i"],
            "lin.weight": [None, "i"],
        },
        {"h": [0, 1, 2, 3, 2], "i": [0, 1, 2, 3, 0]},
        (6, 2, 3),
    ),
    "projected lstm": (
        Last(nn.LSTM(3, 4, proj_size=2), 2),
        {
            "rnn.weight_ih_l0": [*FOUR, None],
            "rnn.weight_hh_l0": [*FOUR, "p"],
            "rnn.bias_??_l0": FOUR,
            "rnn.weight_hr_l0": ["p", "h"],
            "lin.weight": [None, "p"],
        },
        {"h": [0, 1, 2, 3, 2], "p": [0, 1, 1]},
        (6, 2, 3),
    ),
    "lstm cell": (
        Cell(nn.LSTMCell(3, 4)),
        {
            "cell.weight_ih": [*FOUR, None],
            "cell.weight_hh": [*FOUR, "h"],
            "cell.bias*": FOUR,
            "lin.weight": [None, "h"],
        },
        {"h": [0, 1, 2, 3, 2, 0]},
        (6, 2, 3),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_copies_are_merged_exactly(case, widen):
    torch.manual_seed(0)
    model, axes, sources, shape = CASES[case]
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    model = model.double().eval()
    spec = declare_spec(model.state_dict(), {**axes, "*.bias": [None]})
    x = torch.randn(shape, dtype=torch.double)
    sources = {name: torch.tensor(index) for name, index in sources.items()}
    wide, wide_spec = widen(model, spec, sources)
    torch.testing.assert_close(wide(x), model(x))
    result = merge_features(wide, wide_spec, 1e-12, distance="incoming")
    assert result.widths == spec.classes
    torch.testing.assert_close(result.model(x), model(x))
    assert str(result.model) == str(model)


@pytest.mark.parametrize(
    "norm", [nn.LayerNorm(4), nn.RMSNorm(4), nn.GroupNorm(2, 4)], ids=lambda n: type(n).__name__
)
def test_norms_over_units_are_refused(norm):
    model = nn.Sequential(nn.Linear(3, 4), norm, nn.Linear(4, 2))
    axes = {"0.weight": ["h", None], "[01].*": ["h"], "2.weight": [None, "h"], "2.bias": [None]}
    spec = declare_spec(model.state_dict(), axes)
    assert "tensor '1.weight': its statistics run over" in unmergeable(model, spec)["h"]


def test_attention_is_refused():
    model = nn.MultiheadAttention(4, 2)
    spec = declare_spec(
        model.state_dict(),
        {
            "in_proj_weight": ["q | q | v", None],
            "in_proj_bias": ["q | q | v"],
            "out_proj.weight": [None, "v"],
            "out_proj.bias": [None],
        },
    )
    found = unmergeable(model, spec)
    assert list(found) == ["q", "v"] and "'in_proj_weight': products of queries" in found["q"]


def test_groups_of_convolutions_are_refused():
    model = nn.Sequential(nn.Conv1d(2, 4, 1), nn.Conv1d(4, 4, 1, groups=2))
    axes = {"0.weight": ["h", None, None], "0.bias": ["h"], "1.weight": [None, None, None]}
    spec = declare_spec(model.state_dict(), {**axes, "1.bias": [None]})
    assert "no tensor" not in unmergeable(model, spec).get("h", "")
    model[1].groups = 4
    axes["1.weight"] = ["h", None, None]
    spec = declare_spec(model.state_dict(), {**axes, "1.bias": ["h"]})
    model[1].groups = 2
    assert "'1.weight': a convolution with 2 groups" in unmergeable(model, spec)["h"]
