import torch

from pyg_symm.nn.steerable import fit, mirror, sort_products


def inverted(x, lmax):
    """Features after the inversion of space."""
    degree = torch.arange(lmax + 1).repeat_interleave(2 * torch.arange(lmax + 1) + 1)
    sheet = torch.tensor([1.0, -1.0])[: x.size(1)].view(-1, 1, 1)
    return x * (-1.0) ** degree * sheet


def functions(f):
    """Inverted functions, whatever the sheets."""
    return inverted(f.flatten(0, 1).unsqueeze(1), 2).view_as(f)


def test_fit_fills_with_zeros_and_cuts():
    x = torch.randn(3, 1, 2, 4)
    larger = fit(x, 2, 2)
    assert larger.shape == (3, 2, 2, 9)
    assert torch.equal(larger[:, :1, :, :4], x) and larger.abs().sum() == x.abs().sum()
    assert torch.equal(fit(larger, 1, 1), x)
    assert torch.equal(fit(larger, 0, 2)[:, 1], torch.zeros(3, 2, 1))


def test_reflections_exchange_mirrored_features():
    x = torch.randn(4, 2, 3, 9)
    torch.testing.assert_close(mirror(mirror(x)), x)
    torch.testing.assert_close(mirror(inverted(x, 2)), functions(mirror(x)).flip(1))
    torch.testing.assert_close(mirror(x).square().sum(), x.square().sum())


def test_brackets_change_the_sheet():
    even, odd = torch.tensor([0.0, 1.0]), torch.tensor([2.0, 3.0])
    even, odd = even.view(1, 2, 1, 1), odd.view(1, 2, 1, 1)
    assert sort_products(even, odd).view(2, 2).tolist() == [[0, 3], [1, 2]]
    assert sort_products(even[:, :1], odd[:, :1]).view(-1).tolist() == [0, 2]
