import math

import pytest
import torch

from pyg_symm.nn.affine import SIREN, GaborNet

KINDS = [SIREN, GaborNet]
of_kinds = pytest.mark.parametrize("kind", KINDS)


def test_siren_equals_the_formula():
    net, z = SIREN(3, 5, 7, 2, omega=4.0), torch.randn(2, 6, 3)
    torch.nn.init.normal_(net.lins[0].bias)
    torch.nn.init.normal_(net.lin_out.bias)
    h = z
    for lin in net.lins:
        h = (4.0 * (h @ lin.weight.T + lin.bias)).sin()
    torch.testing.assert_close(net(z), h @ net.lin_out.weight.T + net.lin_out.bias)


def test_gabor_net_equals_the_formula():
    net, z = GaborNet(3, 5, 7, 2, omega=4.0, sigma=1.5), torch.randn(6, 3)
    torch.nn.init.normal_(net.envelopes[1].bias)
    h = z
    for lin, envelope in zip(net.lins, net.envelopes, strict=True):
        wave = (4.0 * (h @ lin.weight.T + lin.bias)).sin()
        h = wave * torch.exp(-((1.5 * (h @ envelope.weight.T + envelope.bias)) ** 2))
    torch.testing.assert_close(net(z), h @ net.lin_out.weight.T + net.lin_out.bias)


def test_without_decay_a_gabor_net_is_a_siren():
    siren, gabor = SIREN(3, 5), GaborNet(3, 5, sigma=0.0)
    gabor.load_state_dict(siren.state_dict(), strict=False)
    z = torch.randn(6, 3)
    torch.testing.assert_close(gabor(z), siren(z))


@of_kinds
def test_the_beginning(kind):
    torch.manual_seed(0)
    net = kind(4, 4000, 60, 3, fan_in=50, omega=10.0)
    bounds = {
        "lins.0.weight": 1 / 4,
        "lins.1.weight": math.sqrt(6 / 60) / 10,
        "lins.2.weight": math.sqrt(6 / 60) / 10,
        "lin_out.weight": math.sqrt(6 / 60) / math.sqrt(50),
    }
    bounds |= {k.replace("lins", "envelopes"): b for k, b in bounds.items() if "lins" in k}
    for key, value in net.state_dict().items():
        if key.endswith("bias"):
            assert bool((value == 0).all()), key
        else:
            # The largest of so many uniform numbers is close to the bound.
            assert 0.95 * bounds[key] < float(value.abs().max()) <= bounds[key] * (1 + 1e-6), key
            assert float(value.mean().abs()) < 0.2 * bounds[key], key


def test_sums_over_the_fan_in_keep_the_variance():
    torch.manual_seed(0)
    fan_in = 400
    net = SIREN(4, fan_in * 20, fan_in=fan_in)
    kernel = net(torch.rand(200, 4) * 2 - 1).view(200, 20, fan_in)
    out = kernel @ torch.randn(fan_in, 50)
    assert 0.5 < float(out.detach().var()) < 2


@of_kinds
def test_names_and_sizes(kind):
    net = kind(6, 8, 16, 2)
    assert repr(net).startswith(f"{kind.__name__}(6, 8, hidden_channels=16, num_layers=2, omega=10")
    assert net(torch.zeros(0, 6)).shape == (0, 8)


@of_kinds
def test_resets_are_equal(kind):
    net, other = kind(3, 4), kind(3, 4)
    for each in (net, other):
        torch.manual_seed(3)
        each.reset_parameters()
    for a, b in zip(net.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


@of_kinds
@pytest.mark.parametrize(
    "given, match",
    [
        ({"in_channels": 0}, "'in_channels' must be an integer of 1 or more"),
        ({"num_layers": 0}, "'num_layers' must be an integer"),
        ({"fan_in": 2.5}, "'fan_in' must be an integer"),
        ({"omega": 0.0}, "'omega' must be positive"),
        ({"omega": math.nan}, "'omega' must be positive"),
    ],
)
def test_refuses_wrong_sizes(kind, given, match):
    with pytest.raises(ValueError, match=match):
        kind(**{"in_channels": 2, "out_channels": 3, **given})


def test_refuses_a_negative_decay():
    with pytest.raises(ValueError, match="'sigma' must be finite and not negative"):
        GaborNet(2, 3, sigma=-1.0)
