import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.tasks import CrossValidation


def _graphs(num=40):
    generator = torch.Generator().manual_seed(0)
    return [
        Data(
            x=torch.full((3, 1), float(i)),
            edge_index=torch.randint(3, (2, 6), generator=generator),
            y=torch.tensor([i % 2]),
        )
        for i in range(num)
    ]


def _folds(seed=0, fold=0):
    return CrossValidation(_graphs(), fold, num_folds=5, batch_size=8, seed=seed)


@pytest.fixture
def graphs():
    """Makes graphs of two classes, each with its number as features."""
    return _graphs


@pytest.fixture
def folds():
    """Makes one of five folds of such graphs."""
    return _folds
