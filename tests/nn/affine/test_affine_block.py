import pytest
import torch
from torch.nn.functional import gelu

from pyg_symm.groups import SL, SO
from pyg_symm.nn.affine import GroupFeatures, SampleNorm
from pyg_symm.nn.affine.affine_block import AffineBlock


def test_equals_the_formula(tol):
    block, samples, x = AffineBlock(2, 3, SL(2)), SL(2).sample(3), torch.randn(2, 2, 3, 6, 6)
    hidden, norm = x, SampleNorm()
    for conv in block.convs:
        hidden = gelu(norm(conv(hidden, samples, samples)))
    out, same = block(GroupFeatures(x, samples))
    torch.testing.assert_close(out, gelu(x + hidden), atol=tol, rtol=tol)
    assert same is samples  # The features that come out belong to them, and to no other set.


def test_quarter_turns_permute_samples_exactly(tol):
    block, samples, x = AffineBlock(2, 5, SO(2)), SO(2).sample(4), torch.randn(1, 2, 4, 8, 8)
    moved = GroupFeatures(x.rot90(-1, (3, 4)).roll(1, dims=2), samples)
    expected = block(GroupFeatures(x, samples)).x.rot90(-1, (3, 4)).roll(1, dims=2)
    torch.testing.assert_close(block(moved).x, expected, atol=tol, rtol=tol)


def test_resets_and_refuses_even_kernels():
    block = AffineBlock(2, 3, SL(2))
    before = [p.clone() for p in block.parameters() if p.dim() > 1]
    block.reset_parameters()
    after = [p for p in block.parameters() if p.dim() > 1]
    assert not any(torch.equal(a, b) for a, b in zip(after, before, strict=True))
    with pytest.raises(ValueError, match="'kernel_size' must be odd .got 4"):
        AffineBlock(2, 4, SL(2))
