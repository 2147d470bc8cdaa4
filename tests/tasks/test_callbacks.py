import pytest
import torch

from pyg_symm.tasks import EpochSeed, WeightAverage
from pyg_symm.tasks.callbacks import _update


class AtEpoch:
    def __init__(self, epoch):
        self.current_epoch = epoch


def drawn(seed, epoch):
    EpochSeed(seed).on_train_epoch_start(AtEpoch(epoch), None)
    return torch.rand(3).tolist()


def test_randomness_of_an_epoch_depends_on_seed_and_epoch_only():
    first = drawn(0, 3)
    torch.rand(5)
    assert drawn(0, 3) == first
    assert first not in (drawn(0, 4), drawn(1, 3))


def test_the_average_forgets_where_it_began():
    average = [torch.full((3,), 9.0), torch.zeros(2, 2)]
    for n in range(50):
        kept = min(0.999, (1 + n) / (10 + n)) if n > 0 else 0
        expected = [kept * part + (1 - kept) for part in average]
        _update(average, [torch.ones(3), torch.ones(2, 2)], 0.999, n)
        torch.testing.assert_close(average, expected)
    counter = [torch.tensor(3)]
    _update(counter, [torch.tensor(7)], 0.999, 5)
    assert counter[0] == 7
    with pytest.raises(ValueError, match="'decay' must be in"):
        WeightAverage(1.0)
