import pytest
import torch

from pyg_symm.nn.dense import MaskedBatchNorm, masked_norm


def test_batch_norm_equals_that_of_the_entries_alone():
    torch.manual_seed(0)
    x = torch.randn(4, 6, 3)
    mask = torch.rand(4, 6) > 0.4
    norm, plain = MaskedBatchNorm(3), torch.nn.BatchNorm1d(3)
    for _ in range(2):
        torch.testing.assert_close(norm(x, mask)[mask], plain(x[mask]))
    torch.testing.assert_close(norm.running_var, plain.running_var)
    norm.eval(), plain.eval()
    torch.testing.assert_close(norm(x, mask)[mask], plain(x[mask]))


def test_padding_does_not_matter_even_if_it_is_not_a_number():
    x = torch.randn(2, 5, 3)
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0]]).bool()
    norm = MaskedBatchNorm(3)
    expected = norm(x, mask)[mask]
    norm.reset_parameters()
    poisoned = x.masked_fill(~mask.unsqueeze(-1), torch.nan)
    torch.testing.assert_close(norm(poisoned, mask)[mask], expected)
    assert norm.running_mean.isfinite().all()


def test_nothing_to_normalise():
    norm = MaskedBatchNorm(3)
    assert norm(torch.randn(2, 4, 3), torch.zeros(2, 4).bool()).isfinite().all()
    assert repr(norm) == "MaskedBatchNorm(3)"


@pytest.mark.parametrize("name", ["layer", "rms", "batch"])
def test_names(name):
    assert masked_norm(name, 4)(torch.randn(2, 3, 4), torch.ones(2, 3).bool()).shape == (2, 3, 4)
    with pytest.raises(ValueError, match="'norm' must be 'layer', 'rms' or 'batch' .got 'group'"):
        masked_norm("group", 4)
