import torch

from pyg_symm.weights.connectivity.moments import measure


def test_moments_over_batches_of_different_sizes():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv1d(2, 3, 2), torch.nn.Flatten(), torch.nn.Linear(12, 4)
    )
    model, x = (
        model.double(),
        1e6 + torch.randn(10, 2, 5).double(),
    )  # A naive sum of squares would lose the deviation.
    found = measure(model.eval(), {"2": -1, "0": -2}, [x[:3], x[3:4], x[4:], x[:0]])
    assert list(found) == ["0", "2"]
    conv = model[0](x)
    torch.testing.assert_close(found["0"].mean, conv.mean(dim=(0, 2)))
    torch.testing.assert_close(found["0"].std, conv.std(dim=(0, 2), correction=0))
    torch.testing.assert_close(found["2"].std, model(x).std(dim=0, correction=0))
    assert not model[0]._forward_hooks


def test_layers_that_are_called_twice_count_both_calls_and_others_none():
    layer = torch.nn.Linear(2, 2)
    model = torch.nn.Sequential(layer, layer)
    model.add_module("unused", torch.nn.Linear(2, 2))
    x = torch.randn(4, 2)
    found = measure(model, {"0": -1, "unused": -1}, [x], lambda net, x: layer(layer(x)))
    both = torch.cat([layer(x), layer(layer(x))]).double()
    assert list(found) == ["0"]
    torch.testing.assert_close(found["0"].mean, both.mean(dim=0))
