import torch
from torch import distributed

from pyg_symm.nn.bundle.scale import match_scale


def test_the_output_gets_the_deviation_of_the_target(tol):
    weight, x = torch.randn(3, 4), torch.randn(50, 4)
    target, out = 7 * torch.randn(20, 5) + 3, x @ weight.T
    factor = match_scale(weight, out, target)
    scaled = x @ weight.T
    torch.testing.assert_close(scaled, factor * out, atol=10 * tol, rtol=10 * tol)
    deviations = scaled.std(correction=0), target.std(correction=0)
    torch.testing.assert_close(*deviations, atol=10 * tol, rtol=10 * tol)


def test_constant_features_change_nothing():
    for out, target in ((torch.ones(4), torch.randn(4)), (torch.randn(4), torch.ones(4))):
        weight = torch.full((2,), 3.0)
        assert float(match_scale(weight, out, target)) == 1
        assert weight.tolist() == [3.0, 3.0]
    assert float(match_scale(torch.ones(1), torch.empty(0), torch.randn(4))) == 1


def test_several_processes_have_one_scale(monkeypatch):
    parts = torch.randn(2, 30)
    expected = match_scale(torch.ones(1), parts, 5 * parts + 1)

    def all_reduce(moments):  # What the other process would add.
        x = (
            parts[1]
            if float(moments[1] - parts[0].double().sum()) ** 2 < 1e-9
            else 5 * parts[1] + 1
        )
        x = x.double()
        moments += torch.stack([x.new_tensor(30.0), x.sum(), x.square().sum()])

    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(distributed, "all_reduce", all_reduce)
    factor = match_scale(torch.ones(1), parts[0], 5 * parts[0] + 1)
    torch.testing.assert_close(factor, expected)
