import copy

import pytest
import torch
from torch_geometric.nn import GIN, BatchNorm, InstanceNorm

from pyg_symm.weights.connectivity import recalibrate


def network(seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(6, 16),
        torch.nn.BatchNorm1d(16),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(16, 3),
    ).to(dtype)


def data(dtype=torch.float32, num=256):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(num, 6, generator=generator, dtype=torch.float64).to(dtype)
    return x, (x[:, 0] > 0).long() + (x[:, 1] > 0.5).long()


def trained(seed):
    model, (x, y) = network(seed), data()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(100):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def loss_of(model):
    x, y = data()
    with torch.no_grad():
        return torch.nn.functional.cross_entropy(model.eval()(x), y).item()


def test_a_trained_network_hardly_changes():
    model = trained(0)
    before = loss_of(model)
    assert abs(loss_of(recalibrate(model, data()[0].split(64))) - before) < 0.05 * before


def test_statistics_that_are_wrong_are_mended():
    model = trained(0)
    before = loss_of(model)
    wrong = copy.deepcopy(model)
    wrong[1].running_var *= 100
    wrong[1].running_mean += 1
    assert loss_of(wrong) > 2 * before
    assert abs(loss_of(recalibrate(wrong, [data()])) - before) < 0.05 * before


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_statistics_are_means_over_batches(dtype):
    model, (x, _) = network(dtype=dtype).train(), data(dtype)
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    out = recalibrate(model, x.split(64))
    hidden = torch.stack([model[0](part) for part in x.split(64)]).detach()
    torch.testing.assert_close(out[1].running_mean, hidden.mean(dim=(0, 1)))
    torch.testing.assert_close(out[1].running_var, hidden.var(dim=1).mean(dim=0))
    assert out[1].momentum == 0.1 and not any(module.training for module in out.modules())
    torch.testing.assert_close(model.state_dict(), kept, rtol=0, atol=0)
    assert all(module.training for module in model.modules())
    assert len(out[1]._forward_pre_hooks) == 0


def test_a_second_time_changes_nothing():
    model, (x, _) = trained(0), data()
    once = recalibrate(model, x.split(64))
    twice = recalibrate(once, x.split(64))
    torch.testing.assert_close(once.state_dict(), twice.state_dict(), rtol=0, atol=0)


def test_norms_of_pyg():
    torch.manual_seed(0)
    edges = torch.randint(20, (2, 60))
    x = torch.randn(20, 4)
    model = GIN(4, 8, 2, norm="batch_norm")
    forward = lambda net, inputs: net(inputs, edges)  # noqa: E731
    out = recalibrate(model, [x], forward=forward)
    norms = [module for module in out.modules() if isinstance(module, BatchNorm)]
    assert norms and all(norm.module.num_batches_tracked == 1 for norm in norms)
    torch.testing.assert_close(out(x, edges), model.train()(x, edges), rtol=0.1, atol=0.1)
    norm = InstanceNorm(4, track_running_stats=True)
    torch.testing.assert_close(
        recalibrate(norm, [x, x + 2]).running_mean, x.mean(dim=0) + 1, rtol=1e-5, atol=1e-5
    )


def test_without_norms_it_is_a_copy():
    model = torch.nn.Linear(2, 2)
    out = recalibrate(model, [])
    assert out is not model and torch.equal(out.weight, model.weight)


def test_nothing_to_measure_is_refused():
    with pytest.raises(ValueError, match="'batches' must not be empty"):
        recalibrate(network(), [])
    with pytest.raises(ValueError, match="'1.running_mean' is not finite"):
        recalibrate(network(), [torch.full((8, 6), float("nan"))])
