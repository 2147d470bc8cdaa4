import numpy as np
import pytest
import torch

from pyg_symm.chem.similarity import tanimoto
from pyg_symm.datasets import CompoundSubsets
from pyg_symm.datasets.compound_subsets import optimal_compounds


@pytest.fixture(scope="module")
def dataset():
    return CompoundSubsets(num_sets=20, limit=500)


def test_members_are_good_and_different(dataset):
    for data in dataset:
        score = dataset.pool.score[data.compound.numpy()]
        members = data.y.nonzero().view(-1).numpy()
        assert 1 <= len(members) <= 10
        assert set(members) <= set(np.argsort(-score, kind="stable")[:10])
        assert torch.equal(data.x, torch.from_numpy(dataset.pool.bits)[data.compound].float())
        apart = tanimoto(data.x[members].numpy()) - np.eye(len(members))
        assert apart.max() < 0.2
    assert 3 < dataset.y.sum() / 20 < 9


def test_splits_have_no_molecule_in_common(dataset):
    others = [CompoundSubsets(split=split, num_sets=2, limit=500) for split in ("val", "test")]
    pools = [dataset.pool, *(other.pool for other in others)]
    scaffolds = [set(pool.scaffold) for pool in pools]
    assert not (scaffolds[0] & scaffolds[1] or scaffolds[0] & scaffolds[2])
    assert not scaffolds[1] & scaffolds[2]


def test_equal_molecules_are_taken_once():
    bits = np.repeat(np.eye(3, 8, dtype=np.uint8), 3, axis=0)
    assert optimal_compounds(np.arange(9.0), bits, 0.5).tolist() == [8]  # The best.
    assert optimal_compounds(np.arange(9.0), np.eye(9, dtype=np.uint8), 0.5).tolist() == [6, 7, 8]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"size": 2}, "'size' must be at least three"),
        ({"cutoff": 0.0}, r"'cutoff' must be in \(0, 1\]"),
        ({"split": "valid"}, "'split' must be one of"),
        ({"size": 480, "split": "test"}, "'size' must be at most the number of molecules"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        CompoundSubsets(limit=500, **kwargs)
