import pytest
import torch

from pyg_symm.nn.models.subsets import SubsetSelector

BATCH = torch.tensor([0, 0, 2, 2, 2])


class First(SubsetSelector):
    """The first channel, as it is."""

    def logits(self, sets, generator=None):
        return sets.h[:, 0]


def test_elements():
    selector = First(3, 4, None)
    h, batch, size = selector.elements(torch.randn(5, 3), BATCH)
    assert h.shape == (5, 4) and torch.equal(batch, BATCH) and size == 3
    assert selector.elements(torch.randn(5, 3)).size == 1


def test_selection():
    selector = First(2, 2, torch.nn.Identity())
    x = torch.tensor([[3.0, 0], [-1, 0], [-2, 0], [0.5, 0], [-3, 0]])
    torch.testing.assert_close(selector(x, BATCH), x[:, 0].sigmoid())
    assert selector.predict(x, BATCH).tolist() == [True, False, False, True, False]
    assert selector.predict(x, BATCH, threshold=0.9).tolist() == [True] + [False] * 4
    k = torch.tensor([1, 0, 2])
    assert selector.predict(x, BATCH, k).tolist() == [True, False, True, True, False]


def test_reset():
    selector = First(3, 4, None)
    before = selector.encoder.lin1.weight.detach().clone()
    selector.reset_parameters()
    assert not torch.equal(selector.encoder.lin1.weight, before)
    First(3, 4, torch.nn.Identity()).reset_parameters()


def test_encoders_of_another_width():
    with pytest.raises(ValueError, match=r"'encoder' must give elements of shape \[N, 4\]"):
        First(3, 4, torch.nn.Linear(3, 5))(torch.randn(2, 3))
