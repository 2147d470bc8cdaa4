import copy

import pytest
import torch
from torch import nn
from torch_geometric import nn as pyg

from pyg_symm.weights import declare_spec
from pyg_symm.weights.features.folding import find_folds
from pyg_symm.weights.features.layout import Layout
from pyg_symm.weights.features.merging import Merger, merge_features


class Written(nn.Module):
    """As users write networks: the order is in ``forward`` only."""

    def __init__(self, relu_first=False):
        super().__init__()
        self.bn, self.lin2, self.lin1 = nn.BatchNorm1d(6), nn.Linear(6, 2), nn.Linear(3, 6)
        self.relu_first = relu_first

    def forward(self, x, scale=None):
        x = self.lin1(x)
        x = self.bn(x.relu()) if self.relu_first else self.bn(x).relu()
        return self.lin2(x if scale is None else x * scale)


def spec_of(model):
    axes = {"lin1.weight": ["h", None], "lin1.bias": ["h"], "bn.*": ["h"]}
    axes |= {"lin2.weight": [None, "h"], "lin2.bias": [None]}
    return declare_spec(model.state_dict(), axes)


def shake(model):
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            tensor.uniform_(0.3, 1.5) if "var" in name else tensor.normal_()
    return model.double().eval()


def test_norms_after_linear_layers_are_found(cnn):
    found = find_folds(Layout(*cnn()))
    assert [(f.name, f.norm, f.weights, f.biases) for f in found] == [
        ("a", "1.", ("0.weight",), ()),
        ("b", "4.", ("3.weight",), ("3.bias",)),
    ]
    model = Written()
    (fold,) = find_folds(Layout(model, spec_of(model)))
    assert (fold.norm, fold.weights, fold.biases) == ("bn.", ("lin1.weight",), ("lin1.bias",))


def test_an_activation_between_leaves_norms_alone():
    model = Written(relu_first=True)
    assert find_folds(Layout(model, spec_of(model))) == []


class Branching(Written):
    def forward(self, x):
        return super().forward(x) if bool(x.sum() > 0) else self.lin2(self.lin1(x))


def test_models_that_cannot_be_traced_have_no_folds():
    model = shake(Branching())
    assert find_folds(Layout(model, spec_of(model))) == []
    x = torch.randn(5, 3).double().abs()
    result = merge_features(model, spec_of(model), 0.0)
    torch.testing.assert_close(result.model(x), model(x))


def test_graph_networks_are_traced():
    model = pyg.GIN(3, 8, 2, norm="batch_norm")
    axes = {
        "convs.0.nn.lins.0.weight": ["a", None],
        "convs.0.nn.lins.0.bias": ["a"],
        "convs.0.nn.lins.1.weight": ["h", "a"],
        "convs.0.nn.lins.1.bias": ["h"],
        "norms.0.*": ["h"],
        "convs.1.nn.lins.0.weight": ["b", "h"],
        "convs.1.nn.lins.0.bias": ["b"],
        "convs.1.nn.lins.1.weight": [None, "b"],
        "*": [None],
    }
    found = find_folds(Layout(model, declare_spec(model.state_dict(), axes)))
    assert [(f.name, f.norm) for f in found] == [("h", "norms.0.module.")]
    assert found[0].weights == ("convs.0.nn.lins.1.weight",)


def scaled_copy(model, factor):
    """A seventh unit that is the second one before the norm times a factor."""
    wide = copy.deepcopy(model)
    for name, tensor in model.state_dict().items():
        if tensor.dim() == 0:
            continue
        if name == "lin2.weight":
            new = torch.cat([tensor, tensor[:, 1:2] / 3], dim=1)
            new[:, 1] *= 2 / 3
        elif name == "lin2.bias":
            continue
        else:
            new = torch.cat([tensor, tensor[1:2]])
            if name in ("lin1.weight", "lin1.bias", "bn.running_mean"):
                new[-1] *= factor
            if name == "bn.running_var":
                new[-1] = factor**2 * (new[-1] + 1e-5) - 1e-5
        module, _, attribute = name.rpartition(".")
        owner = wide.get_submodule(module)
        if attribute in owner._buffers:
            owner._buffers[attribute] = new
        else:
            setattr(owner, attribute, nn.Parameter(new))
    wide.bn.num_features = 7
    return wide


@pytest.mark.parametrize("factor", [1.0, 4.0])
def test_units_that_a_norm_makes_equal_are_merged_exactly(factor, float64):
    model = shake(Written())
    wide = scaled_copy(model, factor)
    x = torch.randn(20, 3)
    torch.testing.assert_close(wide(x), model(x))
    result = merge_features(wide, spec_of(wide), 1e-12, distance="incoming")
    assert result.groups["h"] == [[0], [1, 6], [2], [3], [4], [5]]
    torch.testing.assert_close(result.model(x), model(x))
    single = [0, 2, 3, 4, 5]
    for name in ("weight", "bias", "running_mean", "running_var"):
        assert torch.equal(getattr(result.model.bn, name)[single], getattr(model.bn, name)[single])


def test_merged_units_have_the_mean_of_the_folded_weights(float64):
    model = shake(Written())
    with torch.no_grad():
        model.bn.weight[:2] = torch.tensor([1.0, -1.1])  # Scales that nearly cancel.
        model.bn.weight[2:4] = 0.0
    spec = spec_of(model)
    merger = Merger(model, spec)
    groups = {"h": [[0, 1, 4], [2, 3], [5]]}
    merged = merger.build(groups)
    x = torch.randn(7, 3)
    before, after = model.bn(model.lin1(x)), merged.bn(merged.lin1(x))
    for new, old in enumerate(groups["h"]):
        torch.testing.assert_close(after[:, new], before[:, old].mean(dim=1))
    torch.testing.assert_close(
        merged.lin2.weight,
        torch.stack([model.lin2.weight[:, g].sum(dim=1) for g in groups["h"]], 1),
    )
