"""The samples of each group, and its Haar measure."""

import pytest
import torch

from pyg_symm.groups import SL, SO, GLPlus, cyclic_rotations
from pyg_symm.groups.symmetric_matrices import symmetric_part

NOT_COMPACT = [SL(2), GLPlus(2), SL(3), GLPlus(3)]
pytestmark = pytest.mark.usefixtures("float64")


def bump(group):
    """A function around the identity that neither rotations nor inversion leave unchanged."""

    def function(elements):
        y, r = group._to_chart(elements)
        spread = (-y.square().sum((1, 2)) / (2 * 0.15**2)).exp()
        return spread * (2 + r[:, 0, 0] + r[:, 1, 0] + y[:, 0, 1])

    return function


def shift(group):
    """An element near the identity."""
    y = torch.zeros(group.n, group.n)
    y[0, 0], y[1, 1], y[0, 1] = 0.25, -0.15 if group.has_det else -0.25, 0.1
    turn = torch.eye(group.n)
    turn[:2, :2] = cyclic_rotations(8)[1]
    return group.from_chart(symmetric_part(y), turn)


@pytest.mark.parametrize("group", NOT_COMPACT, ids=str)
def test_haar_measure_is_invariant(group):
    samples = group.sample(10**6 if group.n == 2 else 200_000, std=0.7)
    h, values = shift(group), bump(group)
    moved = (group.compose(h, samples.elements), group.compose(samples.elements, h))
    plain, *others = (values(elements) for elements in (samples.elements, *moved))
    y, _ = group._to_chart(samples.elements)
    flat = (samples.log_weights - group.haar_log_density(y)).exp()  # Lebesgue, in the chart.
    for other in others:
        ratio = (samples.weights @ other) / (samples.weights @ plain)
        assert ratio.item() == pytest.approx(1, abs=0.01)
        for wrong in (torch.ones_like(flat), flat):
            assert abs((wrong @ other) / (wrong @ plain) - 1) > 0.02


@pytest.mark.parametrize("group", NOT_COMPACT, ids=str)
def test_weights(group):
    samples = group.sample(500, torch.Generator().manual_seed(0), std=0.4)
    y, _ = group.to_chart(samples.elements)
    square = (2 * y).square().sum((1, 2)) / 0.4**2
    assert square.max().sqrt() < 3
    expected = group.haar_log_density(y) + square / 2
    torch.testing.assert_close(samples.log_weights, expected - expected.logsumexp(0))
    assert 1 < samples.effective_sample_size < 500


@pytest.mark.parametrize("group", NOT_COMPACT, ids=str)
def test_log_normal(group):
    samples = group.sample(4096, torch.Generator().manual_seed(0), 0.4, weights="lognormal")
    symmetric = 2 * group.coordinates(samples.elements)[:, -group.symmetric_dim :]
    assert (symmetric.std(0) / 0.4 - 1).abs().max() < 0.02
    assert symmetric.mean(0).abs().max() < 0.01
    assert samples.effective_sample_size.item() == pytest.approx(4096)


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("rotations", ["stratified", "haar"])
def test_moments_of_rotations(n, rotations):
    num = 20_000
    samples = SO(n).sample(num, torch.Generator().manual_seed(0), rotations=rotations)
    r = samples.elements.flatten(1)
    second = r.square()
    assert ((r.mean(0)).abs() < 4 * r.std(0) / num**0.5).all()
    assert ((second.mean(0) - 1 / n).abs() < 4 * second.std(0) / num**0.5).all()


def test_four_rotations_are_exact():
    samples = SO(2).sample(4)
    assert torch.equal(samples.elements, cyclic_rotations(4).round() + 0.0)
    assert torch.equal(samples.inverses, samples.elements.mT)
    torch.testing.assert_close(samples.weights, torch.full((4,), 0.25))


@pytest.mark.parametrize("group", [SO(2), SO(3), *NOT_COMPACT], ids=str)
def test_generators(group):
    def seeded(seed):
        return group.sample(7, torch.Generator().manual_seed(seed))

    assert torch.equal(seeded(0).elements, seeded(0).elements)
    assert torch.equal(seeded(0).log_weights, seeded(0).log_weights)
    assert not torch.equal(seeded(0).elements, seeded(1).elements)
    for rotations in ("stratified", "haar"):
        state = torch.random.get_rng_state()
        fixed = [group.sample(7, rotations=rotations).elements for _ in range(2)]
        assert torch.equal(*fixed) and torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("group", [SO(2), *NOT_COMPACT], ids=str)
def test_one_sample(group):
    samples = group.sample(1)
    assert samples.weights.item() == 1 and len(samples) == 1


def test_types():
    samples = SL(2).sample(3, dtype=torch.float)
    assert samples.elements.dtype == samples.log_weights.dtype == torch.float
    assert SL(2).sample(3, device="meta").elements.device.type == "meta"


@pytest.mark.parametrize(
    "options, match",
    [
        ({"num": 0}, "'num' must be an integer of 1 or more .got 0"),
        ({"num": 2.0}, "'num' must be an integer"),
        ({"std": 0}, "'std' must be above 0"),
        ({"std": float("nan")}, "'std' must be above 0 and finite .got nan"),
        ({"weights": "none"}, "'weights' must be 'haar' or 'lognormal' .got 'none'"),
        ({"rotations": "sobol"}, "'rotations' must be 'stratified' or 'haar' .got 'sobol'"),
    ],
)
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        SL(2).sample(**{"num": 4, **options})


@pytest.mark.parametrize("group", [SO(2), SL(2), GLPlus(2)], ids=str)
def test_rotations_of_an_arc(group, float64):
    whole, arc = (
        group.sample(64, torch.Generator().manual_seed(0), max_angle=angle) for angle in (None, 0.4)
    )
    (_, all_turns), (_, turns) = (group.to_chart(s.elements) for s in (whole, arc))
    angles = torch.atan2(turns[:, 1, 0], turns[:, 0, 0])
    assert 0.38 < float(angles.abs().max()) <= 0.4 and float(all_turns[:, 0, 0].min()) < -0.9
    eye = torch.eye(2).expand(64, 2, 2)
    torch.testing.assert_close(arc.elements @ arc.inverses, eye, atol=1e-12, rtol=0)
    assert abs(float(arc.weights.sum()) - 1) < 1e-12
