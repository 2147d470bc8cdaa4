import pytest
import torch
from torch import nn

from pyg_symm.weights import declare_spec
from pyg_symm.weights.features.layout import Layout, unmergeable


def test_roles_of_tensors(cnn):
    layout = Layout(*cnn())
    assert layout.roles["3.weight"] == ("in", "out", "keep", "keep")
    assert layout.roles["7.weight"] == ("in", "out") and layout.roles["1.running_var"] == ("in",)
    assert layout.free == {"a": 6, "b": 5, "c": 8} and layout.refused == {}
    assert layout.parts == {} and layout.levels == []


class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.matrix = nn.Parameter(torch.randn(4, 3))
        self.lin = nn.Linear(4, 2)

    def forward(self, x):
        return self.lin((x @ self.matrix.T).relu())


def test_tensors_of_unknown_modules_are_refused():
    model = Bare()
    spec = declare_spec(
        model.state_dict(),
        {"matrix": ["h", None], "lin.weight": [None, "h"], "lin.bias": [None]},
    )
    with pytest.raises(ValueError, match="'matrix': there is no rule for a tensor of Bare"):
        Layout(model, spec).check()
    assert list(unmergeable(model, spec)) == ["h"]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.out = nn.Linear(4, 9)
        self.out.weight = self.embedding.weight

    def forward(self, x):
        return self.out(self.embedding(x))


def test_tensors_that_write_and_read_the_same_units_are_refused():
    model = Tied()
    axes = {"embedding.weight": [None, "d"], "out.weight": [None, "d"], "out.bias": [None]}
    spec = declare_spec(model.state_dict(), axes)
    assert "'out.weight': it is shared with 'embedding.weight'" in unmergeable(model, spec)["d"]


def test_units_that_nothing_writes_are_refused():
    model = nn.Sequential(nn.Linear(4, 2))
    spec = declare_spec(model.state_dict(), {"0.weight": [None, "x"], "0.bias": [None]})
    assert unmergeable(model, spec) == {"x": "tensor '0.weight': no tensor writes its units"}


def test_embeddings_keep_their_rows():
    model = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 2))
    axes = {"0.weight": ["rows", "d"], "1.weight": [None, "d"], "1.bias": [None]}
    layout = Layout(model, declare_spec(model.state_dict(), axes))
    assert layout.refused == {} and layout.kept == {"rows"} and list(layout.free) == ["d"]


@pytest.mark.parametrize("bidirectional, layers", [(False, 2), (True, 1)])
def test_layers_and_directions_of_an_rnn_keep_equal_widths(bidirectional, layers):
    model = nn.GRU(3, 4, layers, bidirectional=bidirectional)
    axes = {}
    for i, name in enumerate(n for n in model.state_dict() if n.startswith("weight_hh")):
        suffix = name.removeprefix("weight_hh")
        below = "h0" if suffix == "_l1" else None
        gates = f"h{i} | h{i} | h{i}"
        axes |= {f"weight_ih{suffix}": [gates, below], f"weight_hh{suffix}": [gates, f"h{i}"]}
        axes |= {f"bias_??{suffix}": [gates]}
    layout = Layout(model, declare_spec(model.state_dict(), axes))
    assert layout.levels == [[("h0", range(4)), ("h1", range(4))]]
