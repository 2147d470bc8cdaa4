import pytest
import torch

from pyg_symm.groups import SL, GLPlus
from pyg_symm.nn.affine import InvariantPool


def test_equals_the_formulas(tol):
    samples, x = GLPlus(2).sample(3, std=1.0), torch.randn(2, 4, 3, 5, 6)
    torch.testing.assert_close(InvariantPool()(x, samples), x.flatten(2).max(2).values)
    mean = sum(
        samples.log_weights[i].exp() / torch.linalg.det(a) * x[:, :, i].flatten(2).mean(2)
        for i, a in enumerate(samples.elements)
    )
    torch.testing.assert_close(InvariantPool("mean")(x, samples), mean, atol=tol, rtol=tol)


@pytest.mark.parametrize("mode", ["max", "mean"])
def test_neither_order_nor_position_matters(tol, mode):
    samples, x, pool = SL(2).sample(4), torch.randn(2, 3, 4, 5, 5), InvariantPool(mode)
    order = torch.tensor([2, 0, 3, 1])
    moved = x[:, :, order].roll((1, 2), dims=(3, 4)).rot90(1, (3, 4))
    others = SL(2).as_samples(samples.elements[order], samples.log_weights[order])
    torch.testing.assert_close(pool(moved, others), pool(x, samples), atol=tol, rtol=tol)


def test_a_mean_of_a_scaled_feature_does_not_change():
    # f(x, A) at scale s: the image covers s^2 as many pixels, and its samples are s A.
    samples, pool = GLPlus(2).sample(4), InvariantPool("mean")
    x = torch.zeros(1, 1, 4, 40, 40)
    x[..., 5:15, 5:15], moved = torch.rand(4, 1, 1), x.clone()
    moved[..., 5:25, 5:25] = x[..., 5:6, 5:6]
    double = samples.translate(2 * torch.eye(2))
    torch.testing.assert_close(pool(moved, double), pool(x, samples))


def test_refusals():
    with pytest.raises(ValueError, match="'mode' must be 'max' or 'mean' .got 'sum'"):
        InvariantPool("sum")
    with pytest.raises(ValueError, match=r"'x' must be of shape \[B, C, 4, h, w\]"):
        InvariantPool()(torch.randn(1, 2, 3, 5, 5), SL(2).sample(4))
    assert repr(InvariantPool()) == "InvariantPool('max')"
