import pytest
import torch
from torch.nn.functional import cross_entropy
from torch_geometric.nn import GCNConv

from pyg_symm.weights.connectivity import interpolate, recalibrate, repair
from pyg_symm.weights.connectivity.moments import measure


def network(dtype=torch.float32):
    return torch.nn.Sequential(
        torch.nn.Conv1d(2, 6, 3, bias=False),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(18, 8),
        torch.nn.ReLU(),
        torch.nn.Linear(8, 3),
    ).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("weight", [0.25, 0.5])
def test_units_get_the_statistics_between_those_of_their_parents(dtype, weight):
    torch.manual_seed(0)
    model = network(dtype)
    a, b = (network(dtype).state_dict() for _ in range(2))
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    batches = torch.randn(64, 2, 5, dtype=dtype).split(16)
    out = repair(model, a, b, weight, batches)
    parents = [network(dtype) for _ in range(2)]
    for parent, state in zip(parents, (a, b), strict=True):
        parent.load_state_dict(state)
    dims = {"0": -2, "3": -1}
    first, second, now = (measure(net, dims, batches) for net in (*parents, out))
    for name in dims:
        for kind in ("mean", "std"):
            x, y = (getattr(moments[name], kind) for moments in (first, second))
            got = getattr(now[name], kind)
            torch.testing.assert_close(got, (1 - weight) * x + weight * y, rtol=1e-4, atol=1e-5)
    assert torch.equal(out[5].weight, interpolate(a, b, weight)["5.weight"])
    torch.testing.assert_close(model.state_dict(), kept, rtol=0, atol=0)
    assert {parameter.dtype for parameter in out.parameters()} == {dtype}
    assert out[0].bias.shape == (6,) and not out.training


def test_equal_parents_stay_as_they_are():
    torch.manual_seed(0)
    model, x = network(torch.float64), torch.randn(32, 2, 5, dtype=torch.float64)
    out = repair(model, model.state_dict(), model.state_dict(), 0.5, [x])
    torch.testing.assert_close(out(x), model(x))


def test_units_that_are_constant_are_only_shifted():
    torch.manual_seed(0)
    model, x = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1)), torch.randn(9, 2)
    a, b = model.state_dict(), {name: v.clone() for name, v in model.state_dict().items()}
    b["0.weight"] = -a["0.weight"]
    out = repair(model, a, b, 0.5, [x])  # The merged layer has no weights.
    assert torch.equal(out[0].weight, torch.zeros(3, 2))
    mean = (model[0](x) + torch.nn.functional.linear(x, -a["0.weight"], a["0.bias"])).mean(0) / 2
    torch.testing.assert_close(out[0].bias, mean)


def test_networks_of_graphs():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = GCNConv(3, 16), GCNConv(16, 2)

        def forward(self, x, edge_index):
            return self.second(self.first(x, edge_index).relu(), edge_index)

    torch.manual_seed(0)
    x, edges = torch.randn(50, 3), torch.randint(50, (2, 200))
    a, b = Net().state_dict(), Net().state_dict()
    out = repair(Net(), a, b, 0.5, [{"x": x, "edge_index": edges}])
    stds = [measure(load(Net(), s), {"first": -1}, [x], lambda n, x: n(x, edges)) for s in (a, b)]
    goal = (stds[0]["first"].std + stds[1]["first"].std) / 2
    torch.testing.assert_close(
        out.first(x, edges).std(0, correction=0).double(), goal, rtol=1e-4, atol=0
    )


def load(model, state):
    model.load_state_dict(state)
    return model


def test_it_lowers_the_loss_of_a_merged_network():
    torch.manual_seed(0)
    x = torch.randn(512, 10)
    y = (x[:, 0] * x[:, 1] > 0).long() + (x[:, 2] > 0).long()
    states = []
    for _ in range(2):
        net = torch.nn.Sequential(
            *(torch.nn.Linear(10, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU()),
            torch.nn.Linear(64, 3),
        )
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
        for _ in range(150):
            loss = cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        states.append(net.state_dict())
    plain = cross_entropy(load(net, interpolate(*states))(x), y).item()
    mended = cross_entropy(repair(net, *states, 0.5, [x])(x), y).item()
    assert mended < plain


def test_networks_with_batch_norm_are_calibrated():
    torch.manual_seed(0)
    nets = [torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4)) for _ in range(3)]
    a, b = nets[0].state_dict(), nets[1].state_dict()
    x = torch.randn(32, 2)
    out = repair(nets[2], a, b, 0.5, [x])
    expected = recalibrate(load(nets[2], interpolate(a, b)), [x])
    torch.testing.assert_close(out.state_dict(), expected.state_dict(), rtol=0, atol=0)


def test_layers_can_be_skipped():
    torch.manual_seed(0)
    a, b = network().state_dict(), network().state_dict()
    x = torch.randn(16, 2, 5)
    out = repair(network(), a, b, 0.5, [x], skip=["0"])
    assert out[0].bias is None and not torch.equal(out[5].weight, interpolate(a, b)["5.weight"])
    with pytest.raises(ValueError, match=r"'skip' must name some of \['0', '3', '5'\] .got '9'"):
        repair(network(), a, b, 0.5, [x], skip=["9"])


def test_wrong_inputs_are_refused():
    a = network().state_dict()
    with pytest.raises(ValueError, match="'batches' must not be empty"):
        repair(network(), a, a, 0.5, [])
    with pytest.raises(ValueError, match="'weight' must be in"):
        repair(network(), a, a, 2, [torch.randn(4, 2, 5)])
    with pytest.raises(ValueError, match="'a' must have the tensors of 'model'"):
        repair(torch.nn.BatchNorm1d(3), a, a, 0.5, [torch.randn(4, 2, 5)])
