import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pyg_symm.weights import declare_spec, mlp_spec, resnet_spec
from pyg_symm.weights.declare import is_statistic


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride > 1 or in_channels != out_channels:
            conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.layer1 = nn.Sequential(Block(6, 6, 1), Block(6, 6, 1))
        self.layer2 = nn.Sequential(Block(6, 8, 2), Block(8, 8, 1))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))
        return self.fc(x.mean((2, 3)))


def test_resnet_keeps_its_function(dtype, tol):
    model = ResNet()
    model(torch.randn(20, 3, 8, 8))
    x = torch.randn(4, 3, 8, 8)
    expected = model.eval()(x)
    spec = resnet_spec(model.state_dict())
    assert {n: s for n, s in spec.classes.items() if "stream" in n} == {"stream0": 6, "stream1": 8}
    assert len(spec.classes) == 2 + 4  # Two streams, and the inside of four blocks.
    assert len(spec.unscored) == 2 * sum(isinstance(m, nn.BatchNorm2d) for m in model.modules())
    moved = spec.apply(model.state_dict(), spec.random(torch.Generator().manual_seed(0)))
    model.load_state_dict(moved)
    torch.testing.assert_close(model(x), expected, rtol=tol, atol=10 * tol)


def test_resnet_refuses_other_tensors():
    with pytest.raises(ValueError, match="tensor 'head.weight'"):
        resnet_spec({**ResNet().state_dict(), "head.weight": torch.zeros(3, 3)})


def test_flattened_images_and_skips(dtype, tol):
    conv, first, last = nn.Conv2d(2, 4, 3), nn.Linear(4 * 9, 6), nn.Linear(6 + 4 * 9, 3)
    model = nn.ModuleDict({"conv": conv, "first": first, "last": last})
    axes = {
        "conv.weight": ["c", None, None, None],
        "conv.bias": ["c"],
        "first.weight": ["h", "c*9"],
        "first.bias": ["h"],
        "last.weight": [None, "h | c*9"],
        "last.bias": [None],
    }
    spec = declare_spec(model.state_dict(), axes)
    assert spec.classes == {"c": 4, "h": 6}

    def run(x):
        flat = conv(x).relu().flatten(1)
        return last(torch.cat([first(flat).relu(), flat], dim=1))

    x = torch.randn(5, 2, 5, 5)
    expected = run(x)
    model.load_state_dict(spec.apply(model.state_dict(), spec.random()))
    torch.testing.assert_close(run(x), expected, rtol=tol, atol=tol)


def test_gates_of_recurrent_cells(dtype, tol):
    cell = nn.LSTM(3, 5)
    axes = {
        "weight_ih*": ["h | h | h | h", None],
        "weight_hh*": ["h | h | h | h", "h"],
        "*": ["h | h | h | h"],
    }
    spec = declare_spec(cell.state_dict(), axes)
    assert spec.classes == {"h": 5}
    p, x = spec.random(), torch.randn(7, 2, 3)
    expected = cell(x)[0][..., p["h"]]
    cell.load_state_dict(spec.apply(cell.state_dict(), p))
    torch.testing.assert_close(cell(x)[0], expected, rtol=tol, atol=tol)


def test_sizes_follow_from_shapes_in_any_order():
    tensors = {"w": torch.zeros(12, 20), "u": torch.zeros(3), "v": torch.zeros(5)}
    spec = declare_spec(tensors, {"w": ["a*b", "a*b | b*2"], "u": ["a"], "v": [None]})
    assert spec.classes == {"a": 3, "b": 4}
    given = declare_spec({"w": torch.zeros(12)}, {"w": ["a*b"]}, sizes={"a": 2})
    assert given.classes == {"a": 2, "b": 6}


@pytest.mark.parametrize(
    "axes, match",
    [
        ({"w": ["h", None]}, "'b' of shape .3. has no entry"),
        ({"w": ["h", None], "b": ["h"], "c": [None]}, r"no tensor first: \['c'\]"),
        ({"w": ["h"], "b": ["h"]}, "'w' has shape .3, 4., 'axes' has 1 entries"),
        ({"w": ["h", "h"], "b": ["h"]}, "axis 'h' of tensor 'w' cannot have size 4"),
        ({"w": ["h | h", None], "b": [None]}, "cannot have size 3"),
        ({"w": ["h*k", None], "b": [None]}, "'sizes' must say what axis 'h\\*k' of size 3"),
        ({"w": ["h |", None], "b": [None]}, "must be like"),
    ],
)
def test_declarations_that_do_not_fit(axes, match):
    with pytest.raises(ValueError, match=match):
        declare_spec({"w": torch.zeros(3, 4), "b": torch.zeros(3)}, axes)


def test_scalars_need_no_entry():
    tensors = {
        "w": torch.zeros(3, 2),
        "eps": torch.tensor(0.0),
        "n.num_batches_tracked": torch.tensor(1),
    }
    spec = declare_spec(tensors, {"w": ["h", None], "n.*": ["h"]})
    assert spec.axes["eps"] == spec.axes["n.num_batches_tracked"] == ()


def test_statistics_are_found_by_name():
    assert is_statistic("running_var") and is_statistic("norms.0.module.running_mean")
    assert not is_statistic("norms.0.weight") and not is_statistic("my_running_mean")


def test_mlp_of_given_layers():
    spec = mlp_spec([4, 8, 2], ["lin1", "lin2"])
    assert spec.to_dict()["axes"] == {
        "lin1.weight": ["h0", "4"],
        "lin1.bias": ["h0"],
        "lin2.weight": ["2", "h0"],
        "lin2.bias": ["2"],
    }
    for sizes, layers in [([4], None), ([4, 8, 2], ["lin1"])]:
        with pytest.raises(ValueError, match="one name for each layer"):
            mlp_spec(sizes, layers)
