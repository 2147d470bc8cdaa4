import pytest
import torch
from torch_geometric.nn import SAGEConv

from pyg_symm.weights.connectivity import dominant_input_share


def literal(weight, rows, gamma):
    weight, rows = weight.detach().double().flatten(1), rows.detach().double()
    _, s, vh = torch.linalg.svd(weight, full_matrices=False)
    chosen = [v for value, v in zip(s, vh, strict=True) if value >= gamma * s[0]]
    part = sum(float((rows @ v).square().sum()) for v in chosen)
    return part / float(rows.square().sum()), len(chosen)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_linear_layers(dtype):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 4))
    model = model.to(dtype).train()
    x = torch.randn(20, 6, dtype=dtype)
    found = dominant_input_share(model, x.split(8), 0.5)
    for name, rows in (("0", x), ("2", model[1](model[0](x)))):
        share, num = literal(model.get_submodule(name).weight, rows, 0.5)
        assert found[name].share == pytest.approx(share, rel=1e-5)
        assert found[name].num_dominant == num and len(found[name].curve) in (4, 5)
        assert found[name].curve == sorted(found[name].curve)
    assert found["0"].curve[-1] < 1 and model.training
    assert not model[0]._forward_pre_hooks
    whole = dominant_input_share(torch.nn.Linear(3, 7), [x[:, :3].float()], 0)[""]
    assert whole.share == pytest.approx(1) and whole.num_dominant == 3


@pytest.mark.parametrize(
    "layer, shape",
    [
        (torch.nn.Conv1d(2, 3, 3, padding=1, stride=2), (4, 2, 9)),
        (torch.nn.Conv2d(2, 3, (3, 2), dilation=2, padding=2), (4, 2, 9, 8)),
        (torch.nn.Conv2d(2, 3, 3, padding="same", padding_mode="circular"), (4, 2, 5, 5)),
    ],
)
def test_the_patches_of_convolutions_give_its_outputs(layer, shape):
    from pyg_symm.weights.connectivity.inputs import _rows

    x = torch.randn(shape)
    rows = _rows(layer, x)
    out = rows @ layer.weight.flatten(1).T + layer.bias
    torch.testing.assert_close(out, layer(x).movedim(1, -1).reshape(-1, 3), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(_rows(layer, x[0]), rows[: len(rows) // 4])
    share, num = literal(layer.weight.detach(), rows, 0.3)
    found = dominant_input_share(layer, [x])[""]
    assert found.share == pytest.approx(share, rel=1e-5) and found.num_dominant == num


def test_layers_of_pyg():
    torch.manual_seed(0)
    model, x = SAGEConv(3, 4), torch.randn(5, 3)
    edges = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]])
    found = dominant_input_share(model, [{"x": x, "edge_index": edges}])
    assert set(found) == {"lin_l", "lin_r"}
    assert found["lin_r"].share == pytest.approx(literal(model.lin_r.weight, x, 0.3)[0], rel=1e-5)


def test_layers_without_input_or_weights_are_left_out():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    torch.nn.init.zeros_(model[0].weight)
    torch.nn.init.zeros_(model[0].bias)
    assert dominant_input_share(model, [torch.ones(3, 2)]) == {}
    grouped = torch.nn.Conv2d(2, 2, 1, groups=2)
    assert dominant_input_share(grouped, [torch.ones(3, 2, 4, 4)]) == {}


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="'gamma' must be in"):
        dominant_input_share(torch.nn.Linear(2, 2), [torch.ones(3, 2)], 2)
    with pytest.raises(ValueError, match="'batches' must not be empty"):
        dominant_input_share(torch.nn.Linear(2, 2), [])
