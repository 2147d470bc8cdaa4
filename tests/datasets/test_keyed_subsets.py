import pytest
import torch
from torch_geometric.loader import DataLoader

from pyg_symm.datasets import KeyedSubsets
from pyg_symm.metrics import subset_jaccard
from pyg_symm.nn.models import INSET


def test_the_key_names_the_members():
    keys = []
    for data in KeyedSubsets(num_sets=50, size=12, num_types=3):
        kind = data.x.argmax(dim=1)
        assert data.x.shape == (12, 6) and data.x.sum() == 12
        key = kind[kind < 3]
        assert len(key) == 1 and set(kind.tolist()) >= {3, 4, 5}
        assert data.y.tolist() == (kind == key + 3).tolist() and data.y.any()
        keys.append(int(key))
    assert set(keys) == {0, 1, 2}


def test_the_place_of_the_key_says_nothing():
    places = {int((data.x.argmax(dim=1) < 5).nonzero()[0]) for data in KeyedSubsets(num_sets=50)}
    assert len(places) > 10


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"num_types": 1}, "'num_types' must be an integer of 2 or more"),
        ({"size": 5}, r"'size' must be above 'num_types', 5 \(got 5\)"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        KeyedSubsets(**kwargs)


def score(superset):
    """How well a network that was trained with one subset a set selects."""
    torch.manual_seed(0)
    model = INSET(8, 32, superset=superset, num_samples=1).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    sets = KeyedSubsets(num_sets=128 * 60, size=24, num_types=4)
    x, y = sets.x.view(-1, 24, 8), sets.y.view(-1, 24)
    batch = torch.arange(128).repeat_interleave(24)
    for step in range(600):
        rows = slice(128 * (step % 60), 128 * (step % 60 + 1))
        optimizer.zero_grad()
        model.loss(x[rows].flatten(0, 1), y[rows].flatten(), batch).backward()
        optimizer.step()
    (test,) = DataLoader(KeyedSubsets("test", 100, size=24, num_types=4), batch_size=100)
    generator = torch.Generator().manual_seed(0)
    k = torch.bincount(test.batch[test.y], minlength=100)
    picked = model.eval().predict(test.x, test.batch, k=k, generator=generator)
    return float(subset_jaccard(picked, test.y, test.batch).mean())


@pytest.mark.slow
def test_values_of_the_subset_alone_do_not_know_the_key():
    whole, alone = score(superset=True), score(superset=False)
    assert whole > 0.95 and whole - alone > 0.2
