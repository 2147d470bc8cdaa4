import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from pyg_symm.nn.kge import AffineFlow, PiecewiseLinearFlow

SAMPLES = 2_000_000


def draw(base, num=SAMPLES):
    generator = torch.Generator().manual_seed(0)
    if base == "normal":
        return torch.randn(num, 1, generator=generator, dtype=torch.double)
    return (2 * torch.rand(num, 1, generator=generator, dtype=torch.double) - 1) * math.sqrt(3)


def flows(dtype, base="normal"):
    """Of each kind one that increases and one that decreases."""
    mu = torch.tensor([0.3, -0.7], dtype=dtype)
    minus, plus = (torch.tensor(s, dtype=dtype) for s in ([0.5, 1.1], [1.4, 0.2]))
    return [
        AffineFlow(mu, minus, base),
        AffineFlow(mu, -plus, base),
        PiecewiseLinearFlow(mu, minus, plus, base),
        PiecewiseLinearFlow(mu, -minus, -plus, base),
    ]


def test_inverse(dtype):
    x = torch.randn(50, 2)
    for flow in flows(dtype):
        torch.testing.assert_close(flow.inverse(flow.forward(x)), x, atol=1e-5, rtol=1e-5)
        if isinstance(flow, AffineFlow):
            torch.testing.assert_close(flow.inv.forward(flow.forward(x)), x, atol=1e-5, rtol=1e-5)


def test_composition(dtype):
    x = torch.randn(50, 2)
    affine = flows(dtype)[:2]
    for outer in affine:
        for inner in flows(dtype):
            both = outer.compose(inner)
            torch.testing.assert_close(both.forward(x), outer.forward(inner.forward(x)))
            assert type(both) is type(inner)
    one, two = affine
    assert not torch.allclose(one.compose(two).forward(x), two.compose(one).forward(x))


def test_composition_of_bent_flows(dtype):
    x, zero = torch.randn(50, 2), torch.zeros(2)
    for outer in flows(dtype)[2:]:
        for flow in flows(dtype):
            with pytest.raises(ValueError, match="'inner' must have 'mu' zero"):
                outer.compose(flow)
            flow.mu = zero
            torch.testing.assert_close(
                outer.compose(flow).forward(x), outer.forward(flow.forward(x))
            )


def test_rules_of_logic(dtype):
    """What relations must satisfy to be symmetric, inverse and composed."""
    x = torch.randn(50, 2)
    mirror = AffineFlow(torch.tensor([0.4, -2.0]), -torch.ones(2))
    torch.testing.assert_close(mirror.compose(mirror).forward(x), x)
    one, two = (
        AffineFlow(torch.ones(2), 2 * torch.ones(2)),
        AffineFlow(torch.ones(2), -torch.ones(2)),
    )
    three = two.compose(one)
    torch.testing.assert_close(three.sigma, two.sigma * one.sigma)
    torch.testing.assert_close(three.mu, two.sigma * one.mu + two.mu)


@pytest.mark.parametrize("base", ["normal", "uniform"])
def test_distances_are_those_of_samples(base):
    x = draw(base)
    first = [flow for flow in flows(torch.double, base)]
    second = [
        AffineFlow(torch.tensor([0.1, 0.5]).double(), torch.tensor([-0.9, 0.4]).double(), base),
        PiecewiseLinearFlow(
            torch.tensor([1.0, 0.2]).double(),
            torch.tensor([1.2, 0.1]).double(),
            torch.tensor([0.3, 2.0]).double(),
            base,
        ),
    ]
    laws = {flow: flow.forward(x).sort(dim=0).values for flow in first + second}
    for one in first:
        for two in second:
            sampled = (laws[one] - laws[two]).square().mean(dim=0).sum()
            assert one.squared_w2(two) == pytest.approx(float(sampled), rel=1e-2)
            assert two.squared_w2(one) == pytest.approx(float(one.squared_w2(two)), rel=1e-9)
            assert one.w2(two) == pytest.approx(math.sqrt(one.squared_w2(two)))


def test_distance_is_a_metric(float64):
    def random(kind):
        slopes = [torch.randn(200, 3) for _ in range(2)]
        if kind == 0:
            return AffineFlow(torch.randn(200, 3), slopes[0])
        sign = torch.randn(200, 3).sign()
        return PiecewiseLinearFlow(
            torch.randn(200, 3), sign * slopes[0].abs(), sign * slopes[1].abs()
        )

    for kinds in [(0, 0, 0), (1, 1, 1), (0, 1, 0), (1, 0, 1)]:
        a, b, c = (random(kind) for kind in kinds)
        assert (a.w2(b) > 0).all()
        assert (a.w2(a) < 1e-6).all()
        assert (a.w2(c) <= a.w2(b) + b.w2(c) + 1e-9).all()


def test_divergence(dtype, tol):
    one, two = flows(dtype)[:2]
    expected = kl_divergence(Normal(one.mu, one.sigma.abs()), Normal(two.mu, two.sigma.abs()))
    torch.testing.assert_close(one.kl(two), expected.sum(dim=-1), atol=tol, rtol=tol)
    with pytest.raises(ValueError, match="'base' must be 'normal'"):
        AffineFlow(one.mu, one.sigma, "uniform").kl(two)


@pytest.mark.parametrize("base", ["normal", "uniform"])
def test_densities(base, float64):
    y = torch.linspace(-15, 15, 300_001).unsqueeze(1)
    x = draw(base, 200_000)
    for flow in flows(torch.double, base):
        density = flow.log_prob(y).exp() * (y[1] - y[0])
        torch.testing.assert_close(density.sum(dim=0), torch.ones(2), atol=1e-3, rtol=0)
        mean, square = (density * y).sum(dim=0), (density * y.square()).sum(dim=0)
        image = flow.forward(x)
        torch.testing.assert_close(mean, image.mean(dim=0), atol=1e-2, rtol=0)
        torch.testing.assert_close(square, image.square().mean(dim=0), atol=3e-2, rtol=0)
    one = flows(torch.double)[0]
    torch.testing.assert_close(one.log_prob(y), Normal(one.mu, one.sigma).log_prob(y))


def test_other_bases_are_refused():
    one = AffineFlow(torch.zeros(1), torch.ones(1))
    with pytest.raises(ValueError, match="'base' must be the same"):
        one.squared_w2(AffineFlow(torch.zeros(1), torch.ones(1), "uniform"))
    with pytest.raises(ValueError, match=r"'base' must be one of .* \(got 'other'\)"):
        PiecewiseLinearFlow(torch.zeros(1), torch.ones(1), torch.ones(1), "other")
