import pytest
import torch

from pyg_symm.tasks import EpochSeed, WeightAverage
from pyg_symm.tasks.callbacks import _average


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
    average = torch.zeros(3)
    for n in range(50):
        average = _average(0.999, average, torch.ones(3), torch.tensor(n))
    assert average.min() > 0.9
    counter = torch.tensor(7)
    assert _average(0.999, torch.tensor(3), counter, torch.tensor(5)) == 7
    with pytest.raises(ValueError, match="'decay' must be in"):
        WeightAverage(1.0)
