import math

import pytest
import torch

from pyg_symm.nn.kge.kinds import KINDS


def rows(width, num, dim=3):
    return 0.7 * torch.randn(num, width * dim)


def slopes_of(raw, kind):
    return torch.nn.functional.softplus(raw) if kind == "nfe3" else abs(raw)


def distance(kind, head, rel, tail, c, sign_aware, dim=3):
    """The formulas of the paper, coordinate by coordinate."""
    total = 0.0
    for k in range(dim):
        mu, r, mu2 = head[k], rel[dim + k], tail[k]
        mu1 = r * mu + rel[k]
        s, s2 = slopes_of(head[dim + k], kind), slopes_of(tail[dim + k], kind)
        if kind == "mu":
            total += (mu1 - mu2) ** 2
        elif kind == "sigma":
            total += (abs(r) * s - s2) ** 2
        elif kind == "nfe1":
            total += (mu1 - mu2) ** 2 + (abs(r) * s - s2) ** 2
        elif kind == "nfe3":
            s1 = slopes_of(r, kind) * s
            total += math.log(s2 / s1) + (s1**2 + (mu1 - mu2) ** 2) / (2 * s2**2) - 0.5
        else:
            left, right = abs(r) * s, abs(r) * abs(head[2 * dim + k])
            if sign_aware and r < 0:
                left, right = right, left
            dm, da, db = mu1 - mu2, left - s2, right - abs(tail[2 * dim + k])
            total += dm**2 + da**2 / 2 + db**2 / 2 + c * dm * (db - da)
    return float(total)


@pytest.mark.parametrize("sign_aware", [True, False])
@pytest.mark.parametrize(
    "base, c", [("normal", math.sqrt(2 / math.pi)), ("uniform", math.sqrt(3) / 2)]
)
@pytest.mark.parametrize("kind", list(KINDS))
def test_distances(kind, base, c, sign_aware, dtype):
    this = KINDS[kind](base, sign_aware)
    head, rel, tail = rows(this.width, 4), rows(2, 4), rows(this.width, 5)
    image, features = this.image(head, rel), this.features(tail)
    expected = torch.tensor(
        [
            [distance(kind, h, r, t, c, sign_aware) for t in tail]
            for h, r in zip(head, rel, strict=True)
        ]
    )
    atol = 1e-9 if dtype == torch.double else 1e-4
    torch.testing.assert_close(this.distances(image, features), expected, atol=atol, rtol=0)
    single = this.distance(image, features[:4])
    torch.testing.assert_close(single, expected[:, :4].diagonal(), atol=atol, rtol=0)


@pytest.mark.parametrize("kind", list(KINDS))
def test_equal_laws_have_distance_zero(kind, dtype):
    this = KINDS[kind]("normal", True)
    node = rows(this.width, 6)
    features = this.features(node)
    assert this.distance(features, features).abs().max() < 1e-6
    assert (this.distance(features[:1], features[1:]) > 0).all()


def test_equal_slopes_are_affine(float64):
    bent, affine = KINDS["nfe2"]("normal", True), KINDS["nfe1"]("normal", True)
    head, rel, tail = rows(2, 8), rows(2, 8), rows(2, 8)
    wide = [torch.cat([part, part[:, 3:]], dim=1) for part in (head, tail)]
    torch.testing.assert_close(
        bent.distance(bent.image(wide[0], rel), bent.features(wide[1])),
        affine.distance(affine.image(head, rel), affine.features(tail)),
    )


def test_narrow_normal_laws_stay_finite(dtype):
    this = KINDS["nfe3"]("normal", True)
    rows = torch.tensor([[0.1, -200.0]], requires_grad=True)
    out = this.distance(this.image(rows, rows), this.features(rows))
    assert out.isfinite().all()
    assert torch.autograd.grad(out.sum(), rows)[0].isfinite().all()


def test_half_precision_leaves_distances_alone():
    this = KINDS["nfe1"]("normal", True)
    node = this.features(10 + 0.01 * torch.randn(6, 8))
    expected = this.distances(node, node)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(this.distances(node, node), expected)
