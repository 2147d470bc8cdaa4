import torch

from pyg_symm.nn.affine import SampleNorm


def test_equals_the_formula(tol):
    norm, x = SampleNorm(eps=1e-3), 3 * torch.randn(2, 3, 4, 5, 6) + 1
    dims = (1, 2, 3, 4)
    variance = x.var(dim=dims, correction=0, keepdim=True)
    expected = (x - x.mean(dims, keepdim=True)) / (variance + 1e-3).sqrt()
    torch.testing.assert_close(norm(x), expected, atol=tol, rtol=tol)
    assert list(norm.parameters()) == [] and repr(norm) == "SampleNorm()"


def test_channels_that_lie_last_are_not_copied_around():
    x = torch.randn(2, 5, 6, 4, 3).permute(0, 4, 3, 1, 2)
    assert SampleNorm()(x).stride() == x.stride()
