import copy

import torch
from torch import nn

from pyg_symm.weights.features.rebuild import resized


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.again = self.first
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.weight


def test_sizes_follow_the_tensors():
    model = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2)).eval()
    model[0].weight.requires_grad_(False)
    state = {
        name: t[:, :4] if name == "3.weight" else t[:4] if t.dim() and "3" not in name else t
        for name, t in model.state_dict().items()
    }
    before = copy.deepcopy(model.state_dict())
    small = resized(model, state)
    assert str(small) == str(
        nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    )
    assert small(torch.randn(5, 3)).shape == (5, 2) and not small.training
    assert not small[0].weight.requires_grad and small[0].bias.requires_grad
    assert all(torch.equal(t, before[n]) for n, t in model.state_dict().items())
    with torch.no_grad():
        small[0].bias.add_(1)
    assert torch.equal(model[0].bias, before["0.bias"])


def test_small_models_save_and_load(tmp_path):
    model = nn.Sequential(nn.Linear(3, 6), nn.Linear(6, 2))
    state = {name: t[:, :4] if name == "1.weight" else t for name, t in model.state_dict().items()}
    state = {name: t[:4] if name.startswith("0") else t for name, t in state.items()}
    small = resized(model, state)
    torch.save(small.state_dict(), tmp_path / "small.pt")
    again = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    again.load_state_dict(torch.load(tmp_path / "small.pt"))
    x = torch.randn(5, 3)
    assert torch.equal(again(x), small(x))
    loss = small(x).square().mean()
    loss.backward()
    assert small[0].weight.grad.shape == (4, 3)


def test_shared_parameters_stay_shared():
    model = Shared()
    state = {name: t[:2, :2] if t.dim() == 2 else t[:2] for name, t in model.state_dict().items()}
    small = resized(model, state)
    assert small.first is small.again and small.first.weight is small.second.weight
    assert small.second.weight.shape == (2, 2) and small.second.bias.shape == (2,)
    assert small.first.in_features == 2
