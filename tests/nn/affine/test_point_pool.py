import pytest
import torch

from pyg_symm.groups import SL, GLPlus
from pyg_symm.nn.affine import InvariantPointPool


@pytest.mark.parametrize("mode", ["max", "mean"])
def test_literal_formula(mode, tol):
    samples = GLPlus(2).sample(4)
    x, batch = torch.randn(7, 4, 3), torch.tensor([0, 0, 0, 1, 1, 1, 3])
    out = InvariantPointPool(mode)(x, samples, batch, 5)
    for b in (0, 1, 3):
        part = x[batch == b]
        if mode == "max":
            expected = part.amax((0, 1))
        else:
            weights = samples.weights / torch.linalg.det(samples.elements)
            expected = (part.mean(0) * weights.unsqueeze(1)).sum(0)
        torch.testing.assert_close(out[b], expected, atol=tol, rtol=tol)
    assert out.shape == (5, 3) and not out[2].any() and not out[4].any()


@pytest.mark.parametrize("mode", ["max", "mean"])
def test_invariance(mode, tol):
    samples, pool = SL(3).sample(4), InvariantPointPool(mode)
    x, batch = torch.randn(7, 4, 3), torch.tensor([0, 0, 0, 1, 1, 2, 2])
    out = pool(x, samples, batch)
    perm = torch.randperm(7)
    torch.testing.assert_close(pool(x[perm], samples, batch[perm]), out, atol=tol, rtol=tol)
    h = SL(3).sample(2).elements[1]
    torch.testing.assert_close(pool(x, samples.translate(h), batch), out, atol=tol, rtol=tol)
    torch.testing.assert_close(pool(x[:3], samples), out[:1], atol=tol, rtol=tol)


@pytest.mark.parametrize("mode", ["max", "mean"])
def test_no_nodes(mode):
    samples, empty = SL(2).sample(4), torch.randn(0, 4, 3)
    assert not InvariantPointPool(mode)(empty, samples).any()
    none = InvariantPointPool(mode)(empty, samples, torch.empty(0, dtype=torch.long), 0)
    assert none.shape == (0, 3)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="'mode' must be 'max' or 'mean' .got 'sum'"):
        InvariantPointPool("sum")
    with pytest.raises(ValueError, match=r"'x' must be of shape \[N, 4, F\] \(got \[7, 3, 3\]\)"):
        InvariantPointPool()(torch.randn(7, 3, 3), SL(2).sample(4))
    assert str(InvariantPointPool()) == "InvariantPointPool('max')"
